package baywheels.kestra.host.api;

import baywheels.kestra.host.http.Filters;
import baywheels.kestra.host.http.PagedResults;
import io.kestra.core.models.executions.Execution;
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
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import reactor.core.publisher.Flux;

/** What is known of executions. */
@Controller("/api/v1/main/executions")
@ExecuteOn(TaskExecutors.IO)
class ExecutionController {
    private final ExecutionRepositoryInterface executions;
    private final FlowRepositoryInterface flows;
    private final ExecutionService service;
    private final ExecutionFollow follow;

    ExecutionController(
        ExecutionRepositoryInterface executions, FlowRepositoryInterface flows, ExecutionService service, ExecutionFollow follow) {
        this.executions = executions;
        this.flows = flows;
        this.service = service;
        this.follow = follow;
    }

    @Get("/{executionId}")
    Execution get(String executionId) {
        return service.getExecution(TenantService.MAIN_TENANT, executionId, true);
    }

    /** Changes up to the end; a stream without events for an execution that isn't there. */
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

    /** The executions of one flow. */
    @Get
    PagedResults<Execution> list(
        @QueryValue String namespace,
        @QueryValue String flowId,
        @QueryValue(defaultValue = "1") int page,
        @QueryValue(defaultValue = "10") int size) {
        var pageable = PagedResults.page(page, size, null, UnaryOperator.identity());
        return PagedResults.of(executions.findByFlowId(TenantService.MAIN_TENANT, namespace, flowId, pageable));
    }

    @Delete("/{executionId}")
    HttpResponse<Void> delete(
        String executionId,
        @QueryValue(defaultValue = "true") boolean deleteLogs,
        @QueryValue(defaultValue = "true") boolean deleteMetrics,
        @QueryValue(defaultValue = "true") boolean deleteStorage) throws IOException {
        Optional<Execution> execution = executions.findById(TenantService.MAIN_TENANT, executionId);
        if (execution.isEmpty()) return HttpResponse.notFound();
        service.delete(execution.get(), deleteLogs, deleteMetrics, deleteStorage);
        return HttpResponse.noContent();
    }
}
