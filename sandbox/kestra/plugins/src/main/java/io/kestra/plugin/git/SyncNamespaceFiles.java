package io.kestra.plugin.git;

import io.kestra.core.exceptions.IllegalVariableEvaluationException;
import io.kestra.core.models.annotations.Plugin;
import io.kestra.core.models.property.Property;
import io.kestra.core.models.tasks.RunnableTask;
import io.kestra.core.models.tasks.Task;
import io.kestra.core.runners.RunContext;
import io.kestra.core.serializers.JacksonMapper;
import jakarta.validation.constraints.NotNull;
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
 * Makes a namespace's files equal to a folder of a Git branch: the folder's content goes to the root of the namespace's files.
 *
 * <p>Property list checked against plugin-git v2.0.11, {@code SyncNamespaceFiles.java}, {@code AbstractSyncTask.java}, {@code AbstractCloningTask.java}
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
    @NotNull
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
        Path checkout = runContext.workingDir().path().resolve("repository");
        new Repository(
            runContext.render(url).as(String.class).orElseThrow(),
            runContext.render(username).as(String.class).orElse(null),
            runContext.render(password).as(String.class).orElse(null)
        ).checkOut(runContext.render(branch).as(String.class).orElseThrow(), checkout, runContext.logger());

        String folder = runContext.render(gitDirectory).as(String.class).orElseThrow();
        Path source = source(runContext, checkout, folder);
        boolean dry = runContext.render(dryRun).as(Boolean.class).orElse(false);
        FileSync sync = new FileSync(runContext.storage().namespace(target), target, folder, dry);
        sync.write(source);
        if (runContext.render(delete).as(Boolean.class).orElse(false)) {
            sync.deleteOthers();
        }
        return new Output(store(runContext, sync.changes()));
    }

    private Path source(RunContext runContext, Path checkout, String folder) throws IllegalVariableEvaluationException, IOException {
        Path source = checkout.resolve(folder).normalize();
        if (!source.startsWith(checkout) || source.equals(checkout)) {
            throw new IllegalArgumentException("Property gitDirectory: '" + folder + "' is no folder below the repository's root. Name one");
        }
        if (Files.exists(source) ? !Files.isDirectory(source) : runContext.render(failOnMissingDirectory).as(Boolean.class).orElse(true)) {
            throw new IllegalArgumentException(
                "Property gitDirectory: branch '%s' of %s has no folder '%s'. Look at its name, or set failOnMissingDirectory: false".formatted(
                    runContext.render(branch).as(String.class).orElse(""), runContext.render(url).as(String.class).orElse(""), folder
                )
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
