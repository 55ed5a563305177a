package baywheels.kestra.host.api;

import io.kestra.core.models.QueryFilter;
import io.kestra.core.models.namespaces.files.NamespaceFileMetadata;
import io.kestra.core.repositories.NamespaceFileMetadataRepositoryInterface;
import io.kestra.core.storages.FileAttributes;
import io.kestra.core.storages.Namespace;
import io.kestra.core.storages.NamespaceFactory;
import io.kestra.core.storages.NamespaceFileAttributes;
import io.kestra.core.storages.StorageInterface;
import io.kestra.core.tenant.TenantService;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.data.model.Pageable;
import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Delete;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Part;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.http.multipart.CompletedFileUpload;
import io.micronaut.http.server.types.files.StreamedFile;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import java.io.ByteArrayInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/**
 * Files of namespaces.
 *
 * <p>As in Kestra 1.3, a blank in a path becomes a plus sign: the path is encoded as a form's value and decoded as a
 * URI. In a zip it is refused.
 */
@Controller("/api/v1/main/namespaces/{namespace}/files")
@ExecuteOn(TaskExecutors.IO)
class NamespaceFileController {
    private static final Path ROOT = Path.of("/");

    /** Kestra's reserved folder for flows. */
    private static final Path FLOWS = Path.of("/_flows");

    private final NamespaceFactory namespaces;
    private final StorageInterface storage;
    private final NamespaceFileMetadataRepositoryInterface entries;

    NamespaceFileController(NamespaceFactory namespaces, StorageInterface storage, NamespaceFileMetadataRepositoryInterface entries) {
        this.namespaces = namespaces;
        this.storage = storage;
        this.entries = entries;
    }

    @Get(produces = MediaType.APPLICATION_OCTET_STREAM)
    HttpResponse<StreamedFile> get(String namespace, @QueryValue String path) throws IOException {
        InputStream content = files(namespace).getFileContent(stored(path));
        return HttpResponse.ok(new StreamedFile(content, MediaType.APPLICATION_OCTET_STREAM_TYPE)).header(HttpHeaders.CACHE_CONTROL, "no-cache");
    }

    /** Writes a file and the folders above it; of a zip, the files in it. */
    @Post(consumes = MediaType.MULTIPART_FORM_DATA)
    void put(String namespace, @QueryValue String path, @Part CompletedFileUpload fileContent) throws Exception {
        byte[] content = fileContent.getBytes();
        if (!fileContent.getFilename().toLowerCase(Locale.ROOT).endsWith(".zip")) {
            // The storage takes the size from available(), which is right only for a stream over bytes.
            files(namespace).putFile(stored(path), new ByteArrayInputStream(content));
            return;
        }
        try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(content))) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                if (entry.isDirectory()) continue;
                Path file = allowed(URI.create("/" + entry.getName()));
                files(namespace).putFile(file, new ByteArrayInputStream(zip.readAllBytes()));
            }
        }
    }

    /**
     * Deletes a file, or a folder with all in it. While the folder above has exactly one entry, that folder is deleted
     * instead, up to but not the root. That entry need not be the path's own: a missing path deletes what is beside it.
     * The count is the tenant's, over the folders of that path in all namespaces.
     */
    @Delete
    void delete(String namespace, @QueryValue String path) throws IOException {
        String doomed = stored(path.startsWith("/") ? path : "/" + path).toString();
        String above = NamespaceFileMetadata.parentPath(doomed);
        while (above != null && !above.equals("/") && entriesOf(above) == 1) {
            doomed = above;
            above = NamespaceFileMetadata.parentPath(above);
        }
        files(namespace).delete(Path.of(doomed));
    }

    @Get("/stats")
    FileAttributes stats(String namespace, @Nullable @QueryValue String path) throws IOException {
        Namespace files = files(namespace);
        Path wanted = path == null || path.isEmpty() ? root(files) : stored(path);
        return files.getFileMetadata(wanted);
    }

    @Get("/directory")
    List<FileAttributes> directory(String namespace, @Nullable @QueryValue String path) throws IOException {
        Namespace files = files(namespace);
        Path wanted = path == null ? root(files) : stored(path);
        if (wanted.equals(ROOT)) root(files);
        if (!files.exists(wanted)) throw new FileNotFoundException("Directory not found: " + wanted);
        return files.children(wanted.toString(), false).stream().<FileAttributes>map(NamespaceFileAttributes::new).toList();
    }

    /** How many entries a folder has itself, in all namespaces; no more than two are counted. */
    private int entriesOf(String folder) {
        QueryFilter inFolder = new QueryFilter(QueryFilter.Field.PARENT_PATH, QueryFilter.Op.EQUALS, folder);
        return entries.find(Pageable.from(1, 2), TenantService.MAIN_TENANT, List.of(inFolder), false).size();
    }

    /** The root folder, which is created when it's first read. */
    private static Path root(Namespace files) throws IOException {
        if (!files.exists(ROOT)) files.createDirectory(ROOT);
        return ROOT;
    }

    private static Path stored(String path) {
        return allowed(URI.create(URLEncoder.encode(path, StandardCharsets.UTF_8)));
    }

    private static Path allowed(URI uri) {
        Path path = Path.of(uri.getPath());
        if (path.startsWith(FLOWS)) throw new IllegalArgumentException("Forbidden path: " + path);
        return path;
    }

    private Namespace files(String namespace) {
        return namespaces.of(TenantService.MAIN_TENANT, namespace, storage);
    }
}
