package baywheels.kestra.host.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.kestra.core.contexts.KestraConfig;
import io.kestra.core.plugins.PluginRegistry;
import io.kestra.core.services.InstanceService;
import io.kestra.core.utils.EditionProvider;
import io.kestra.core.utils.VersionProvider;
import io.micronaut.context.annotation.Value;
import io.micronaut.core.annotation.Introspected;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import jakarta.inject.Singleton;
import java.time.ZonedDateTime;
import java.util.List;

/** Facts about the server, above all its version. */
@Controller("/api/v1/configs")
@ExecuteOn(TaskExecutors.IO)
class ConfigsController {
    private final InstanceService instance;
    private final EditionProvider edition;
    private final VersionProvider version;
    private final KestraConfig config;
    private final PluginRegistry plugins;
    private final Settings settings;

    ConfigsController(
        InstanceService instance, EditionProvider edition, VersionProvider version, KestraConfig config, PluginRegistry plugins, Settings settings) {
        this.instance = instance;
        this.edition = edition;
        this.version = version;
        this.config = config;
        this.plugins = plugins;
        this.settings = settings;
    }

    /** Facts from the configuration file. */
    @Singleton
    record Settings(
        @Value("${kestra.url:}") String url,
        @Value("${kestra.anonymous-usage-report.enabled}") boolean reportsUsage,
        @Value("${kestra.hidden-labels.prefixes:}") List<String> hiddenLabels,
        @Value("${kestra.server.preview.initial-rows}") int previewRows,
        @Value("${kestra.server.preview.max-rows}") int maxPreviewRows) {
    }

    @Introspected
    record Preview(int initial, int max) {
    }

    @Introspected
    record Configs(
        String uuid,
        String version,
        EditionProvider.Edition edition,
        String commitId,
        ZonedDateTime commitDate,
        @JsonProperty("isAnonymousUsageEnabled") boolean isAnonymousUsageEnabled,
        @JsonProperty("isBasicAuthInitialized") boolean isBasicAuthInitialized,
        @JsonProperty("isAiEnabled") boolean isAiEnabled,
        String url,
        Preview preview,
        String systemNamespace,
        List<String> hiddenLabelsPrefixes,
        long pluginsHash) {
    }

    @Get
    Configs get() {
        return new Configs(
            instance.fetch(),
            version.getVersion(),
            edition.get(),
            version.getRevision(),
            version.getDate(),
            settings.reportsUsage(),
            true,
            false,
            settings.url(),
            new Preview(settings.previewRows(), settings.maxPreviewRows()),
            config.getSystemFlowNamespace(),
            settings.hiddenLabels(),
            plugins.hash());
    }
}
