package io.kestra.plugin.dbt.cli;

import io.kestra.core.exceptions.IllegalVariableEvaluationException;
import io.kestra.core.models.annotations.Plugin;
import io.kestra.core.models.flows.State;
import io.kestra.core.models.property.Property;
import io.kestra.core.models.tasks.RunnableTask;
import io.kestra.core.models.tasks.RunnableTaskException;
import io.kestra.core.runners.RunContext;
import io.kestra.plugin.core.runner.Process;
import io.kestra.plugin.scripts.exec.AbstractExecScript;
import io.kestra.plugin.scripts.exec.scripts.models.RunnerType;
import io.kestra.plugin.scripts.exec.scripts.models.ScriptOutput;
import io.kestra.plugin.scripts.exec.scripts.runners.CommandsWrapper;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotNull;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lombok.Builder;
import lombok.EqualsAndHashCode;
import lombok.Getter;
import lombok.NoArgsConstructor;
import lombok.ToString;
import lombok.experimental.SuperBuilder;

/**
 * Runs dbt commands in the task's working directory, which holds the dbt project. Each node of the run becomes a task
 * run of its own; manifest.json and run_results.json become output files. A warning that dbt logs makes the task's end
 * state WARNING. A failure gives only its exit code, and not even that if a node was skipped: see {@link RunResults}.
 *
 * <p>Checked against plugin-dbt v1.7.3, {@code cli/DbtCLI.java}; what it inherits comes from Kestra's script library
 * here, too. Kestra's validation refuses the plugin's other properties: engine, loadManifest,
 * logFormat, parseRunResults, profiles and projectDir. Only the task runner
 * {@code io.kestra.plugin.core.runner.Process} works here; its processes inherit the server's environment.
 */
@SuperBuilder
@ToString
@EqualsAndHashCode(callSuper = true)
@Getter
@NoArgsConstructor
@Plugin
public class DbtCLI extends AbstractExecScript implements RunnableTask<DbtCLI.Output> {
    /** Commands; those that begin with dbt get the {@code --log-format} and {@code --log-path} that they lack. */
    @NotNull
    private Property<List<String>> commands;

    /** Image for task runners that use containers; the Process runner ignores it. */
    private Property<String> containerImage;

    /** KV entry that receives manifest.json after the run, also after a failed one. */
    @Valid
    private KvStoreManifest storeManifest;

    @Override
    public Output run(RunContext runContext) throws Exception {
        requireProcess();
        ManifestEntry stored = ManifestEntry.of(runContext, storeManifest);
        DbtLog log = new DbtLog(runContext);
        CommandsWrapper wrapper = commands(runContext).withEnableOutputDirectory(true).withLogConsumer(log);
        Path target = wrapper.getWorkingDirectory().resolve("target");
        ScriptOutput result;
        try {
            result = wrapper
                .addEnv(Map.of("PYTHONUNBUFFERED", "true", "PIP_ROOT_USER_ACTION", "ignore"))
                .withInterpreter(interpreter)
                .withBeforeCommands(beforeCommands)
                .withBeforeCommandsWithOptions(true)
                .withCommands(Property.ofValue(completed(runContext)))
                .run();
        } catch (Exception e) {
            ScriptOutput failed = e instanceof RunnableTaskException task && task.getOutput() instanceof ScriptOutput script
                ? script
                : ScriptOutput.builder().exitCode(1).build();
            throw new RunnableTaskException(e.getMessage(), output(runContext, failed, log, target, stored));
        }
        return output(runContext, result, log, target, stored);
    }

    private void requireProcess() {
        if (!(taskRunner instanceof Process) && !(taskRunner == null && runner == RunnerType.PROCESS)) {
            throw new IllegalArgumentException("Property taskRunner: this local Kestra runs commands only as processes. "
                + "Set taskRunner: {type: " + Process.class.getName() + "}");
        }
    }

    private List<String> completed(RunContext runContext) throws IllegalVariableEvaluationException {
        return runContext.render(commands).asList(String.class).stream().map(command -> {
            if (!command.startsWith("dbt")) {
                return command;
            }
            StringBuilder line = new StringBuilder(command);
            if (!command.contains("--log-format")) {
                line.append(" --log-format json");
            }
            if (!command.contains("--log-path")) {
                line.append(" --log-path logs");
            }
            return line.toString();
        }).toList();
    }

    private Output output(RunContext runContext, ScriptOutput result, DbtLog log, Path target, ManifestEntry stored) throws Exception {
        Map<String, URI> files = new HashMap<>(result.getOutputFiles() == null ? Map.of() : result.getOutputFiles());
        Path manifest = target.resolve("manifest.json");
        if (Files.exists(manifest)) {
            if (stored != null) {
                stored.storeFrom(manifest);
            }
            Manifest.read(manifest);
            files.put("manifest.json", runContext.storage().putFile(manifest.toFile()));
        } else {
            runContext.logger().warn("dbt manifest not found at {} (assets will NOT be emitted)", manifest);
        }
        Path results = target.resolve("run_results.json");
        if (Files.exists(results)) {
            RunResults.report(runContext, results);
            files.put("run_results.json", runContext.storage().putFile(results.toFile()));
        }
        return Output.builder().exitCode(result.getExitCode()).vars(result.getVars()).outputFiles(files).warningDetected(log.warned()).build();
    }

    /** Where a manifest is kept in the KV store. */
    @Builder
    @Getter
    public static class KvStoreManifest {
        /** Key of the entry. */
        @NotNull
        private Property<String> key;
        /** Namespace of the entry. */
        @NotNull
        private Property<String> namespace;
    }

    /** The task's outputs: exitCode, vars, and outputFiles with manifest.json and run_results.json. */
    @SuperBuilder
    @Getter
    public static class Output extends ScriptOutput {
        /** Whether dbt logged a warning. */
        private final transient boolean warningDetected;

        @Override
        public Optional<State.Type> finalState() {
            return warningDetected ? Optional.of(State.Type.WARNING) : Optional.empty();
        }
    }
}
