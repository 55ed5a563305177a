package baywheels.kestra.host.api;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.kestra.core.events.CrudEvent;
import io.kestra.core.models.Label;
import io.kestra.core.models.executions.Execution;
import io.kestra.core.models.flows.Flow;
import io.kestra.core.models.flows.State;
import io.kestra.core.models.flows.check.Check;
import io.kestra.core.queues.QueueException;
import io.kestra.core.queues.QueueFactoryInterface;
import io.kestra.core.queues.QueueInterface;
import io.kestra.core.runners.FlowInputOutput;
import io.kestra.core.services.FlowService;
import io.kestra.core.tenant.TenantService;
import io.micronaut.context.annotation.Value;
import io.micronaut.context.event.ApplicationEventPublisher;
import io.micronaut.core.annotation.Introspected;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.http.multipart.CompletedPart;
import io.micronaut.http.server.multipart.MultipartBody;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import jakarta.inject.Named;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Starts executions. */
@Controller("/api/v1/main/executions")
@ExecuteOn(TaskExecutors.IO)
class ExecutionStartController {
    private final FlowService flows;
    private final FlowInputOutput inputs;
    private final QueueInterface<Execution> queue;
    private final ApplicationEventPublisher<CrudEvent<Execution>> events;
    private final ExecutionFollow follow;
    private final String url;

    ExecutionStartController(
        FlowService flows,
        FlowInputOutput inputs,
        @Named(QueueFactoryInterface.EXECUTION_NAMED) QueueInterface<Execution> queue,
        ApplicationEventPublisher<CrudEvent<Execution>> events,
        ExecutionFollow follow,
        @Value("${kestra.url:}") String url) {
        this.flows = flows;
        this.inputs = inputs;
        this.queue = queue;
        this.events = events;
        this.follow = follow;
        this.url = url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
    }

    /** An execution, and the URL of its page in Kestra's web interface. */
    @Introspected
    record Started(@JsonUnwrapped Execution execution, URI url) {
    }

    /**
     * Starts a flow.
     *
     * @param parts the inputs by name, files as file parts
     * @param wait whether to answer only when the execution has ended
     */
    @Post(uri = "/{namespace}/{id}", consumes = MediaType.MULTIPART_FORM_DATA)
    Mono<Started> create(
        String namespace,
        String id,
        @Body @Nullable MultipartBody parts,
        @QueryValue(defaultValue = "false") boolean wait) {
        Flow flow = flows.getFlowIfExecutableOrThrow(TenantService.MAIN_TENANT, namespace, id, Optional.empty());
        Execution execution = Execution.newExecution(flow, null, List.of(new Label(Label.FROM, "api")), Optional.empty());
        Publisher<CompletedPart> given = parts == null ? Flux.empty() : parts;
        return inputs.readExecutionInputs(flow, execution, given)
            .map(values -> checked(flow, execution, values))
            .flatMap(ready -> start(flow, ready, wait))
            .map(started -> new Started(started, urlOf(started)));
    }

    private Mono<Execution> start(Flow flow, Execution execution, boolean wait) {
        try {
            queue.emit(execution);
        } catch (QueueException failed) {
            return Mono.error(failed);
        }
        events.publishEvent(CrudEvent.create(execution));
        return wait ? follow.untilEnd(flow, execution) : Mono.just(execution);
    }

    /** The execution with its inputs, or the refusal of the flow's own checks. */
    private Execution checked(Flow flow, Execution execution, Map<String, Object> values) {
        List<Check> failed = flows.getFailedChecks(flow, values);
        return switch (Check.resolveBehavior(failed)) {
            case BLOCK_EXECUTION -> throw new IllegalArgumentException(
                "Flow execution blocked: one or more condition checks evaluated to false.\nFailed checks: "
                    + failed.stream().map(Check::getMessage).collect(Collectors.joining(", ")));
            case FAIL_EXECUTION -> execution.withInputs(values).withState(State.Type.FAILED);
            default -> execution.withInputs(values);
        };
    }

    private URI urlOf(Execution execution) {
        String flow = execution.getNamespace() + "/" + execution.getFlowId();
        return URI.create(url + "/ui/" + execution.getTenantId() + "/executions/" + flow + "/" + execution.getId());
    }
}
