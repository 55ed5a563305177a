package baywheels.kestra.host.api;

import baywheels.kestra.host.http.Filters;
import baywheels.kestra.host.http.PagedResults;
import io.kestra.core.models.executions.Execution;
import io.kestra.core.models.executions.ExecutionKilled;
import io.kestra.core.models.executions.ExecutionKilledExecution;
import io.kestra.core.queues.QueueException;
import io.kestra.core.queues.QueueFactoryInterface;
import io.kestra.core.queues.QueueInterface;
import io.kestra.core.repositories.ExecutionRepositoryInterface;
import io.kestra.core.repositories.FlowRepositoryInterface;
import io.kestra.core.services.ExecutionService;
import io.kestra.core.tenant.TenantService;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Delete;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.http.sse.Event;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import jakarta.inject.Named;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import reactor.core.publisher.Flux;

/** Reads, follows and kills executions. */
@Controller("/api/v1/main/executions")
@ExecuteOn(TaskExecutors.IO)
class ExecutionController {
    private final ExecutionRepositoryInterface executions;
    private final FlowRepositoryInterface flows;
    private final ExecutionService service;
    private final ExecutionFollow follow;
    private final QueueInterface<ExecutionKilled> kills;

    ExecutionController(
        ExecutionRepositoryInterface executions,
        FlowRepositoryInterface flows,
        ExecutionService service,
        ExecutionFollow follow,
        @Named(QueueFactoryInterface.KILL_NAMED) QueueInterface<ExecutionKilled> kills) {
        this.executions = executions;
        this.flows = flows;
        this.service = service;
        this.follow = follow;
        this.kills = kills;
    }

    @Get("/{executionId}")
    Execution get(String executionId) {
        return service.getExecution(TenantService.MAIN_TENANT, executionId, true);
    }

    /** Streams an execution's changes until it ends; an unknown execution gives a stream without events. */
    @Get(uri = "/{executionId}/follow", produces = MediaType.TEXT_EVENT_STREAM)
    Flux<Event<Execution>> follow(String executionId) {
        return executions.findById(TenantService.MAIN_TENANT, executionId)
            .map(execution -> follow.events(flows.findByExecutionWithoutAcl(execution), execution))
            .orElseGet(Flux::empty);
    }

    @Get("/search")
    PagedResults<Execution> search(
        HttpRequest<?> request,
        @QueryValue(defaultValue = "1") int page,
        @QueryValue(defaultValue = "10") int size,
        @Nullable @QueryValue List<String> sort) {
        UnaryOperator<String> column = executions.sortMapping()::apply;
        var pageable = PagedResults.page(page, size, sort, column);
        return PagedResults.of(executions.find(pageable, TenantService.MAIN_TENANT, Filters.of(request.getParameters())));
    }

    /**
     * Requests that an execution end and, by default, the executions it started, even if it has ended itself. They end
     * later.
     */
    @Delete("/{executionId}/kill")
    HttpResponse<Void> kill(String executionId, @QueryValue(defaultValue = "true") boolean isOnKillCascade) throws QueueException {
        Optional<Execution> execution = executions.findById(TenantService.MAIN_TENANT, executionId);
        if (execution.isEmpty()) return HttpResponse.notFound();
        if (execution.get().getState().isTerminated() && !isOnKillCascade) {
            throw new IllegalStateException("Execution is already finished, can't kill it");
        }
        kills.emit(
            ExecutionKilledExecution.builder()
                .tenantId(TenantService.MAIN_TENANT)
                .executionId(executionId)
                .isOnKillCascade(isOnKillCascade)
                .state(ExecutionKilled.State.REQUESTED)
                .build());
        return HttpResponse.accepted();
    }
}
