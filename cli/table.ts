import { atLeast, command, jsonFlag, month, numbers, oneOf, stackFlag, type Commands } from "./commandLine";

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
  doctor: command({
    summary: "Check everything that a stack needs on this machine",
    details:
      "Toolchains, ports, disk and versions; for a cloud stack Docker and Google's credentials. Nothing is changed.",
    flags: { stack: stackFlag, json: jsonFlag },
    run: async ({ flags }) => (await import("./commands/doctor")).doctor(flags),
  }),
  status: command({
    summary: "Show what runs, what is loaded and built, and what needs attention",
    details: "Exit code 1: something needs a person; 3: a server can't be reached.",
    flags: {
      stack: stackFlag,
      watch: { type: "boolean", short: "w", help: "look again every 5 seconds until Ctrl-C" },
      json: jsonFlag,
    },
    examples: [
      ["", "stack local"],
      ["-s dev --json", "stack dev, for a machine"],
    ],
    run: async ({ flags }) => (await import("./commands/status")).status(flags),
  }),
  backfill: command({
    summary: "Load past months, oldest first, and build the models once at the end",
    details:
      "It shows the plan and asks first. Ctrl-C only stops watching: the backfill continues in Kestra, and\n" +
      "./bay backfill follows it again. Exit code 1: a month failed.",
    flags: {
      stack: stackFlag,
      from: { type: "string", value: "month", rule: month, help: "first month, such as 2024-01" },
      to: { type: "string", value: "month", rule: month, help: "last month" },
      only: {
        type: "string",
        value: "which",
        rule: oneOf("missing", "failed", "all"),
        help: "months to load: missing (default), failed, or all, which loads unchanged files again",
      },
      "dry-run": { type: "boolean", help: "only show the plan" },
      yes: { type: "boolean", short: "y", help: "don't ask; needed without a terminal" },
      json: jsonFlag,
    },
    examples: [
      ["--from 2024-01 --to 2024-12", "every month of 2024 that isn't loaded"],
      ["--from 2024-01 --to 2024-12 --only failed --yes", "only the months that failed"],
    ],
    run: async ({ flags }) => (await import("./commands/backfill")).backfill(flags),
  }),
  schedule: command({
    summary: "Turn the monthly schedule on or off, or show when it runs next",
    argument: { name: "state", choices: ["on", "off"] },
    flags: { stack: stackFlag, json: jsonFlag },
    examples: [["off", "load no new months until it's on again"]],
    run: async ({ argument, flags }) => (await import("./commands/schedule")).schedule(argument, flags),
  }),
  destroy: command({
    summary: "Stop the services and delete stack 'local' with all its data",
    details: "It lists what will be deleted and asks first. The built tools and the settings stay.",
    flags: { yes: { type: "boolean", short: "y", help: "don't ask; needed without a terminal" } },
    run: async ({ flags }) => (await import("./commands/destroy")).destroy(flags.yes),
  }),
  load: command({
    summary: "Load a month of trips, then build the models",
    details:
      "A month whose file hasn't changed is skipped. Exit code 1: the month wasn't loaded, or not all was built.",
    argument: { name: "month", rule: month, required: true },
    flags: {
      reload: { type: "boolean", help: "load the month even if its file hasn't changed" },
      accept: { type: "boolean", help: "load the month even if its file looks wrong" },
      "no-build": { type: "boolean", help: "don't build the models afterwards" },
      detach: { type: "boolean", help: "print the execution's id and don't wait for its end" },
      json: jsonFlag,
      stack: stackFlag,
    },
    examples: [
      ["2025-03", "load March 2025 on stack local"],
      ["2025-03 --reload -s dev", "load it again on stack dev, for example after a change of the flow"],
    ],
    run: async ({ argument, flags }) => (await import("./commands/load")).load(argument!, flags),
  }),
  build: command({
    summary: "Build and test the models of the months that were loaded since the last build",
    flags: {
      "full-refresh": { type: "boolean", help: "build all months, as after a change of a model" },
      json: jsonFlag,
      stack: stackFlag,
    },
    examples: [["--full-refresh", "build everything from scratch"]],
    run: async ({ flags }) => (await import("./commands/build")).build(flags),
  }),
  logs: command({
    summary: "Print the log of an execution, by default of the newest one",
    details: "With --follow, exit code 1 says that the execution failed or was killed.",
    argument: {
      name: "execution",
      rule: { accepts: (value) => /^[\w-]+$/.test(value), words: "the id of an execution" },
    },
    flags: {
      month: { type: "string", value: "month", rule: month, help: "the newest execution for this month" },
      failed: { type: "boolean", help: "the newest execution that failed" },
      follow: { type: "boolean", short: "f", help: "go on until the execution ends" },
      json: { type: "boolean", help: "print a JSON object per line" },
      stack: stackFlag,
    },
    examples: [
      ["-f", "follow what runs now"],
      ["--month 2025-03 --failed", "why the last failed load of March 2025 failed"],
    ],
    run: async ({ argument, flags }) => (await import("./commands/logs")).logs(argument, flags),
  }),
  sql: command({
    summary: "Print the rows of a query; other statements are refused",
    details: "A table of the dataset is named {table}. The bytes read go to stderr if BigQuery reports them.",
    argument: { name: "query", required: true },
    flags: {
      format: {
        type: "string",
        value: "format",
        rule: oneOf("table", "csv", "json"),
        help: "table, csv or json; default: table on a terminal, else csv",
      },
      limit: { type: "string", value: "n", rule: atLeast(1), help: "maximum number of rows; default: 1000" },
      timeout: { type: "string", value: "s", rule: atLeast(1), help: "seconds until it's stopped; default: 60" },
      "max-gb": {
        type: "string",
        value: "n",
        rule: atLeast(1),
        help: "gigabytes that it may read on Google Cloud; default: 10",
      },
      stack: stackFlag,
    },
    examples: [
      ["'select county, count(*) as stations from {dim_stations} group by county'", "a table on a terminal"],
      ["'select * from {mart_trips_by_month}' > trips.csv", "CSV in a file"],
    ],
    run: async ({ argument, flags }) => (await import("./commands/sql")).sql(argument!, flags),
  }),
  password: command({
    summary: "Print the password of Kestra's administrator, and nothing else",
    flags: { stack: stackFlag },
    examples: [["-s dev | pbcopy", "into the clipboard of macOS"]],
    run: async ({ flags }) => (await import("./commands/password")).password(flags.stack),
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
    examples: [
      ["--open", "all loaded months of stack local, in the browser"],
      ["-s dev --from 2025-01 --out trips.html", "stack dev, from January 2025 on"],
    ],
    flags: {
      stack: stackFlag,
      from: { type: "string", value: "month", rule: month, help: "first month; default: the oldest loaded one" },
      to: { type: "string", value: "month", rule: month, help: "last month; default: the newest loaded one" },
      out: {
        type: "string",
        value: "file",
        help: "where to write it; default: .local/report.html, or .local/report-<stack>.html",
      },
      open: { type: "boolean", help: "open it when it's written" },
      json: jsonFlag,
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
        rule: month,
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
  "bench:kestra": command({
    summary: "Time sets of flows with Pulumi, and the same requests without it",
    details: "It starts a Kestra of its own. The raw numbers are in .local/bench-kestra.json.",
    flags: {
      flows: { type: "string", value: "n,n", rule: numbers, help: "how many flows; default: 10,100,300,1000" },
      all: { type: "boolean", help: "also more than 300 single flows, which takes many minutes" },
    },
    run: async ({ flags }) => (await import("./commands/bench")).benchKestra(flags),
  }),
};
