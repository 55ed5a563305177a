import { join } from "node:path";

/** Everything that the local cloud builds, runs and remembers, relative to the project's root; ignored by git. */
const LOCAL = ".local";

/**
 * Where things lie, relative to the project's root, which is the working directory of the scripts, the Pulumi program
 * and the provider processes alike. Relative, so that no machine's path gets into state.
 */
export const paths = {
  /** Built tools, one folder each; they survive `npm run destroy`. */
  tools: join(LOCAL, "tools"),
  /** One log file for each set-up step. */
  logs: join(LOCAL, "logs"),
  /** Pulumi's file backend for stack `local`. */
  state: join(LOCAL, "state"),
  /** Pulumi's own home (plugins, workspaces). */
  pulumiHome: join(LOCAL, "pulumi-home"),
  /** Passphrase of stack `local`, mode 0600. */
  passphrase: join(LOCAL, "passphrase"),
  /** The models' documentation by dbt, as one page. */
  docs: join(LOCAL, "docs"),
  /** The report of stack `local`. */
  report: join(LOCAL, "report.html"),
  /** One folder a running service: pid file, log, configuration, data. */
  services: join(LOCAL, "services"),
} as const;
