package io.kestra.plugin.dbt.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.kestra.core.models.executions.metrics.Counter;
import io.kestra.core.models.tasks.runners.AbstractLogConsumer;
import io.kestra.core.models.tasks.runners.PluginUtilsService;
import io.kestra.core.runners.RunContext;
import io.kestra.core.serializers.JacksonMapper;
import java.time.Instant;
import java.util.regex.Pattern;
import org.slf4j.event.Level;

/** Hands the lines that dbt writes as JSON to the task's log at dbt's own level; other lines as they are. */
final class DbtLog extends AbstractLogConsumer {
    private static final Pattern COLOURS = Pattern.compile("\u001b\\[[0-9;]*m");

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
        (Boolean.TRUE.equals(isStdErr) ? stdErrCount : stdOutCount).incrementAndGet();
        if (line.startsWith("::{") && line.endsWith("}::")) {
            outputs.putAll(PluginUtilsService.parseOut(line, runContext.logger(), runContext, Boolean.TRUE.equals(isStdErr), instant));
            return;
        }
        JsonNode entry = json(line);
        if (entry == null) {
            runContext.logger().info(line.strip());
            return;
        }
        entry.path("data").path("stats").properties().forEach(stat -> {
            if (stat.getValue().isNumber()) {
                runContext.metric(Counter.of(stat.getKey(), stat.getValue().asDouble()));
            }
        });
        String message = COLOURS.matcher(entry.path("info").path("msg").asText()).replaceAll("").strip();
        Level level = level(entry.path("info").path("level").asText());
        warned |= level == Level.WARN;
        if (!message.isEmpty()) {
            runContext.logger().atLevel(level).log("{}", message);
        }
    }

    private static JsonNode json(String line) {
        if (!line.startsWith("{")) {
            return null;
        }
        try {
            JsonNode entry = JacksonMapper.ofJson().readTree(line);
            return entry.has("info") ? entry : null;
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
