import { join, resolve } from "node:path";
import { untilInterrupted } from "../../../cli/support/interruption";
import { KestraHost } from "../../../local/lab/kestraHost";
import { setUp } from "../../../local/tools/setUp";
import { tools } from "../../../local/tools/tools";
import type { Findings } from "../figures";
import { machineFacts } from "../machine";
import { printFindings, writeFindings } from "../report";
import { BareClient, type BareSeconds } from "./bareClient";
import { BenchProgram, type Mode } from "./measure";
import { figuresOf, listingsOf, type KestraNumbers, type Size } from "./report";

const file = join(".local", "bench-kestra.json");

/** More single flows than this take minutes, so they run only with `--all`. */
const mostSingles = 300;

/** The command's flags, documented and validated in cli/table.ts. */
interface Flags {
  all?: boolean;
  flows?: string;
}

/** The faster of two measurements, request by request. */
function faster(one: BareSeconds, other: BareSeconds): BareSeconds {
  const keys = Object.keys(one) as (keyof BareSeconds)[];
  return Object.fromEntries(keys.map((key) => [key, Math.min(one[key], other[key])])) as unknown as BareSeconds;
}

/**
 * Runs `work` on a new, warmed-up server: one that has had many flows is slower, and so is one whose JVM hasn't
 * compiled its hot code yet.
 */
async function onNewHost<T>(
  signal: AbortSignal,
  work: (host: KestraHost, client: BareClient) => Promise<T>,
): Promise<T> {
  const host = await KestraHost.start();
  const client = new BareClient(host, signal);
  try {
    await client.measure("bench.warm", 100);
    return await work(host, client);
  } finally {
    client.close();
    await host.dispose();
  }
}

async function withProgram<T>(host: KestraHost, signal: AbortSignal, work: (program: BenchProgram) => Promise<T>) {
  const program = await BenchProgram.create(host, signal);
  try {
    return await work(program);
  } finally {
    program.dispose();
  }
}

async function measureSize(count: number, modes: Mode[], signal: AbortSignal): Promise<Size> {
  const bare = () => onNewHost(signal, (_host, client) => client.measure("bench.flows", count));
  const before = await bare();
  const measured: Size["measured"] = {};
  for (const mode of modes) {
    measured[mode] = await onNewHost(signal, (host) =>
      withProgram(host, signal, (program) => program.measure(mode, count)),
    );
    console.log(`  ✓ ${count} flows, ${mode === "bulk" ? "in bulk" : "single"}`);
  }
  // a slow baseline at a busy moment must not make the resources look fast
  return { count, bare: faster(before, await bare()), measured };
}

async function measure(sizes: number[], all: boolean, signal: AbortSignal): Promise<KestraNumbers> {
  const start = await onNewHost(signal, (host) =>
    withProgram(host, signal, async (program) => ({
      none: await program.start("none"),
      data: await program.start("data"),
    })),
  );
  console.log("  ✓ Program start");
  const numbers: KestraNumbers = { start, sizes: [] };
  for (const count of sizes) {
    const modes: Mode[] = all || count <= mostSingles ? ["bulk", "singles"] : ["bulk"];
    numbers.sizes.push(await measureSize(count, modes, signal));
  }
  return numbers;
}

/**
 * `npm run bench:kestra`: measures how long Pulumi takes for sets of flows, and the same requests alone. Prints tables
 * and writes all raw numbers to `.local/bench-kestra.json`. A missed target isn't a failure.
 */
async function bench({ all = false, flows = "10,100,300,1000" }: Flags): Promise<number> {
  await setUp(tools.filter(({ name }) => name === "kestra" || name === "pulumi"));
  const interruption = new AbortController();
  const interrupt = (name: NodeJS.Signals) => interruption.abort(new Error(`Ended by ${name}; nothing is left behind`));
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt).on("SIGHUP", interrupt);
  console.log("Measuring, on a Kestra of its own:");
  const machine = machineFacts();
  const numbers = await measure(flows.split(",").map(Number), all, interruption.signal);
  const findings: Findings = { machine, figures: figuresOf(numbers), listings: listingsOf(numbers), faults: [] };
  printFindings(findings);
  writeFindings(file, { ...findings, ...numbers });
  console.log(`\nAll raw numbers: ${resolve(file)}`);
  return 0;
}

untilInterrupted(() => bench(JSON.parse(process.argv[2]!) as Flags))
  .then((code) => (process.exitCode = code))
  .catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
