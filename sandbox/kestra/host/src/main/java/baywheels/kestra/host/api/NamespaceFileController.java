package baywheels.kestra.host.api;

import io.kestra.core.storages.FileAttributes;
import io.kestra.core.storages.Namespace;
import io.kestra.core.storages.NamespaceFactory;
import io.kestra.core.storages.NamespaceFileAttributes;
import io.kestra.core.storages.StorageInterface;
import io.kestra.core.tenant.TenantService;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Delete;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Part;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.Put;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.http.multipart.CompletedFileUpload;
import io.micronaut.http.server.types.files.StreamedFile;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import java.io.ByteArrayInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/** Files of namespaces. */
@Controller("/api/v1/main/namespaces/{namespace}/files")
@ExecuteOn(TaskExecutors.IO)
class NamespaceFileController {
    private static final Path ROOT = Path.of("/");

    /** Kestra's reserved folder for flows. */
    private static final Path FLOWS = Path.of("/_flows");

    private final NamespaceFactory namespaces;
    private final StorageInterface storage;

    NamespaceFileController(NamespaceFactory namespaces, StorageInterface storage) {
        this.namespaces = namespaces;
        this.storage = storage;
    }

    @Get(produces = MediaType.APPLICATION_OCTET_STREAM)
    HttpResponse<StreamedFile> get(String namespace, @QueryValue String path, @Nullable @QueryValue Integer revision) throws IOException {
        InputStream content = files(namespace).getFileContent(checked(path), revision);
        return HttpResponse.ok(new StreamedFile(content, MediaType.APPLICATION_OCTET_STREAM_TYPE)).header(HttpHeaders.CACHE_CONTROL, "no-cache");
    }

    /** Writes a file and the folders above it; of a zip, the files in it. */
    @Post(consumes = MediaType.MULTIPART_FORM_DATA)
    void put(String namespace, @QueryValue String path, @Part CompletedFileUpload fileContent) throws Exception {
        byte[] content = fileContent.getBytes();
        if (!fileContent.getFilename().toLowerCase(Locale.ROOT).endsWith(".zip")) {
            // The storage takes the size from available(), which only a stream over bytes tells rightly.
            files(namespace).putFile(checked(path), new ByteArrayInputStream(content));
            return;
        }
        try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(content))) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                if (!entry.isDirectory()) files(namespace).putFile(checked(entry.getName()), new ByteArrayInputStream(zip.readAllBytes()));
            }
        }
    }

    /** Moves a file or folder. */
    @Put
    void move(String namespace, @QueryValue String from, @QueryValue String to) throws Exception {
        files(namespace).move(checked(from), checked(to));
    }

    /** Deletes a file, or a folder with all in it; one that is not there is fine. */
    @Delete
    void delete(String namespace, @QueryValue String path) throws IOException {
        files(namespace).delete(checked(path));
    }

    /** Paths that hold a text. */
    @Get("/search")
    List<String> search(String namespace, @QueryValue("q") String text) throws IOException {
        return files(namespace).all(text).stream().map(file -> file.filePath().toString()).toList();
    }

    @Get("/stats")
    FileAttributes stats(String namespace, @Nullable @QueryValue String path) throws IOException {
        Namespace files = files(namespace);
        Path wanted = path == null || path.isEmpty() ? root(files) : checked(path);
        return files.getFileMetadata(wanted);
    }

    @Get("/directory")
    List<FileAttributes> directory(String namespace, @Nullable @QueryValue String path) throws IOException {
        Namespace files = files(namespace);
        Path wanted = path == null ? root(files) : checked(path);
        if (wanted.equals(ROOT)) root(files);
        if (!files.exists(wanted)) throw new FileNotFoundException("Directory not found: " + wanted);
        return files.children(wanted.toString(), false).stream().<FileAttributes>map(NamespaceFileAttributes::new).toList();
    }

    @Post("/directory")
    void createDirectory(String namespace, @Nullable @QueryValue String path) throws IOException {
        files(namespace).createDirectory(path == null ? ROOT : checked(path));
    }

    /** The root folder, which comes into being when somebody looks at it. */
    private static Path root(Namespace files) throws IOException {
        if (!files.exists(ROOT)) files.createDirectory(ROOT);
        return ROOT;
    }

    private static Path checked(String path) {
        Path absolute = ROOT.resolve(path);
        if (!absolute.equals(absolute.normalize())) throw new IllegalArgumentException("Path must not hold '.' or '..': " + path);
        if (absolute.startsWith(FLOWS)) throw new IllegalArgumentException("Forbidden path: " + path);
        return absolute;
    }

    private Namespace files(String namespace) {
        return namespaces.of(TenantService.MAIN_TENANT, namespace, storage);
    }
}
