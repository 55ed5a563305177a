import { aMonth, atLeast, command, type Commands } from "./commandLine";

/**
 * The commands behind the npm scripts. A command's module is loaded when it runs: help and usage errors need only this
 * table.
 */
export const commands: Commands = {
  start: command({
    summary: "Bring stack 'local' up, load its newest three months and build the models",
    details: "Existing results are kept, and an interrupted start continues where it stopped.",
    run: async () => (await import("./commands/start")).start(),
  }),
  destroy: command({
    summary: "Stop the services and delete stack 'local' with all its data",
    details: "It lists what will be deleted and asks first. The built tools and the settings stay.",
    flags: { yes: { type: "boolean", short: "y", help: "don't ask; needed without a terminal" } },
    run: async ({ flags }) => (await import("./commands/destroy")).destroy(flags.yes),
  }),
  pulumi: {
    summary: "Run Pulumi's CLI on stack 'local'",
    details:
      "All arguments are Pulumi's own, --help too: npm run pulumi -- up --help\n" +
      "Use your own Pulumi for other stacks: the state here belongs to stack 'local' alone.",
    usage: "<arguments of pulumi>",
    relay: async (args) => (await import("./commands/pulumi")).pulumiByHand(args),
  },
  ui: command({
    summary: "Open the Kestra of a stack on GKE on this machine until Ctrl-C",
    flags: { stack: { type: "string", short: "s", value: "name", help: "the stack; default: the selected one" } },
    run: async ({ flags }) => (await import("./commands/ui")).ui(flags.stack),
  }),
  test: command({
    summary: "Run lint, type check and all tests, or one suite alone",
    argument: { name: "suite", choices: ["quick", "unit", "contract", "e2e", "model", "kills", "live"] },
    run: async ({ argument }) => (await import("./commands/test")).test(argument),
  }),
  lint: command({
    summary: "Check TypeScript, Python, YAML, SQL and the Dockerfile",
    run: async () => (await import("./commands/lint")).lint(),
  }),
  truth: command({
    summary: "Compare the tables of stack 'local' with the published files",
    details: "Exit code 1: they differ; 2: they can't be compared.",
    run: async () => (await import("./commands/truth")).truth(),
  }),
  report: command({
    summary: "Write a report of the loaded months, with charts and a map, as one HTML file",
    details: "It needs no network and no JavaScript. The file's path is printed.",
    flags: {
      from: { type: "string", value: "month", rule: aMonth, help: "first month; default: the oldest loaded one" },
      to: { type: "string", value: "month", rule: aMonth, help: "last month; default: the newest loaded one" },
      out: { type: "string", value: "file", help: "where to write it; default: .local/report.html" },
      open: { type: "boolean", help: "open it when it's written" },
    },
    run: async ({ flags }) => (await import("./commands/report")).report(flags),
  }),
  docs: command({
    summary: "Write dbt's documentation of the models, with columns and lineage, to .local/docs",
    run: async () => (await import("./commands/docs")).docs(),
  }),
  bench: command({
    summary: "Time every step on this machine, in a checkout of its own",
    details: "Without flags: set-up, stack and pipeline. The raw numbers are in .local/bench.json.",
    flags: {
      cold: { type: "boolean", help: "also set up with empty package caches, which downloads everything" },
      history: {
        type: "string",
        value: "months",
        rule: atLeast(3),
        help: "instead: load this many months one by one, at least 3",
      },
      backfill: { type: "boolean", help: "instead: load every month in one backfill" },
      since: {
        type: "string",
        value: "month",
        rule: aMonth,
        help: "first month of the backfill; default: 2018-01",
      },
      trips: {
        type: "string",
        value: "n",
        rule: atLeast(1000),
        help: "trips per month of the history or backfill, at least 1000",
      },
    },
    run: async ({ flags }) => (await import("./commands/bench")).bench(flags),
  }),
};
