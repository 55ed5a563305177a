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
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import lombok.Builder;
import lombok.EqualsAndHashCode;
import lombok.Getter;
import lombok.NoArgsConstructor;
import lombok.ToString;
import lombok.experimental.SuperBuilder;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveInputStream;

/**
 * Unpacks an archive of Kestra's storage into it: one file an entry, folders left out, nothing else filtered.
 *
 * <p>Property list checked against plugin-compress v1.3.5, {@code ArchiveDecompress.java} and {@code AbstractArchive.java}. Left out:
 * compression. Of the algorithms only ZIP is done here; the same library reads it. A wrong CRC is an error here, too.
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
        URI source = URI.create(runContext.render(from).as(String.class).orElseThrow());
        try (ZipArchiveInputStream zip = new ZipArchiveInputStream(new BufferedInputStream(runContext.storage().getFile(source)))) {
            return new Output(unpack(runContext, zip, source));
        }
    }

    private static Map<String, URI> unpack(RunContext runContext, ZipArchiveInputStream zip, URI archive) throws IOException {
        Map<String, URI> files = new HashMap<>();
        try {
            for (ZipArchiveEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                if (!zip.canReadEntryData(entry)) {
                    throw new IOException("entry " + entry.getName() + " is encrypted or stored in a way that can't be read");
                }
                if (!entry.isDirectory()) {
                    store(runContext, zip, entry, files);
                }
            }
            if (files.isEmpty()) {
                throw new IOException("it holds no file, or is no ZIP archive");
            }
        } catch (IOException e) {
            throw new IOException("Archive " + archive + " can't be unpacked: " + e.getMessage() + ". Look at the file, or download it again");
        }
        return files;
    }

    private static void store(RunContext runContext, InputStream zip, ZipArchiveEntry entry, Map<String, URI> files) throws IOException {
        // blanks become underscores in the stored name but not in the output's key, as in the plugin
        String name = entry.getName().replace(' ', '_');
        Path folder = runContext.workingDir().path();
        if (!folder.resolve(name).normalize().startsWith(folder)) {
            throw new IOException("entry " + entry.getName() + " leaves the archive's folder");
        }
        Path file = runContext.workingDir().createFile(name);
        CRC32 crc = new CRC32();
        try (OutputStream out = Files.newOutputStream(file)) {
            new CheckedInputStream(zip, crc).transferTo(out);
        }
        if (entry.getCrc() != ZipArchiveEntry.CRC_UNKNOWN && entry.getCrc() != crc.getValue()) {
            throw new IOException("the checksum of entry " + entry.getName() + " is wrong");
        }
        URI stored = runContext.storage().putFile(file.toFile(), file.getFileName().toString());
        if (files.containsValue(stored)) {
            throw new IOException("two entries are named " + file.getFileName() + " in different folders, of which the plugin keeps one");
        }
        files.put(entry.getName(), stored);
    }

    /** What the task hands on. */
    @Builder
    @Getter
    public static class Output implements io.kestra.core.models.tasks.Output {
        /** Addresses in Kestra's storage by entry name. */
        private final Map<String, URI> files;
    }
}
