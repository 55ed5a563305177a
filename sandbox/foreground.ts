import { spawn, type ChildProcess, type SpawnOptions } from "node:child_process";
import { constants } from "node:os";

/**
 * Lets this process outlive a child that works for it. At Ctrl-C the terminal tells the child as well, which may first finish what it is
 * doing, as Pulumi does; what else would end this process is handed on to it.
 * @returns tells the signal that came while the child ran, if any
 */
export function outlive(child: ChildProcess): () => NodeJS.Signals | undefined {
  let came: NodeJS.Signals | undefined;
  const wait = () => (came = "SIGINT");
  const handOn = (signal: NodeJS.Signals) => {
    came = signal;
    child.kill(signal);
  };
  process.on("SIGINT", wait).on("SIGTERM", handOn).on("SIGHUP", handOn);
  child.once("close", () => process.off("SIGINT", wait).off("SIGTERM", handOn).off("SIGHUP", handOn));
  return () => came;
}

/**
 * Runs a command with this terminal; its exit code. A signal that came meanwhile makes it 128 and the signal's number, also where the
 * command itself ends well.
 * @throws when the command cannot be run
 */
export function inForeground(command: string, args: string[], options: SpawnOptions = {}): Promise<number> {
  return new Promise((done, failed) => {
    const child = spawn(command, args, { stdio: "inherit", ...options });
    const interruption = outlive(child);
    child.on("error", (error) =>
      failed(new Error(`${command} cannot be run: ${error.message}. Set it up with: npm start`)),
    );
    child.on("close", (code, signal) => {
      const by = interruption() ?? signal;
      done(by ? 128 + constants.signals[by] : code!);
    });
  });
}
