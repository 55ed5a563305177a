package io.kestra.plugin.git;

import io.kestra.core.exceptions.IllegalVariableEvaluationException;
import io.kestra.core.models.annotations.Plugin;
import io.kestra.core.models.property.Property;
import io.kestra.core.models.tasks.RunnableTask;
import io.kestra.core.models.tasks.Task;
import io.kestra.core.runners.RunContext;
import io.kestra.core.serializers.JacksonMapper;
import java.io.BufferedWriter;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import lombok.Builder;
import lombok.EqualsAndHashCode;
import lombok.Getter;
import lombok.NoArgsConstructor;
import lombok.ToString;
import lombok.experimental.SuperBuilder;

/**
 * Makes a namespace's files equal to a folder of a Git branch: the folder's content goes to the root of the namespace's files. A name with a
 * blank fails.
 *
 * <p>Checked against plugin-git v2.0.11, {@code SyncNamespaceFiles.java}, {@code AbstractSyncTask.java}, {@code AbstractCloningTask.java}
 * and {@code AbstractGitTask.java}. Left out: privateKey, passphrase, trustedCaPemPath, noProxy, connectTimeout, readTimeout, gitConfig,
 * cloneSubmodules.
 */
@SuperBuilder
@ToString
@EqualsAndHashCode(callSuper = true)
@Getter
@NoArgsConstructor
@Plugin
public class SyncNamespaceFiles extends Task implements RunnableTask<SyncNamespaceFiles.Output> {
    /** Address of the repository; https or file. */
    private Property<String> url;

    /** User name for https. */
    private Property<String> username;

    /** Password or access token for https. */
    @ToString.Exclude
    private Property<String> password;

    /** Branch to read; by default main. One that does not exist means the repository's default branch, as in the plugin. */
    @Builder.Default
    private Property<String> branch = Property.ofValue("main");

    /** Namespace that receives the files; by default the flow's. */
    @Builder.Default
    private Property<String> namespace = Property.ofExpression("{{ flow.namespace }}");

    /** Folder of the repository; by default _files. */
    @Builder.Default
    private Property<String> gitDirectory = Property.ofValue("_files");

    /** Whether files that the folder lacks are deleted; by default false. */
    @Builder.Default
    private Property<Boolean> delete = Property.ofValue(false);

    /** Whether only the differences are reported; by default false. */
    @Builder.Default
    private Property<Boolean> dryRun = Property.ofValue(false);

    /** Whether a repository without the folder is an error; by default true. */
    @Builder.Default
    private Property<Boolean> failOnMissingDirectory = Property.ofValue(true);

    @Override
    public Output run(RunContext runContext) throws Exception {
        String target = runContext.render(namespace).as(String.class).orElseThrow();
        runContext.acl().allowNamespaces(List.of(target)).check();
        new Repository(
            runContext.render(url).as(String.class).orElse(null),
            runContext.render(username).as(String.class).orElse(null),
            runContext.render(password).as(String.class).orElse(null)
        ).checkOut(runContext.render(branch).as(String.class).orElseThrow(), runContext.workingDir().path(), runContext.logger());

        String folder = runContext.render(gitDirectory).as(String.class).orElseThrow();
        Path source = source(runContext, folder);
        boolean dry = runContext.render(dryRun).as(Boolean.class).orElse(false);
        FileSync sync = new FileSync(runContext.storage().namespace(target), target, folder, dry);
        sync.write(source);
        if (runContext.render(delete).as(Boolean.class).orElse(false)) {
            sync.deleteOthers();
        }
        return new Output(store(runContext, sync.changes()));
    }

    private Path source(RunContext runContext, String folder) throws IllegalVariableEvaluationException, IOException {
        Path source = runContext.workingDir().resolve(Path.of(folder));
        if (!Files.exists(source) && runContext.render(failOnMissingDirectory).as(Boolean.class).orElse(true)) {
            throw new IllegalArgumentException(
                "The directory '%s' was not found in the git repository. Verify if the path exists in the specified branch '%s'.".formatted(
                    folder, runContext.render(branch).as(String.class).orElse("main")
                )
            );
        }
        if (Files.exists(source) && !Files.isDirectory(source)) {
            throw new IllegalArgumentException(
                "The path '" + folder + "' exists but is a file, not a directory. Sync tasks require a directory to process files."
            );
        }
        return Files.createDirectories(source);
    }

    private static URI store(RunContext runContext, List<FileSync.Change> changes) throws IOException {
        Path file = runContext.workingDir().createTempFile(".ion");
        try (BufferedWriter writer = Files.newBufferedWriter(file)) {
            for (FileSync.Change change : changes) {
                writer.write(JacksonMapper.ofIon().writeValueAsString(change));
                writer.write("\n");
            }
        }
        return runContext.storage().putFile(file.toFile());
    }

    /** What the task hands on. */
    @Builder
    @Getter
    public static class Output implements io.kestra.core.models.tasks.Output {
        /** Address in Kestra's storage of the list of files with their gitPath, kestraPath and syncState, as Ion. */
        private final URI files;
    }
}
