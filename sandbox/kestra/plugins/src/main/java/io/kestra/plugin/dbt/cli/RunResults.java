package io.kestra.plugin.dbt.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.kestra.core.models.executions.TaskRun;
import io.kestra.core.models.executions.TaskRunAttempt;
import io.kestra.core.models.executions.metrics.Counter;
import io.kestra.core.models.flows.State;
import io.kestra.core.runners.DynamicTaskRunLog;
import io.kestra.core.runners.RunContext;
import io.kestra.core.runners.WorkerTaskResult;
import io.kestra.core.serializers.JacksonMapper;
import io.kestra.core.utils.IdUtils;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.slf4j.event.Level;

/**
 * Turns dbt's run_results.json into one task run a node, below the dbt task's own, with the node's state, times and message, as plugin-dbt v1.7.3,
 * {@code ResultParser.java} and {@code models/RunResult.java}, do. Assets, which the open edition has not, are left out.
 */
final class RunResults {
    private static final Map<String, State.Type> STATES = Map.of(
        "success", State.Type.SUCCESS,
        "pass", State.Type.SUCCESS,
        "warn", State.Type.WARNING,
        "skipped", State.Type.SKIPPED,
        "error", State.Type.FAILED,
        "fail", State.Type.FAILED,
        "runtime_error", State.Type.FAILED
    );
    private static final Map<String, String> METRICS = Map.of("rows_affected", "rows.affected", "bytes_processed", "bytes.processed");

    private RunResults() {
    }

    /**
     * Registers the task runs, their logs and metrics.
     *
     * @return ids of the nodes that failed
     * @throws IllegalStateException if a node has a status that the plugin does not know either
     */
    static List<String> report(RunContext runContext, Path file) throws IOException {
        List<String> failed = new ArrayList<>();
        for (JsonNode node : JacksonMapper.ofJson().readTree(file.toFile()).path("results")) {
            METRICS.forEach((field, metric) -> {
                JsonNode value = node.path("adapter_response").path(field);
                if (value.isNumber()) {
                    runContext.metric(Counter.of(metric, value.asDouble()));
                }
            });
            State state = state(node);
            runContext.dynamicWorkerResult(WorkerTaskResult.builder().taskRun(taskRun(runContext, node, state)).build(), logs(node, state));
            if (state.getCurrent() == State.Type.FAILED) {
                failed.add(node.path("unique_id").asText());
            }
        }
        return failed;
    }

    private static TaskRun taskRun(RunContext runContext, JsonNode node, State state) {
        return TaskRun.builder()
            .id(IdUtils.create())
            .tenantId(runContext.flowInfo().tenantId())
            .namespace(runContext.flowInfo().namespace())
            .flowId(runContext.flowInfo().id())
            .executionId(runContext.taskRunInfo().executionId())
            .parentTaskRunId(runContext.taskRunInfo().taskRunId())
            .taskId(node.path("unique_id").asText())
            .state(state)
            .attempts(List.of(TaskRunAttempt.builder().state(state).build()))
            .build();
    }

    private static State state(JsonNode node) {
        String status = node.path("status").asText();
        State.Type type = STATES.get(status);
        if (type == null) {
            throw new IllegalStateException("dbt gave " + node.path("unique_id").asText() + " the status '" + status + "', which plugin-dbt 1.7.3 does not know");
        }
        List<Instant> starts = new ArrayList<>();
        List<Instant> ends = new ArrayList<>();
        List<State.History> history = new ArrayList<>();
        for (JsonNode timing : node.path("timing")) {
            starts.add(Instant.parse(timing.path("started_at").asText()));
            ends.add(Instant.parse(timing.path("completed_at").asText()));
        }
        starts.stream().min(Comparator.naturalOrder()).ifPresent(first -> history.add(new State.History(State.Type.CREATED, first)));
        for (JsonNode timing : node.path("timing")) {
            if (timing.path("name").asText().equals("execute")) {
                history.add(new State.History(State.Type.RUNNING, Instant.parse(timing.path("started_at").asText())));
            }
        }
        // a skipped node has no times, but Kestra can't write a task run without any
        history.add(new State.History(type, ends.stream().max(Comparator.naturalOrder()).orElseGet(Instant::now)));
        return State.of(type, history);
    }

    private static List<DynamicTaskRunLog> logs(JsonNode node, State state) {
        Level level = switch (state.getCurrent()) {
            case FAILED -> Level.ERROR;
            case WARNING -> Level.WARN;
            default -> Level.INFO;
        };
        String seconds = String.format(Locale.ROOT, "%.2f", node.path("execution_time").asDouble());
        int failures = node.path("failures").asInt();
        String rows = failures == 0 ? "" : ", " + failures + (failures == 1 ? " failure" : " failures");
        List<DynamicTaskRunLog> logs = new ArrayList<>();
        logs.add(new DynamicTaskRunLog(level, "%s: %s in %s s%s".formatted(node.path("unique_id").asText(), node.path("status").asText(), seconds, rows)));
        String message = node.path("message").isNull() ? "" : node.path("message").asText().strip();
        if (!message.isEmpty()) {
            logs.add(new DynamicTaskRunLog(level, message));
        }
        return logs;
    }
}
