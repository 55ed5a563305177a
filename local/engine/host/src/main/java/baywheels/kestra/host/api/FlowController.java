package baywheels.kestra.host.api;

import baywheels.kestra.host.http.Filters;
import baywheels.kestra.host.http.PagedResults;
import io.kestra.core.exceptions.FlowProcessingException;
import io.kestra.core.models.flows.Flow;
import io.kestra.core.models.flows.FlowSource;
import io.kestra.core.models.flows.FlowWithSource;
import io.kestra.core.models.flows.GenericFlow;
import io.kestra.core.models.validations.ValidateConstraintViolation;
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
import java.util.stream.Stream;

/** Flows. */
@Controller("/api/v1/main/flows")
@ExecuteOn(TaskExecutors.IO)
class FlowController {
    /** Kestra's own separator of flows in a validation request. */
    private static final String BETWEEN_VALIDATED = "\\n+---\\n*?";

    private final FlowRepositoryInterface flows;
    private final FlowService service;
    private final PluginDefaultService defaults;

    FlowController(FlowRepositoryInterface flows, FlowService service, PluginDefaultService defaults) {
        this.flows = flows;
        this.service = service;
        this.defaults = defaults;
    }

    /** Returns a verdict on each part of the text, including empty parts. Stores nothing. */
    @Post(uri = "/validate", consumes = MediaType.APPLICATION_YAML)
    List<ValidateConstraintViolation> validate(@Body String sources) {
        return service.validate(
            TenantService.MAIN_TENANT, Stream.of(sources.split(BETWEEN_VALIDATED)).map(source -> new FlowSource(null, source)).toList());
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
    Object get(String namespace, String id, @QueryValue(defaultValue = "false") boolean source) {
        Optional<? extends Flow> found = source
            ? flows.findByIdWithSource(TenantService.MAIN_TENANT, namespace, id)
            : flows.findById(TenantService.MAIN_TENANT, namespace, id);
        return found.orElse(null);
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
}
