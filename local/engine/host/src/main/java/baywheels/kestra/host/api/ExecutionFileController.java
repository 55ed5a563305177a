package baywheels.kestra.host.api;

import io.kestra.core.models.executions.Execution;
import io.kestra.core.services.ExecutionService;
import io.kestra.core.storages.StorageContext;
import io.kestra.core.storages.StorageInterface;
import io.kestra.core.tenant.TenantService;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.http.server.types.files.StreamedFile;
import io.micronaut.http.uri.UriBuilder;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;

/** Files of an execution in Kestra's storage, by their {@code kestra://} address. */
@Controller("/api/v1/main/executions/{executionId}/file")
@ExecuteOn(TaskExecutors.IO)
class ExecutionFileController {
    private final ExecutionService executions;
    private final StorageInterface storage;

    ExecutionFileController(ExecutionService executions, StorageInterface storage) {
        this.executions = executions;
        this.storage = storage;
    }

    @Get(produces = MediaType.APPLICATION_OCTET_STREAM)
    HttpResponse<?> download(String executionId, @QueryValue URI path) throws IOException {
        Execution execution = executions.getExecution(TenantService.MAIN_TENANT, executionId, true);
        if (!isOwn(execution, path)) return redirect(path);
        var content = storage.get(execution.getTenantId(), execution.getNamespace(), path);
        String name = Path.of(path.getPath()).getFileName().toString();
        return HttpResponse.ok(new StreamedFile(content, MediaType.APPLICATION_OCTET_STREAM_TYPE).attach(name));
    }

    private static boolean isOwn(Execution execution, URI path) {
        if (!StorageContext.KESTRA_SCHEME.equals(path.getScheme())) throw new IllegalArgumentException("Scheme not supported: " + path.getScheme());
        return path.getPath().startsWith(StorageContext.forExecution(execution).getExecutionStorageURI().getPath());
    }

    /** Redirects to the execution that owns the file. */
    private static HttpResponse<?> redirect(URI path) {
        String owner = StorageContext.extractExecutionId(path).orElseThrow(() -> new IllegalArgumentException("Invalid prefix path"));
        return HttpResponse.redirect(UriBuilder.of("/api/v1/main/executions").path(owner).path("file").queryParam("path", path).build());
    }
}
