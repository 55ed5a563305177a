import { spawn, type ChildProcess, type SpawnOptions } from "node:child_process";
import { constants } from "node:os";

/**
 * Starts a child and lets this process outlive it. At Ctrl-C the terminal signals the child as well, which may first
 * finish what it is doing, as Pulumi does; what else would end this process is handed on to it.
 * @returns the child, and a function for the signal that came while it ran, if any
 */
export function outlive<Child extends ChildProcess>(
  start: () => Child,
): { child: Child; interruption: () => NodeJS.Signals | undefined } {
  let came: NodeJS.Signals | undefined;
  let child: Child | undefined = undefined as Child | undefined;
  const wait = () => (came = "SIGINT");
  const handOn = (signal: NodeJS.Signals) => {
    came = signal;
    child?.kill(signal);
  };
  // before the child is there: it may be interrupted at once
  process.on("SIGINT", wait).on("SIGTERM", handOn).on("SIGHUP", handOn);
  child = start();
  child.once("close", () => process.off("SIGINT", wait).off("SIGTERM", handOn).off("SIGHUP", handOn));
  return { child, interruption: () => came };
}

/**
 * Runs a command with this terminal; its exit code. A signal that came meanwhile makes it 128 and the signal's number,
 * also where the command itself ends well.
 * @throws when the command cannot be run
 */
export function inForeground(command: string, args: string[], options: SpawnOptions = {}): Promise<number> {
  return new Promise((done, failed) => {
    const { child, interruption } = outlive(() => spawn(command, args, { stdio: "inherit", ...options }));
    child.on("error", (error) =>
      failed(new Error(`${command} cannot be run: ${error.message}. Set it up with: npm start`)),
    );
    child.on("close", (code, signal) => {
      const by = interruption() ?? signal;
      done(by ? 128 + constants.signals[by] : code!);
    });
  });
}
