package baywheels.kestra.host.api;

import io.kestra.core.exceptions.FlowProcessingException;
import io.kestra.core.models.HasSource;
import io.kestra.core.models.flows.FlowInterface;
import io.kestra.core.models.flows.FlowSource;
import io.kestra.core.models.flows.GenericFlow;
import io.kestra.core.models.validations.ManualConstraintViolation;
import io.kestra.core.models.validations.ValidateConstraintViolation;
import io.kestra.core.repositories.FlowRepositoryInterface;
import io.kestra.core.services.FlowService;
import io.kestra.core.tenant.TenantService;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Part;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.http.multipart.CompletedFileUpload;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import jakarta.validation.ConstraintViolationException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Many flows at once, as one text or file. */
@Controller("/api/v1/main/flows")
@ExecuteOn(TaskExecutors.IO)
class FlowBulkController {
    /** Kestra's own for validation. */
    private static final String BETWEEN_VALIDATED = "\\n+---\\n*?";

    private static final Pattern BETWEEN_DOCUMENTS = Pattern.compile("\\n+---[ \\t]*(?=\\r?\\n|$)");

    private final FlowRepositoryInterface flows;
    private final FlowService service;

    FlowBulkController(FlowRepositoryInterface flows, FlowService service) {
        this.flows = flows;
        this.service = service;
    }

    /** A verdict for each part of the text, empty ones too; nothing is stored. */
    @Post(uri = "/validate", consumes = MediaType.APPLICATION_YAML)
    List<ValidateConstraintViolation> validate(@Body String sources) {
        return service.validate(
            TenantService.MAIN_TENANT, Stream.of(sources.split(BETWEEN_VALIDATED)).map(source -> new FlowSource(null, source)).toList());
    }

    /** Creates or updates the flows; with {@code delete}, which is Kestra's default, those that the text lacks are deleted. */
    @Post(uri = "/bulk", consumes = MediaType.APPLICATION_YAML)
    List<FlowInterface> bulk(
        @Body @Nullable String sources,
        @QueryValue(defaultValue = "true") boolean delete,
        @Nullable @QueryValue String namespace,
        @QueryValue(defaultValue = "false") boolean allowNamespaceChild) throws FlowProcessingException {
        return replace(namespace, parse(sources), delete, allowNamespaceChild);
    }

    /** The same for one namespace. */
    @Post(uri = "/{namespace}", consumes = MediaType.APPLICATION_YAML)
    List<FlowInterface> replaceNamespace(
        String namespace, @Body @Nullable String sources, @QueryValue(defaultValue = "true") boolean delete) throws FlowProcessingException {
        return replace(namespace, parse(sources), delete, false);
    }

    /** Imports a YAML file of several flows, or a zip of such files. Returns the names of those that were refused. */
    @Post(uri = "/import", consumes = MediaType.MULTIPART_FORM_DATA)
    List<String> importFile(@Part CompletedFileUpload fileUpload, @QueryValue(defaultValue = "false") boolean failOnError) throws IOException {
        List<String> refused = new ArrayList<>();
        HasSource.readSourceFile(fileUpload, (source, name) -> {
            try {
                service.importFlow(TenantService.MAIN_TENANT, source);
            } catch (FlowProcessingException | RuntimeException invalid) {
                refused.add(name);
            }
        });
        if (failOnError && !refused.isEmpty()) {
            throw new IllegalArgumentException("Following invalid flows were not imported: " + String.join(", ", refused));
        }
        return refused;
    }

    private List<FlowInterface> replace(String namespace, List<GenericFlow> wanted, boolean delete, boolean allowChild)
        throws FlowProcessingException {
        requireNamespace(namespace, wanted, allowChild);
        Set<String> ids = wanted.stream().map(GenericFlow::getId).collect(Collectors.toSet());
        if (ids.size() < wanted.size()) throw violation("Duplicate flow id", wanted.getFirst(), "flow.id", ids);
        List<FlowInterface> result = new ArrayList<>();
        if (delete) {
            var stored = namespace == null
                ? flows.findAllWithSource(TenantService.MAIN_TENANT)
                : flows.findByNamespaceWithSource(TenantService.MAIN_TENANT, namespace);
            stored.stream().filter(flow -> !ids.contains(flow.getId())).forEach(flow -> result.add(flows.delete(flow)));
        }
        for (GenericFlow flow : wanted) {
            var existing = flows.findById(TenantService.MAIN_TENANT, flow.getNamespace(), flow.getId());
            result.add(existing.isPresent() ? flows.update(flow, existing.get()) : service.create(flow, true));
        }
        return result;
    }

    private static void requireNamespace(String namespace, List<GenericFlow> wanted, boolean allowChild) {
        if (namespace == null) return;
        Optional<GenericFlow> stranger = wanted.stream()
            .filter(flow -> !flow.getNamespace().equals(namespace))
            .filter(flow -> !allowChild || !flow.getNamespace().startsWith(namespace + "."))
            .findFirst();
        if (stranger.isEmpty()) return;
        GenericFlow flow = stranger.get();
        throw violation(flow.uid() + " - flow namespace is invalid", flow, "flow.namespace", flow.getNamespace());
    }

    private static ConstraintViolationException violation(String message, GenericFlow flow, String path, Object value) {
        return new ConstraintViolationException(Set.of(ManualConstraintViolation.of(message, flow, GenericFlow.class, path, value)));
    }

    private static List<GenericFlow> parse(String sources) {
        return split(sources).map(source -> GenericFlow.fromYaml(TenantService.MAIN_TENANT, source)).toList();
    }

    private static Stream<String> split(String sources) {
        if (sources == null || sources.isBlank()) return Stream.empty();
        return BETWEEN_DOCUMENTS.splitAsStream(sources).filter(source -> !source.isBlank());
    }
}
