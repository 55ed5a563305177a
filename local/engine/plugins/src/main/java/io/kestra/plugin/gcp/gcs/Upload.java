package io.kestra.plugin.gcp.gcs;

import com.google.cloud.WriteChannel;
import com.google.cloud.storage.Blob;
import com.google.cloud.storage.BlobId;
import com.google.cloud.storage.BlobInfo;
import com.google.cloud.storage.Storage;
import com.google.cloud.storage.StorageOptions;
import io.kestra.core.exceptions.IllegalVariableEvaluationException;
import io.kestra.core.models.annotations.Plugin;
import io.kestra.core.models.property.Property;
import io.kestra.core.models.tasks.RunnableTask;
import io.kestra.core.runners.RunContext;
import io.kestra.plugin.gcp.GoogleTask;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import lombok.Builder;
import lombok.EqualsAndHashCode;
import lombok.Getter;
import lombok.NoArgsConstructor;
import lombok.ToString;
import lombok.experimental.SuperBuilder;

/**
 * Copies a file of Kestra's storage to an object of Cloud Storage; an object of that name is replaced. Then it reads
 * the object's metadata back (objects.get) and compares checksums.
 *
 * <p>Checked against plugin-gcp v2.11.0, {@code gcs/Upload.java} and {@code gcs/AbstractGcs.java}. Kestra's validation
 * refuses the plugin's contentEncoding, contentDisposition, cacheControl, expectedMd5, expectedCrc32c and
 * validateChecksum, which is on by default.
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
    private Property<String> from;

    /** Address of the object: gs://bucket/name. */
    private Property<String> to;

    /** Media type of the object; without it, Cloud Storage decides. */
    private Property<String> contentType;

    @Override
    public Output run(RunContext runContext) throws Exception {
        Storage storage = connect(runContext, StorageOptions.newBuilder(), EMULATOR).build().getService();
        URI source = address(runContext, from);
        URI target = address(runContext, to);
        // a plus sign becomes a blank, as in the plugin
        String name = target.getPath().substring(1).replace("+", " ");
        BlobInfo.Builder blob = BlobInfo.newBuilder(BlobId.of(target.getScheme().equals("gs") ? target.getAuthority() : target.getScheme(), name));
        runContext.render(contentType).as(String.class).ifPresent(blob::setContentType);
        BlobInfo destination = blob.build();
        runContext.logger().debug("Upload from '{}' to '{}'", source, target);

        Checksums sums = new Checksums();
        try (InputStream data = sums.watch(runContext.storage().getFile(source))) {
            try (WriteChannel channel = storage.writer(destination)) {
                byte[] buffer = new byte[10_240];
                for (int read = data.read(buffer); read >= 0; read = data.read(buffer)) {
                    channel.write(ByteBuffer.wrap(buffer, 0, read));
                }
            }
        }
        compare(storage.get(destination.getBlobId()), destination.getBlobId(), sums);
        return Output.builder()
            .uri(new URI("gs://" + destination.getBucket() + "/" + name.replace(" ", "%20")))
            .md5(sums.md5())
            .crc32c(sums.crc32c())
            .build();
    }

    /** The plugin renders what the property was rendered to once more: a template in a file's or object's name runs. */
    private static URI address(RunContext runContext, Property<String> property) throws IllegalVariableEvaluationException, URISyntaxException {
        String text = runContext.render(property).as(String.class).orElse(null);
        return new URI(runContext.render(text).replace(" ", "%20"));
    }

    private static void compare(Blob stored, BlobId id, Checksums sums) {
        if (stored == null) {
            throw new IllegalStateException("Uploaded blob not found for integrity check: " + id);
        }
        if (!sums.md5().equals(stored.getMd5())) {
            throw new IllegalStateException("MD5 mismatch between client and GCS: client=" + sums.md5() + ", gcs=" + stored.getMd5());
        }
        if (!sums.crc32c().equals(stored.getCrc32c())) {
            throw new IllegalStateException("CRC32C mismatch between client and GCS: client=" + sums.crc32c() + ", gcs=" + stored.getCrc32c());
        }
    }

    /** The task's outputs. */
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
