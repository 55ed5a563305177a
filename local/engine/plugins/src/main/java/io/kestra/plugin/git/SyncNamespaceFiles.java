package io.kestra.plugin.git;

import io.kestra.core.models.annotations.Plugin;
import io.kestra.core.models.property.Property;
import io.kestra.core.models.tasks.RunnableTask;
import io.kestra.core.models.tasks.Task;
import io.kestra.core.models.tasks.VoidOutput;
import io.kestra.core.runners.RunContext;
import io.kestra.core.storages.Namespace;
import io.kestra.core.utils.KestraIgnore;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import lombok.Builder;
import lombok.EqualsAndHashCode;
import lombok.Getter;
import lombok.NoArgsConstructor;
import lombok.ToString;
import lombok.experimental.SuperBuilder;

/**
 * Copies a folder of a Git branch to the root of a namespace's files. A name with a blank fails.
 *
 * <p>Checked against plugin-git v2.0.11, {@code SyncNamespaceFiles.java}, {@code AbstractSyncTask.java},
 * {@code AbstractCloningTask.java} and {@code AbstractGitTask.java}. It has only the properties that this project's
 * flows use, and no outputs; Kestra's validation refuses the others.
 */
@SuperBuilder
@ToString
@EqualsAndHashCode(callSuper = true)
@Getter
@NoArgsConstructor
@Plugin
public class SyncNamespaceFiles extends Task implements RunnableTask<VoidOutput> {
    private static final List<String> GIT_FILES = List.of(".git", ".gitignore", ".gitkeep");

    /** Address of the repository; https or file. */
    private Property<String> url;

    /** Branch to read; by default main. Without such a branch, the repository's default branch, as in the plugin. */
    @Builder.Default
    private Property<String> branch = Property.ofValue("main");

    /** Namespace that receives the files; by default the flow's. */
    @Builder.Default
    private Property<String> namespace = Property.ofExpression("{{ flow.namespace }}");

    /** Folder of the repository; by default _files. */
    @Builder.Default
    private Property<String> gitDirectory = Property.ofValue("_files");

    @Override
    public VoidOutput run(RunContext runContext) throws Exception {
        String target = runContext.render(namespace).as(String.class).orElseThrow();
        runContext.acl().allowNamespaces(List.of(target)).check();
        String name = runContext.render(branch).as(String.class).orElseThrow();
        Repository.checkOut(
            runContext.render(url).as(String.class).orElse(null),
            name,
            runContext.workingDir().path(),
            runContext.logger());
        String folder = runContext.render(gitDirectory).as(String.class).orElseThrow();
        write(source(runContext, folder, name), runContext.storage().namespace(target));
        return null;
    }

    private static Path source(RunContext runContext, String folder, String branch) {
        Path source = runContext.workingDir().resolve(Path.of(folder));
        if (!Files.exists(source)) {
            throw new IllegalArgumentException(
                ("The directory '%s' was not found in the git repository. "
                    + "Verify if the path exists in the specified branch '%s'.").formatted(folder, branch));
        }
        if (!Files.isDirectory(source)) {
            throw new IllegalArgumentException(
                "The path '" + folder + "' exists but is a file, not a directory. "
                    + "Sync tasks require a directory to process files.");
        }
        return source;
    }

    /**
     * Writes the files and folders below the source, except those that .kestraignore names; a file that is the same
     * already is left alone.
     *
     * @throws IllegalArgumentException if a name has a character that a URI can't have, such as a blank
     */
    private static void write(Path source, Namespace namespace) throws IOException, URISyntaxException {
        KestraIgnore ignore = new KestraIgnore(source);
        List<URI> keys;
        try (Stream<Path> walk = Files.walk(source, FileVisitOption.FOLLOW_LINKS)) {
            keys = walk.skip(1)
                .filter(path -> !ignore.isIgnoredFile(path.toString(), true))
                .filter(path -> GIT_FILES.stream().noneMatch(path.toString()::endsWith))
                .map(path -> URI.create("/" + source.relativize(path) + (Files.isDirectory(path) ? "/" : "")))
                .sorted(Comparator.comparing(URI::getPath))
                .toList();
        }
        for (URI key : keys) {
            Path stored = Path.of(key.getPath());
            Path file = source.resolve(key.getPath().substring(1));
            if (Files.isDirectory(file)) {
                namespace.createDirectory(stored);
            } else if (!isSame(namespace, stored, file)) {
                try (InputStream content = Files.newInputStream(file)) {
                    namespace.putFile(stored, content);
                }
            }
        }
    }

    private static boolean isSame(Namespace namespace, Path stored, Path file) throws IOException {
        if (!namespace.exists(stored)) {
            return false;
        }
        try (InputStream content = namespace.getFileContent(stored)) {
            return Arrays.equals(content.readAllBytes(), Files.readAllBytes(file));
        }
    }
}
