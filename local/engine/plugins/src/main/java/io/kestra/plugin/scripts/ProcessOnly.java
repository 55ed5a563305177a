package io.kestra.plugin.scripts;

import io.kestra.core.models.tasks.runners.TaskRunner;
import io.kestra.plugin.core.runner.Process;
import io.kestra.plugin.scripts.exec.scripts.models.RunnerType;

/** The one task runner that works here: processes of this machine, which inherit the server's environment. */
public final class ProcessOnly {
    private ProcessOnly() {}

    /**
     * Refuses any other task runner.
     *
     * @throws IllegalArgumentException that names the property and its remedy
     */
    public static void require(TaskRunner<?> taskRunner, RunnerType runner) {
        if (!(taskRunner instanceof Process) && !(taskRunner == null && runner == RunnerType.PROCESS)) {
            throw new IllegalArgumentException(
                "Property taskRunner: this local Kestra runs commands only as processes. Set taskRunner: {type: " + Process.class.getName() + "}"
            );
        }
    }
}
