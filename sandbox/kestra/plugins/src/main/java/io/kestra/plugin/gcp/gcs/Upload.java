package io.kestra.plugin.gcp.gcs;

import com.google.api.client.http.HttpResponseException;
import com.google.cloud.storage.BlobId;
import com.google.cloud.storage.BlobInfo;
import com.google.cloud.storage.Storage;
import com.google.cloud.storage.StorageException;
import com.google.cloud.storage.StorageOptions;
import io.kestra.core.exceptions.IllegalVariableEvaluationException;
import io.kestra.core.models.annotations.Plugin;
import io.kestra.core.models.property.Property;
import io.kestra.core.models.tasks.RunnableTask;
import io.kestra.core.runners.RunContext;
import io.kestra.plugin.gcp.GoogleTask;
import io.kestra.plugin.gcp.OneLine;
import jakarta.validation.constraints.NotNull;
import java.io.InputStream;
import java.net.URI;
import lombok.Builder;
import lombok.EqualsAndHashCode;
import lombok.Getter;
import lombok.NoArgsConstructor;
import lombok.ToString;
import lombok.experimental.SuperBuilder;

/**
 * Copies a file of Kestra's storage to an object of Cloud Storage; an object of that name is replaced.
 *
 * <p>Property list checked against plugin-gcp v2.11.0, {@code gcs/Upload.java} and {@code gcs/AbstractGcs.java}. Left out: contentEncoding,
 * contentDisposition, cacheControl, validateChecksum, expectedMd5, expectedCrc32c; the checksums are always compared.
 */
@SuperBuilder
@ToString
@EqualsAndHashCode(callSuper = true)
@Getter
@NoArgsConstructor
@Plugin
public class Upload extends GoogleTask implements RunnableTask<Upload.Output> {
    private static final String EMULATOR = "STORAGE_EMULATOR_HOST";

    /** Address of the file in Kestra's storage. */
    @NotNull
    private Property<String> from;

    /** Address of the object: gs://bucket/name. */
    @NotNull
    private Property<String> to;

    /** Media type of the object; without it, Cloud Storage decides. */
    private Property<String> contentType;

    @Override
    public Output run(RunContext runContext) throws Exception {
        String file = runContext.render(from).as(String.class).orElse("");
        if (file.isBlank()) {
            throw new IllegalArgumentException("Property from is empty: there is no file to upload. Look at the task that should have made it");
        }
        URI source = URI.create(file.strip().replace(" ", "%20"));
        BlobInfo target = target(runContext);
        Checksums sums = new Checksums();
        try (
            Storage storage = connect(runContext, StorageOptions.newBuilder(), EMULATOR).build().getService();
            InputStream data = sums.watch(runContext.storage().getFile(source))
        ) {
            BlobInfo stored = storage.createFrom(target, data);
            if (!sums.md5().equals(stored.getMd5()) || !sums.crc32c().equals(stored.getCrc32c())) {
                throw new IllegalStateException(address(target) + ": the stored object's checksum differs from the file's. Run the task again");
            }
        } catch (StorageException e) {
            throw new IllegalStateException(
                "%s: upload to %s failed: %s".formatted(endpoint(EMULATOR, "Cloud Storage"), address(target), reason(e))
            );
        }
        return Output.builder().uri(URI.create(address(target).replace(" ", "%20"))).md5(sums.md5()).crc32c(sums.crc32c()).build();
    }

    private BlobInfo target(RunContext runContext) throws IllegalVariableEvaluationException {
        String address = runContext.render(to).as(String.class).orElseThrow();
        URI uri = URI.create(address.replace(" ", "%20"));
        if (!"gs".equals(uri.getScheme()) || uri.getAuthority() == null || uri.getPath().length() < 2) {
            throw new IllegalArgumentException("Property to: '" + address + "' is no address of an object. Write gs://bucket/name");
        }
        // a plus sign becomes a blank, as in the plugin
        BlobInfo.Builder target = BlobInfo.newBuilder(BlobId.of(uri.getAuthority(), uri.getPath().substring(1).replace("+", " ")));
        runContext.render(contentType).as(String.class).ifPresent(target::setContentType);
        return target.build();
    }

    // the exception's own message repeats the whole request and answer
    private static String reason(StorageException e) {
        if (e.getCode() == 0) {
            return "no answer (" + OneLine.of(e.getMessage()) + "). Look whether it runs";
        }
        String status = e.getCause() instanceof HttpResponseException answer ? answer.getStatusMessage() : e.getReason();
        return "HTTP " + e.getCode() + (status == null ? "" : " " + status) + ". Look at bucket, project and key";
    }

    private static String address(BlobInfo blob) {
        return "gs://" + blob.getBucket() + "/" + blob.getName();
    }

    /** What the task hands on. */
    @Builder
    @Getter
    public static class Output implements io.kestra.core.models.tasks.Output {
        /** Address of the object: gs://bucket/name. */
        private final URI uri;
        /** MD5 of its content, base64. */
        private final String md5;
        /** CRC32C of its content, big-endian, base64. */
        private final String crc32c;
    }
}
