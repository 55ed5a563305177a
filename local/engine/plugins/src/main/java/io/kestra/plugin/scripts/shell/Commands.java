package io.kestra.plugin.scripts.shell;

import io.kestra.core.models.annotations.Plugin;
import io.kestra.core.models.property.Property;
import io.kestra.core.models.tasks.RunnableTask;
import io.kestra.core.runners.RunContext;
import io.kestra.plugin.scripts.ProcessOnly;
import io.kestra.plugin.scripts.exec.AbstractExecScript;
import io.kestra.plugin.scripts.exec.scripts.models.ScriptOutput;
import jakarta.validation.constraints.NotNull;
import java.util.List;
import lombok.EqualsAndHashCode;
import lombok.Getter;
import lombok.NoArgsConstructor;
import lombok.ToString;
import lombok.experimental.SuperBuilder;

/**
 * Runs shell commands in the task's working directory.
 *
 * <p>Checked against plugin-scripts, {@code shell/Commands.java}; what it inherits comes from Kestra's script library here, too.
 */
@SuperBuilder
@ToString
@EqualsAndHashCode(callSuper = true)
@Getter
@NoArgsConstructor
@Plugin
public class Commands extends AbstractExecScript implements RunnableTask<ScriptOutput> {
    /** Commands, one after the other; the first that fails ends the task. */
    @NotNull
    private Property<List<String>> commands;

    /** Image for task runners that use containers; the Process runner has no use for it. */
    private Property<String> containerImage;

    @Override
    public ScriptOutput run(RunContext runContext) throws Exception {
        ProcessOnly.require(taskRunner, runner);
        return commands(runContext)
            .withInterpreter(interpreter)
            .withBeforeCommands(beforeCommands)
            .withBeforeCommandsWithOptions(true)
            .withCommands(commands)
            .run();
    }
}
