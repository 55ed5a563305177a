package baywheels.kestra.host.api;

import baywheels.kestra.host.http.Filters;
import baywheels.kestra.host.http.PagedResults;
import io.kestra.core.exceptions.FlowProcessingException;
import io.kestra.core.models.flows.Flow;
import io.kestra.core.models.flows.FlowWithSource;
import io.kestra.core.models.flows.GenericFlow;
import io.kestra.core.repositories.FlowRepositoryInterface;
import io.kestra.core.services.FlowService;
import io.kestra.core.services.PluginDefaultService;
import io.kestra.core.tenant.TenantService;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Delete;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.Put;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Single flows, and the search for them. */
@Controller("/api/v1/main/flows")
@ExecuteOn(TaskExecutors.IO)
class FlowController {
    private final FlowRepositoryInterface flows;
    private final FlowService service;
    private final PluginDefaultService defaults;

    FlowController(FlowRepositoryInterface flows, FlowService service, PluginDefaultService defaults) {
        this.flows = flows;
        this.service = service;
        this.defaults = defaults;
    }

    @Post(consumes = MediaType.APPLICATION_YAML)
    FlowWithSource create(@Body String source) throws FlowProcessingException {
        return service.create(GenericFlow.fromYaml(TenantService.MAIN_TENANT, source), true);
    }

    @Put(uri = "/{namespace}/{id}", consumes = MediaType.APPLICATION_YAML)
    HttpResponse<FlowWithSource> update(String namespace, String id, @Body String source) throws FlowProcessingException {
        Optional<Flow> existing = flows.findById(TenantService.MAIN_TENANT, namespace, id);
        if (existing.isEmpty()) return HttpResponse.notFound();
        GenericFlow flow = GenericFlow.fromYaml(TenantService.MAIN_TENANT, source);
        service.checkValidSubflows(defaults.injectVersionDefaults(flow, false), TenantService.MAIN_TENANT);
        return HttpResponse.ok(flows.update(flow, existing.get()));
    }

    /** The flow, with its text when {@code source} is true. */
    @Get("/{namespace}/{id}")
    @Nullable
    Object get(
        String namespace,
        String id,
        @QueryValue(defaultValue = "false") boolean source,
        @Nullable @QueryValue Integer revision,
        @QueryValue(defaultValue = "false") boolean allowDeleted) {
        Optional<Integer> wanted = Optional.ofNullable(revision);
        Optional<? extends Flow> found = source
            ? flows.findByIdWithSource(TenantService.MAIN_TENANT, namespace, id, wanted, allowDeleted)
            : flows.findById(TenantService.MAIN_TENANT, namespace, id, wanted, allowDeleted);
        return found.orElse(null);
    }

    @Get("/{namespace}/{id}/revisions")
    List<FlowWithSource> revisions(String namespace, String id, @QueryValue(defaultValue = "false") boolean allowDelete) {
        return flows.findRevisions(TenantService.MAIN_TENANT, namespace, id, allowDelete);
    }

    @Delete("/{namespace}/{id}")
    HttpResponse<Void> delete(String namespace, String id) {
        Optional<FlowWithSource> existing = flows.findByIdWithSource(TenantService.MAIN_TENANT, namespace, id);
        if (existing.isEmpty()) return HttpResponse.notFound();
        flows.delete(existing.get());
        return HttpResponse.noContent();
    }

    @Get("/{namespace}")
    List<Flow> list(String namespace) {
        return flows.findByNamespace(TenantService.MAIN_TENANT, namespace);
    }

    @Get("/search")
    PagedResults<Flow> search(
        HttpRequest<?> request,
        @QueryValue(defaultValue = "1") int page,
        @QueryValue(defaultValue = "10") int size,
        @Nullable @QueryValue List<String> sort) {
        return PagedResults.of(
            flows.find(
                PagedResults.page(page, size, sort, UnaryOperator.identity()), TenantService.MAIN_TENANT, Filters.of(request.getParameters())));
    }

    @Get("/distinct-namespaces")
    List<String> namespaces(@Nullable @QueryValue("q") String prefix) {
        return flows.findDistinctNamespace(TenantService.MAIN_TENANT, prefix);
    }
}
