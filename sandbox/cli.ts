import { runCommand, UsageError } from "./command";
import { commands } from "./commands";
import { untilInterrupted } from "./interruption";

untilInterrupted(() => runCommand(commands, process.argv.slice(2)))
  .then((code) => (process.exitCode = code))
  .catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  });
