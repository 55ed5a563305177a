/**
 * Runs a command of a set-up step; its output goes to the step's log and feeds the progress line.
 * The error of one that failed has the signal that ended it, if any, as its cause.
 */
export type Run = (
  command: string,
  args: string[],
  options?: {
    cwd?: string;
    env?: Record<string, string>;
    /** One line on what failed and what to do, shown instead of the end of the log. */
    failure?: string;
  },
) => Promise<void>;
