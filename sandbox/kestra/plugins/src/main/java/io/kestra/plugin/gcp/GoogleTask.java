package io.kestra.plugin.gcp;

import com.google.api.gax.retrying.RetrySettings;
import com.google.auth.Credentials;
import com.google.auth.oauth2.GoogleCredentials;
import com.google.auth.oauth2.ServiceAccountCredentials;
import com.google.cloud.NoCredentials;
import com.google.cloud.ServiceOptions;
import io.kestra.core.exceptions.IllegalVariableEvaluationException;
import io.kestra.core.models.property.Property;
import io.kestra.core.models.tasks.Task;
import io.kestra.core.runners.RunContext;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import lombok.EqualsAndHashCode;
import lombok.Getter;
import lombok.NoArgsConstructor;
import lombok.ToString;
import lombok.experimental.SuperBuilder;

/**
 * What all Google tasks share: project, key, scopes.
 *
 * <p>Property list checked against plugin-gcp v2.11.0, {@code AbstractTask.java}, {@code GcpInterface.java} and {@code CredentialService.java}.
 * {@code impersonatedServiceAccount} is left out.
 *
 * <p>When a service's emulator variable is set ({@code STORAGE_EMULATOR_HOST}, {@code BIGQUERY_EMULATOR_HOST}), its requests go there and carry
 * no credentials. A key that is present is parsed all the same, so that a broken one fails here as it does on Google Cloud.
 */
@SuperBuilder
@ToString
@EqualsAndHashCode(callSuper = true)
@Getter
@NoArgsConstructor
public abstract class GoogleTask extends Task {
    private static final List<String> CLOUD_PLATFORM = List.of("https://www.googleapis.com/auth/cloud-platform");

    /** Google Cloud project; without it, the one that the key names. */
    protected Property<String> projectId;

    /** Service-account key, JSON text; without it, application default credentials. */
    @ToString.Exclude
    protected Property<String> serviceAccount;

    /** OAuth scopes of the access token; by default cloud-platform. */
    protected Property<List<String>> scopes;

    /**
     * Fills in project, credentials and endpoint of a service's client.
     *
     * @param options the client's options
     * @param emulatorVariable environment variable that holds the address of the service's emulator
     * @throws IllegalArgumentException if the key is empty or broken, or if credentials are needed and there are none
     */
    protected <B extends ServiceOptions.Builder<?, ?, B>> B connect(RunContext runContext, B options, String emulatorVariable)
        throws IllegalVariableEvaluationException {
        ServiceAccountCredentials key = key(runContext);
        String project = runContext.render(projectId).as(String.class).orElse(key == null ? null : key.getProjectId());
        if (project != null && !project.isBlank()) {
            options.setProjectId(project);
        }
        options.setHeaderProvider(() -> Map.of("user-agent", "Kestra/" + runContext.version()));

        String emulator = emulator(emulatorVariable);
        if (emulator == null) {
            return options.setCredentials(scoped(runContext, key));
        }
        // an emulator that is gone stays gone: the clients' own patience is up to a minute
        RetrySettings brief = ServiceOptions.getDefaultRetrySettings().toBuilder().setTotalTimeoutDuration(Duration.ofSeconds(8)).build();
        return options.setHost(emulator).setCredentials(NoCredentials.getInstance()).setRetrySettings(brief);
    }

    /** Where requests go, for messages: the emulator's address, or the service's name. */
    protected static String endpoint(String emulatorVariable, String service) {
        String emulator = emulator(emulatorVariable);
        return emulator == null ? service : service + " at " + emulator;
    }

    private static String emulator(String variable) {
        String address = System.getenv(variable);
        if (address == null || address.isBlank()) {
            return null;
        }
        return address.contains("://") ? address : "http://" + address;
    }

    private ServiceAccountCredentials key(RunContext runContext) throws IllegalVariableEvaluationException {
        if (serviceAccount == null) {
            return null;
        }
        return ServiceAccountKey.parse(runContext.render(serviceAccount).as(String.class).orElse(""));
    }

    private Credentials scoped(RunContext runContext, ServiceAccountCredentials key) throws IllegalVariableEvaluationException {
        List<String> rendered = runContext.render(scopes).asList(String.class);
        GoogleCredentials credentials = key == null ? applicationDefault() : key;
        return credentials.createScoped(rendered.isEmpty() ? CLOUD_PLATFORM : rendered);
    }

    private static GoogleCredentials applicationDefault() {
        try {
            return GoogleCredentials.getApplicationDefault();
        } catch (IOException e) {
            throw new IllegalArgumentException(
                "There is neither a property serviceAccount nor are there application default credentials. Set one of them: " + OneLine.of(e.getMessage())
            );
        }
    }
}
