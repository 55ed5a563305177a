package baywheels.kestra.host.api;

import io.kestra.core.events.CrudEvent;
import io.kestra.core.models.executions.Execution;
import io.kestra.core.models.executions.ExecutionKilled;
import io.kestra.core.models.executions.ExecutionKilledExecution;
import io.kestra.core.models.flows.Flow;
import io.kestra.core.queues.QueueException;
import io.kestra.core.queues.QueueFactoryInterface;
import io.kestra.core.queues.QueueInterface;
import io.kestra.core.repositories.ExecutionRepositoryInterface;
import io.kestra.core.repositories.FlowRepositoryInterface;
import io.kestra.core.services.ExecutionService;
import io.kestra.core.tenant.TenantService;
import io.micronaut.context.event.ApplicationEventPublisher;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Delete;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import jakarta.inject.Named;
import java.util.NoSuchElementException;
import java.util.Optional;

/** What can be done to an execution. */
@Controller("/api/v1/main/executions/{executionId}")
@ExecuteOn(TaskExecutors.IO)
class ExecutionActionController {
    private final ExecutionRepositoryInterface executions;
    private final FlowRepositoryInterface flows;
    private final ExecutionService service;
    private final QueueInterface<Execution> queue;
    private final QueueInterface<ExecutionKilled> kills;
    private final ApplicationEventPublisher<CrudEvent<Execution>> events;

    ExecutionActionController(
        ExecutionRepositoryInterface executions,
        FlowRepositoryInterface flows,
        ExecutionService service,
        @Named(QueueFactoryInterface.EXECUTION_NAMED) QueueInterface<Execution> queue,
        @Named(QueueFactoryInterface.KILL_NAMED) QueueInterface<ExecutionKilled> kills,
        ApplicationEventPublisher<CrudEvent<Execution>> events) {
        this.executions = executions;
        this.flows = flows;
        this.service = service;
        this.queue = queue;
        this.kills = kills;
        this.events = events;
    }

    /** Asks for the end of an execution and, by default, of those that it started, which may run when it has ended; it ends later. */
    @Delete("/kill")
    HttpResponse<Void> kill(String executionId, @QueryValue(defaultValue = "true") boolean isOnKillCascade) throws QueueException {
        Optional<Execution> execution = find(executionId);
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

    /** Runs the failed tasks of an execution, and those after them, again. */
    @Post("/restart")
    @Nullable
    Execution restart(String executionId, @Nullable @QueryValue Integer revision) throws Exception {
        Optional<Execution> old = find(executionId);
        if (old.isEmpty()) return null;
        flowOf(old.get(), revision);
        return emit(old.get(), service.restart(old.get(), revision), false);
    }

    /** Makes a new execution from an old one, from a task run on or from the beginning. */
    @Post("/replay")
    @Nullable
    Execution replay(String executionId, @Nullable @QueryValue String taskRunId, @Nullable @QueryValue Integer revision) throws Exception {
        Optional<Execution> old = find(executionId);
        if (old.isEmpty()) return null;
        return emit(old.get(), service.replay(old.get(), flowOf(old.get(), revision), taskRunId, revision), true);
    }

    private Optional<Execution> find(String executionId) {
        return executions.findById(TenantService.MAIN_TENANT, executionId);
    }

    private Flow flowOf(Execution execution, Integer revision) {
        Optional<Integer> wanted = Optional.ofNullable(revision == null ? execution.getFlowRevision() : revision);
        return flows.findById(TenantService.MAIN_TENANT, execution.getNamespace(), execution.getFlowId(), wanted)
            .orElseThrow(() -> new NoSuchElementException("Unable to find revision " + wanted.orElse(null) + " on flow " + execution.getNamespace()
                + "." + execution.getFlowId()));
    }

    private Execution emit(Execution before, Execution after, boolean isNew) throws QueueException {
        queue.emit(after);
        events.publishEvent(isNew ? CrudEvent.create(after) : CrudEvent.of(before, after));
        return after;
    }
}
