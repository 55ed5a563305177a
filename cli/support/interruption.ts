import { constants } from "node:os";
import { setImmediate as nextTurn } from "node:timers/promises";

let note: () => string | undefined = () => undefined;

/**
 * Sets what a person reads when Ctrl-C ends the command from now on: what continues, and how to resume. A command that
 * sets nothing is explained by the error that it ends with.
 */
export function sayWhenInterrupted(text: string | (() => string)): void {
  note = typeof text === "string" ? () => text : text;
}

/** Exit code of a command that a signal ended. */
const codeOf = (signal: NodeJS.Signals) => 128 + constants.signals[signal];

function say(): void {
  const text = note();
  // a line of progress may stand there
  if (text !== undefined) console.error(`\nInterrupted. ${text}`);
}

/**
 * Runs a command; its exit code, 130 after Ctrl-C and 143 after SIGTERM. A signal ends the command at once, unless
 * something else listens to it: code that waits for a child in the foreground, or that cleans up first.
 */
export async function untilInterrupted(command: () => Promise<number>): Promise<number> {
  let came: NodeJS.Signals | undefined;
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.on(signal, () => {
      came = signal;
      if (process.listenerCount(signal) > 1) return;
      say();
      process.exit(codeOf(signal));
    });
  try {
    const code = await command();
    if (code > 128) say();
    return code;
  } catch (error) {
    // a signal that ended a child for which this process stood still arrives now
    await nextTurn();
    if (came === undefined) throw error;
    if (note() === undefined) console.error(error instanceof Error ? error.message : error);
    say();
    return codeOf(came);
  }
}
