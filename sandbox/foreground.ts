import { spawn, type SpawnOptions } from "node:child_process";
import { constants } from "node:os";

/**
 * Runs a command with this terminal and outlives it; its exit code, or 128 and the number of the signal that ended it. At Ctrl-C the terminal
 * tells the command as well, which may first finish what it is doing, as Pulumi does; what else would end this process is handed on to it.
 */
export function inForeground(command: string, args: string[], options: SpawnOptions = {}): Promise<number> {
  return new Promise((done, failed) => {
    const child = spawn(command, args, { stdio: "inherit", ...options });
    const wait = () => {};
    const handOn = (signal: NodeJS.Signals) => child.kill(signal);
    process.on("SIGINT", wait).on("SIGTERM", handOn).on("SIGHUP", handOn);
    const end = () => process.off("SIGINT", wait).off("SIGTERM", handOn).off("SIGHUP", handOn);
    child.on("error", (error) => {
      end();
      failed(error);
    });
    child.on("close", (code, signal) => {
      end();
      done(code ?? 128 + constants.signals[signal!]);
    });
  });
}
