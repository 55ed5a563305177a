import { runCommand } from "./commandLine";
import { commands } from "./table";
import { exitCodeOf } from "./support/exitCode";
import { untilInterrupted } from "./support/interruption";

// whoever reads has enough, as `| head` does
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
});

untilInterrupted(() => runCommand(commands, process.argv.slice(2)))
  .then((code) => (process.exitCode = code))
  .catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = exitCodeOf(error);
  });
