import { join, resolve } from "node:path";
import { setUp } from "../../local/tools/setUp";
import { oracles, tools } from "../../local/tools/tools";
import { Workspace } from "../support/workspace";
import { BackfillBenchmark } from "./backfill";
import { run } from "./commands";
import type { Findings } from "./figures";
import { measureHistory } from "./history";
import { machineFacts } from "./machine";
import { PipelineBenchmark } from "./pipeline";
import { printFindings, writeFindings } from "./report";
import { measureColdSetUp, measureWarmSetUp } from "./toolSetUp";

const file = join(".local", "bench.json");

/** The flags of the command, which cli/table.ts documents and validates. */
export interface BenchFlags {
  cold?: boolean;
  history?: number | string;
  backfill?: boolean;
  trips?: number | string;
  since?: string;
}

/** Works in a separate checkout, then deletes its stack and the checkout, also after a failure or interruption. */
async function inCheckout(work: (workspace: Workspace) => Promise<void>): Promise<void> {
  const workspace = await Workspace.create();
  try {
    await work(workspace);
  } finally {
    console.log("  Destroying the benchmark's stack ...");
    // can't be interrupted: that would leave services running
    await run(workspace, new AbortController().signal, "destroy", ["--yes"]).catch((error: Error) => {
      throw new Error(
        `The benchmark's stack is left in ${workspace.folder}: run npm run destroy there. ${error.message}`,
      );
    });
    workspace.dispose();
  }
}

/**
 * `npm run bench`: how long set-up, stack, flows and dbt take on this machine. It prints tables and writes all raw
 * numbers to `.local/bench.json`. A missed target is no failure: the command fails when something that it runs fails,
 * when the truth check finds a difference, or when a backfill doesn't load what it should.
 */
export async function bench(flags: BenchFlags): Promise<number> {
  await setUp([...tools, oracles]);
  const interruption = new AbortController();
  const interrupt = (name: NodeJS.Signals) => interruption.abort(new Error(`Ended by ${name}; nothing is left behind`));
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt).on("SIGHUP", interrupt);
  const { signal } = interruption;

  const findings: Findings = { machine: machineFacts(), figures: [], listings: [], faults: [] };
  console.log("Measuring, in a separate checkout:");
  if (flags.history !== undefined) {
    const sizes = { months: Number(flags.history), tripsPerMonth: Number(flags.trips ?? 250_000) };
    await inCheckout((workspace) => measureHistory(workspace, findings, signal, sizes));
  }
  if (flags.backfill) {
    const sizes = { tripsPerMonth: Number(flags.trips ?? 2000), since: flags.since ?? "2018-01" };
    await inCheckout((workspace) => new BackfillBenchmark(workspace, findings, signal, sizes).measure());
  }
  if (flags.history === undefined && !flags.backfill) {
    if (flags.cold) await measureColdSetUp(findings, signal);
    await measureWarmSetUp(findings, signal);
    await inCheckout((workspace) => new PipelineBenchmark(workspace, findings, signal).measure());
  }
  printFindings(findings);
  writeFindings(file, findings);
  console.log(`\nAll raw numbers: ${resolve(file)}`);
  return findings.faults.length === 0 ? 0 : 1;
}
