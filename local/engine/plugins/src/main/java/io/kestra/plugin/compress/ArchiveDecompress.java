package io.kestra.plugin.compress;

import io.kestra.core.models.annotations.Plugin;
import io.kestra.core.models.property.Property;
import io.kestra.core.models.tasks.RunnableTask;
import io.kestra.core.models.tasks.Task;
import io.kestra.core.runners.RunContext;
import jakarta.validation.constraints.NotNull;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import lombok.Builder;
import lombok.EqualsAndHashCode;
import lombok.Getter;
import lombok.NoArgsConstructor;
import lombok.ToString;
import lombok.experimental.SuperBuilder;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveInputStream;

/**
 * Unpacks an archive of Kestra's storage into it: one file per entry, without folders, nothing else left out.
 *
 * <p>Checked against plugin-compress v1.3.5, {@code ArchiveDecompress.java} and {@code AbstractArchive.java}. Kestra's
 * validation refuses the property compression; of the formats only ZIP works. Like the plugin, it reads with
 * commons-compress and adds no check: CRCs are not compared, a file that isn't a ZIP may give an empty map, and
 * exceptions come as they are, some without a message.
 */
@SuperBuilder
@ToString
@EqualsAndHashCode(callSuper = true)
@Getter
@NoArgsConstructor
@Plugin
public class ArchiveDecompress extends Task implements RunnableTask<ArchiveDecompress.Output> {
    /** Formats that the plugin knows. */
    public enum ArchiveAlgorithm {
        AR, ARJ, CPIO, DUMP, JAR, TAR, ZIP
    }

    /** Format of the archive. */
    @NotNull
    private Property<ArchiveAlgorithm> algorithm;

    /** Address of the archive in Kestra's storage. */
    @NotNull
    private Property<String> from;

    @Override
    public Output run(RunContext runContext) throws Exception {
        ArchiveAlgorithm format = runContext.render(algorithm).as(ArchiveAlgorithm.class).orElseThrow();
        if (format != ArchiveAlgorithm.ZIP) {
            throw new IllegalArgumentException("Property algorithm: " + format + " can't be unpacked on this local Kestra. Use ZIP");
        }
        URI source = new URI(runContext.render(from).as(String.class).orElseThrow());
        Map<String, URI> files = new HashMap<>();
        try (ZipArchiveInputStream zip = new ZipArchiveInputStream(new BufferedInputStream(runContext.storage().getFile(source)))) {
            for (ZipArchiveEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                if (!zip.canReadEntryData(entry)) {
                    throw new IOException("Unable to read entry '" + entry.getName() + "'");
                }
                if (!entry.isDirectory()) {
                    files.put(entry.getName(), store(runContext, zip, entry.getName()));
                }
            }
        }
        return new Output(files);
    }

    private static URI store(RunContext runContext, InputStream zip, String entry) throws IOException {
        // blanks become underscores in the stored name but not in the output's key
        String name = entry.replace(' ', '_');
        Path folder = runContext.workingDir().path();
        if (!folder.resolve(name).normalize().startsWith(folder)) {
            throw new IOException("Path traversal attempt detected in archive entry: " + entry);
        }
        Path file = runContext.workingDir().createFile(name);
        try (OutputStream out = Files.newOutputStream(file)) {
            zip.transferTo(out);
        }
        // Kestra's storage has one folder for the task run: of two files with one base name the last one stays
        return runContext.storage().putFile(file.toFile(), file.getFileName().toString());
    }

    /** The task's outputs. */
    @Builder
    @Getter
    public static class Output implements io.kestra.core.models.tasks.Output {
        /** Addresses in Kestra's storage by entry name. */
        private final Map<String, URI> files;
    }
}
