import { runCommand, UsageError } from "./commandLine";
import { commands } from "./table";
import { untilInterrupted } from "./support/interruption";

untilInterrupted(() => runCommand(commands, process.argv.slice(2)))
  .then((code) => (process.exitCode = code))
  .catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  });
