package io.kestra.plugin.gcp;

import com.google.api.gax.retrying.RetrySettings;
import com.google.auth.oauth2.GoogleCredentials;
import com.google.auth.oauth2.ServiceAccountCredentials;
import com.google.cloud.NoCredentials;
import com.google.cloud.ServiceOptions;
import io.kestra.core.exceptions.IllegalVariableEvaluationException;
import io.kestra.core.models.property.Property;
import io.kestra.core.models.tasks.Task;
import io.kestra.core.runners.RunContext;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import lombok.EqualsAndHashCode;
import lombok.Getter;
import lombok.NoArgsConstructor;
import lombok.ToString;
import lombok.experimental.SuperBuilder;

/**
 * The project and the key of all Google tasks.
 *
 * <p>Checked against plugin-gcp v2.11.0, {@code AbstractTask.java}, {@code GcpInterface.java} and
 * {@code CredentialService.java}. Kestra's validation refuses the plugin's {@code impersonatedServiceAccount} and
 * {@code scopes}.
 *
 * <p>When a service's emulator variable is set ({@code STORAGE_EMULATOR_HOST}, {@code BIGQUERY_EMULATOR_HOST}), its
 * requests go there without credentials. The key is still parsed, so that a broken one fails as on Google Cloud. A key
 * whose {@code token_uri} is a port of 127.0.0.1 is exchanged there for a token, so that a test can refuse it.
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

    /**
     * Fills in project, credentials and endpoint of a service's client.
     *
     * @param options the client's options
     * @param emulatorVariable environment variable that holds the address of the service's emulator
     * @throws IOException if the key can't be read, or if credentials are needed and there are none
     */
    protected <B extends ServiceOptions.Builder<?, ?, B>> B connect(RunContext runContext, B options, String emulatorVariable)
        throws IllegalVariableEvaluationException, IOException {
        ServiceAccountCredentials key = key(runContext);
        if (projectId == null && key != null) {
            projectId = Property.ofValue(key.getProjectId());
        }
        String project = project(runContext);
        if (project != null && !project.isBlank()) {
            options.setProjectId(project);
        }
        options.setHeaderProvider(() -> Map.of("user-agent", "Kestra/" + runContext.version()));

        String emulator = System.getenv(emulatorVariable);
        if (emulator == null || emulator.isBlank()) {
            return options.setCredentials((key == null ? GoogleCredentials.getApplicationDefault() : key).createScoped(CLOUD_PLATFORM));
        }
        // an emulator that is gone stays gone: the clients' own patience is up to a minute
        RetrySettings brief = ServiceOptions.getDefaultRetrySettings().toBuilder().setTotalTimeoutDuration(Duration.ofSeconds(8)).build();
        return options.setHost(emulator.contains("://") ? emulator : "http://" + emulator)
            .setCredentials(key != null && isExchangedHere(key) ? key.createScoped(CLOUD_PLATFORM) : NoCredentials.getInstance())
            .setRetrySettings(brief);
    }

    /** The project's id; {@code null} if neither the task nor its key names one. */
    protected String project(RunContext runContext) throws IllegalVariableEvaluationException {
        return runContext.render(projectId).as(String.class).orElse(null);
    }

    private ServiceAccountCredentials key(RunContext runContext) throws IllegalVariableEvaluationException, IOException {
        if (serviceAccount == null) {
            return null;
        }
        String text = runContext.render(serviceAccount).as(String.class).orElseThrow();
        return ServiceAccountCredentials.fromStream(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
    }

    private static boolean isExchangedHere(ServiceAccountCredentials key) {
        URI tokens = key.getTokenServerUri();
        return "127.0.0.1".equals(tokens.getHost()) && tokens.getPort() != -1;
    }
}
