package io.kestra.plugin.dbt.cli;

import com.fasterxml.jackson.annotation.JsonProperty;
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
 * Turns dbt's run_results.json into one task run per node, below the dbt task's own, with the node's state, times and
 * message, as plugin-dbt v1.7.3, {@code ResultParser.java} and {@code models/RunResult.java}, do. A node without times,
 * such as a skipped one, gets a state without history, as there: Kestra can't write such a task run, and that becomes
 * the dbt task's error. Assets, which the open edition doesn't have, are left out.
 */
record RunResults(List<Node> results) {
    private static final Map<String, String> METRICS = Map.of("rows_affected", "rows.affected", "bytes_processed", "bytes.processed");

    /** What dbt did with one node. */
    record Node(
        String status,
        List<Timing> timing,
        @JsonProperty("execution_time") Double executionTime,
        @JsonProperty("adapter_response") Map<String, String> adapterResponse,
        String message,
        Integer failures,
        @JsonProperty("unique_id") String uniqueId
    ) {
        State.Type state() {
            return switch (status) {
                case "error", "fail", "runtime_error" -> State.Type.FAILED;
                case "warn" -> State.Type.WARNING;
                case "skipped" -> State.Type.SKIPPED;
                case "success", "pass" -> State.Type.SUCCESS;
                default -> throw new IllegalStateException("No suitable status for '" + status + "'");
            };
        }
    }

    /** One step of a node. */
    record Timing(String name, @JsonProperty("started_at") Instant startedAt, @JsonProperty("completed_at") Instant completedAt) {
    }

    /** Registers the task runs, their logs and metrics. */
    static void report(RunContext runContext, Path file) throws IOException {
        for (Node node : JacksonMapper.ofJson(false).readValue(file.toFile(), RunResults.class).results()) {
            State state = State.of(node.state(), history(node));
            METRICS.forEach((field, metric) -> {
                if (node.adapterResponse().containsKey(field)) {
                    runContext.metric(Counter.of(metric, Double.parseDouble(node.adapterResponse().get(field))));
                }
            });
            runContext.dynamicWorkerResult(WorkerTaskResult.builder().taskRun(taskRun(runContext, node, state)).build(), logs(node));
        }
    }

    private static TaskRun taskRun(RunContext runContext, Node node, State state) {
        return TaskRun.builder()
            .id(IdUtils.create())
            .namespace(runContext.flowInfo().namespace())
            .flowId(runContext.flowInfo().id())
            .executionId(runContext.taskRunInfo().executionId())
            .parentTaskRunId(runContext.taskRunInfo().taskRunId())
            .taskId(node.uniqueId())
            .state(state)
            .attempts(List.of(TaskRunAttempt.builder().state(state).build()))
            .build();
    }

    private static List<State.History> history(Node node) {
        List<State.History> history = new ArrayList<>();
        node.timing().stream().map(Timing::startedAt).min(Comparator.naturalOrder())
            .ifPresent(first -> history.add(new State.History(State.Type.CREATED, first)));
        node.timing().stream().filter(step -> step.name().equals("execute")).map(Timing::startedAt).min(Comparator.naturalOrder())
            .ifPresent(start -> history.add(new State.History(State.Type.RUNNING, start)));
        node.timing().stream().map(Timing::completedAt).max(Comparator.naturalOrder())
            .ifPresent(end -> history.add(new State.History(node.state(), end)));
        return history;
    }

    private static List<DynamicTaskRunLog> logs(Node node) {
        Level level = switch (node.state()) {
            case FAILED -> Level.ERROR;
            case WARNING -> Level.WARN;
            default -> Level.INFO;
        };
        String seconds = node.executionTime() == null ? "" : String.format(Locale.ROOT, " in %.2fs", node.executionTime());
        int failures = node.failures() == null ? 0 : node.failures();
        String rows = failures == 0 ? "" : " (" + failures + (failures == 1 ? " failure)" : " failures)");
        List<DynamicTaskRunLog> logs = new ArrayList<>();
        logs.add(new DynamicTaskRunLog(level, node.uniqueId() + " => " + node.status() + seconds + rows));
        if (node.message() != null && !node.message().isBlank()) {
            logs.add(new DynamicTaskRunLog(level, node.message()));
        }
        return logs;
    }
}
