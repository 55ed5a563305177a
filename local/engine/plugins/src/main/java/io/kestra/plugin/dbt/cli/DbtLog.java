package io.kestra.plugin.dbt.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.kestra.core.models.executions.metrics.Counter;
import io.kestra.core.models.tasks.runners.AbstractLogConsumer;
import io.kestra.core.models.tasks.runners.PluginUtilsService;
import io.kestra.core.runners.RunContext;
import io.kestra.core.serializers.JacksonMapper;
import java.time.Instant;
import org.slf4j.event.Level;

/**
 * Hands the lines that dbt writes as JSON to the task's log at dbt's own level, in the plugin's form, colour codes
 * included: {@code [Date: …] [Thread: …] [Type: …] message}. Other lines go there at INFO as they are.
 */
final class DbtLog extends AbstractLogConsumer {
    private final RunContext runContext;
    private volatile boolean warned;

    DbtLog(RunContext runContext) {
        this.runContext = runContext;
    }

    /** Whether dbt logged a warning. */
    boolean warned() {
        return warned;
    }

    @Override
    public void accept(String line, Boolean isStdErr) {
        accept(line, isStdErr, null);
    }

    @Override
    public void accept(String line, Boolean isStdErr, Instant instant) {
        if (line.startsWith("::{") && line.endsWith("}::")) {
            outputs.putAll(PluginUtilsService.parseOut(line, runContext.logger(), runContext, isStdErr, instant));
            return;
        }
        JsonNode entry = json(line);
        if (entry == null) {
            runContext.logger().info(line.trim());
            return;
        }
        entry.path("data").path("stats").properties().forEach(stat -> {
            if (stat.getValue().isNumber()) {
                runContext.metric(Counter.of(stat.getKey(), stat.getValue().asDouble()));
            }
        });
        JsonNode info = entry.path("info");
        Level level = level(info.path("level").asText());
        warned |= level == Level.WARN;
        runContext.logger().atLevel(level).log(
            "[Date: {}] [Thread: {}] [Type: {}] {}",
            info.path("ts").textValue(), info.path("thread").textValue(), info.path("name").textValue(),
            info.path("msg").isTextual() ? info.path("msg").textValue() + " " : ""
        );
    }

    private static JsonNode json(String line) {
        try {
            JsonNode entry = JacksonMapper.ofJson().readTree(line);
            return entry.path("info").path("level").isTextual() ? entry : null;
        } catch (JsonProcessingException e) {
            return null;
        }
    }

    private static Level level(String dbt) {
        return switch (dbt) {
            case "debug" -> Level.DEBUG;
            case "info" -> Level.INFO;
            case "warn" -> Level.WARN;
            default -> Level.ERROR;
        };
    }
}
