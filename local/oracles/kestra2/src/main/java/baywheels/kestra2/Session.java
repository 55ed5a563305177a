package baywheels.kestra2;

import io.kestra.core.models.Label;
import io.kestra.core.models.executions.Execution;
import io.kestra.core.models.executions.LogEntry;
import io.kestra.core.models.executions.TaskRun;
import io.kestra.core.models.flows.Flow;
import io.kestra.core.models.flows.FlowSource;
import io.kestra.core.models.flows.GenericFlow;
import io.kestra.core.models.validations.ValidateConstraintViolation;
import io.kestra.core.repositories.ExecutionRepositoryInterface;
import io.kestra.core.repositories.FlowRepositoryInterface;
import io.kestra.core.repositories.LogDataStoreInterface;
import io.kestra.core.runners.FlowInputOutput;
import io.kestra.core.services.ExecutionOutputService;
import io.kestra.core.services.ExecutionService;
import io.kestra.core.services.FlowService;
import io.kestra.core.services.KVStoreService;
import io.kestra.core.storages.Namespace;
import io.kestra.core.storages.NamespaceFactory;
import io.kestra.core.storages.StorageInterface;
import io.kestra.core.storages.kv.KVMetadata;
import io.kestra.core.storages.kv.KVStore;
import io.kestra.core.storages.kv.KVValueAndMetadata;
import io.kestra.core.tenant.TenantService;
import io.micronaut.context.ApplicationContext;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.slf4j.event.Level;

/** What a test asks of the engine. */
final class Session {
    private static final String TENANT = TenantService.MAIN_TENANT;
    private static final Duration ENDED_WITHIN = Duration.ofSeconds(75);
    /**
     * The log is whole when it doesn't grow for so long: its entries reach their table a moment after the execution has
     * ended.
     */
    private static final Duration QUIET = Duration.ofMillis(500);

    private final ApplicationContext context;

    Session(ApplicationContext context) {
        this.context = context;
    }

    /** Kestra's verdict on a flow; {@code error} is null for one that it would register. */
    record Verdict(String flow, String error, List<String> warnings, List<String> deprecations, List<String> infos) {
    }

    record Run(String flow, Map<String, String> inputs) {
    }

    /** @param attempts the state of each attempt that the task run holds */
    record Task(String id, String parent, String state, List<String> attempts) {
    }

    record Message(String level, String task, String message) {
    }

    /** An execution, and those of other flows that it started. */
    record Outcome(
        String flow,
        String state,
        Map<String, String> labels,
        Map<String, Object> outputs,
        List<Task> tasks,
        List<Message> logs,
        List<Outcome> children) {
    }

    void setKv(String namespace, Map<String, Object> entries) throws IOException {
        KVStore store = context.getBean(KVStoreService.class).get(TENANT, namespace);
        for (var entry : entries.entrySet()) {
            store.put(entry.getKey(), new KVValueAndMetadata(new KVMetadata(null, (Duration) null), entry.getValue()));
        }
    }

    void putFiles(String namespace, Map<String, String> files) throws IOException, URISyntaxException {
        Namespace folder = context.getBean(NamespaceFactory.class).of(TENANT, namespace, context.getBean(StorageInterface.class));
        for (var file : files.entrySet()) {
            folder.putFile(Path.of("/" + file.getKey()), new ByteArrayInputStream(file.getValue().getBytes(StandardCharsets.UTF_8)));
        }
    }

    List<Verdict> validate(List<String> sources) {
        List<FlowSource> flows = sources.stream().map(source -> new FlowSource(null, source)).toList();
        return context.getBean(FlowService.class).validate(TENANT, flows).stream().map(Session::verdict).toList();
    }

    private static Verdict verdict(ValidateConstraintViolation found) {
        return new Verdict(
            found.getFlow(), found.getConstraints(), orEmpty(found.getWarnings()), orEmpty(found.getDeprecationPaths()), orEmpty(found.getInfos()));
    }

    void register(List<String> sources) throws Exception {
        for (String source : sources) context.getBean(FlowService.class).create(GenericFlow.fromYaml(TENANT, source));
    }

    /**
     * The execution once it has ended, or as it is when it hasn't in time; then it is killed.
     *
     * @throws Exception when there's no such flow, or it refuses the inputs
     */
    Outcome run(String namespace, Run run) throws Exception {
        Flow flow = context.getBean(FlowRepositoryInterface.class).findById(TENANT, namespace, run.flow())
            .orElseThrow(() -> new IllegalArgumentException("there's no flow " + namespace + "." + run.flow()));
        Map<String, String> inputs = Optional.ofNullable(run.inputs()).orElse(Map.of());
        Execution started = Execution.newExecution(
            flow, (each, execution) -> context.getBean(FlowInputOutput.class).readExecutionInputs(each, execution, inputs), List.of(), Optional.empty());
        Execution last;
        try {
            last = context.getBean(ExecutionService.class).runAndWait(started, flow, ENDED_WITHIN);
        } catch (RuntimeException late) {
            last = context.getBean(ExecutionRepositoryInterface.class).findById(TENANT, started.getId()).orElseThrow(() -> late);
        }
        return outcome(last);
    }

    private Outcome outcome(Execution execution) throws Exception {
        List<Outcome> children = new ArrayList<>();
        for (Execution child : childrenOf(execution)) children.add(outcome(child));
        return new Outcome(
            execution.getFlowId(),
            execution.getState().getCurrent().name(),
            execution.getLabels().stream().filter(label -> !label.key().startsWith(Label.SYSTEM_PREFIX))
                .collect(Collectors.toMap(Label::key, Label::value, (first, last) -> last)),
            context.getBean(ExecutionOutputService.class).getOutputs(execution),
            orEmpty(execution.getTaskRunList()).stream().map(run -> task(execution, run)).toList(),
            logOf(execution).stream().map(entry -> new Message(entry.getLevel().name(), entry.getTaskId(), entry.getMessage())).toList(),
            children);
    }

    private List<LogEntry> logOf(Execution execution) throws InterruptedException {
        for (int seen = -1;;) {
            List<LogEntry> log = context.getBean(LogDataStoreInterface.class).findByExecutionIdWithoutAcl(TENANT, execution.getId(), Level.INFO);
            if (log.size() == seen) return log;
            seen = log.size();
            Thread.sleep(QUIET);
        }
    }

    private List<Execution> childrenOf(Execution execution) {
        return context.getBean(ExecutionRepositoryInterface.class).findAllByTriggerExecutionId(TENANT, execution.getId()).collectList().block();
    }

    private static Task task(Execution execution, TaskRun run) {
        String parent = orEmpty(execution.getTaskRunList()).stream()
            .filter(each -> each.getId().equals(run.getParentTaskRunId())).map(TaskRun::getTaskId).findFirst().orElse(null);
        List<String> attempts = orEmpty(run.getAttempts()).stream().map(attempt -> attempt.getState().getCurrent().name()).toList();
        return new Task(run.getTaskId(), parent, run.getState().getCurrent().name(), attempts);
    }

    private static <T> List<T> orEmpty(List<T> list) {
        return list == null ? List.of() : list;
    }
}
