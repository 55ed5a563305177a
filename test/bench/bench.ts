import { join, resolve } from "node:path";
import { setUp } from "../../local/tools/setUp";
import { tools, zetaSql } from "../../local/tools/tools";
import { Workspace } from "../support/workspace";
import { BackfillBenchmark } from "./backfill";
import { run } from "./commands";
import type { Findings } from "./figures";
import { HistoryBenchmark } from "./history";
import { machineFacts } from "./machine";
import { PipelineBenchmark, type Sizes } from "./pipeline";
import { printFindings, writeFindings } from "./report";
import { measureColdSetUp, measureWarmSetUp } from "./toolSetUp";

/** June has 1.06 times the trips of an average month (openData/trips.ts): 250,000 of them. */
const sizes: Sizes = { firstTripsPerMonth: 50_000, large: { month: "2026-06", tripsPerMonth: 235_849 } };

const file = join(".local", "bench.json");

/** How large the months of a history and of a backfill are, unless told otherwise. */
const tripsOfHistory = 250_000;
const tripsOfBackfill = 2000;

/**
 * Does something with a checkout of its own, and deletes its stack and it afterwards, also after a failure or an
 * interruption.
 * @param work brings a stack up in the checkout
 */
async function inCheckout(work: (workspace: Workspace) => Promise<void>): Promise<void> {
  const workspace = await Workspace.create();
  try {
    await work(workspace);
  } finally {
    console.log("  Destroying the benchmark's stack ...");
    // not to be interrupted: it would leave services behind
    await run(workspace, new AbortController().signal, "destroy", ["--yes"]).catch((error: Error) => {
      throw new Error(
        `The benchmark's stack is left in ${workspace.folder}: run npm run destroy there. ${error.message}`,
      );
    });
    workspace.dispose();
  }
}

/** The flags of the command, which cli/table.ts has checked. */
interface BenchFlags {
  cold?: boolean;
  history?: string;
  backfill?: boolean;
  trips?: string;
  since?: string;
}

/**
 * `npm run bench`: what set-up, stack, flows and dbt take on this machine, beside DuckDB alone on the same files. It
 * prints tables and writes all raw numbers to `.local/bench.json`. Durations are by this process' clock around the
 * commands that a person runs; seconds within flows by Kestra's. A figure that misses its target is no failure: it
 * fails when something that it runs fails, when the floor's tables have other numbers of rows than the pipeline's, or
 * when a row of a backfill is not accounted for.
 * @param values `--cold`: also the set-up of a new checkout with empty package caches, which downloads everything.
 * `--history 24`: in place of these, so many months one after the other, of 250,000 trips or of `--trips`.
 * `--backfill`: every month of 2018 (or of `--since`) and later in one backfill, of 2,000 trips or of `--trips`, then
 * what BigQuery would scan for a month
 */
export async function bench(values: BenchFlags): Promise<number> {
  const { since = "2018-01" } = values;
  const months = Number(values.history ?? 0);
  const trips = Number(values.trips ?? 0);
  await setUp(values.backfill ? [...tools, zetaSql] : tools);
  const interruption = new AbortController();
  const interrupt = (name: NodeJS.Signals) => interruption.abort(new Error(`Ended by ${name}; nothing is left behind`));
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt).on("SIGHUP", interrupt);
  const { signal } = interruption;

  const findings: Findings = {
    machine: machineFacts(),
    figures: [],
    comparisons: [],
    breakdowns: [],
    listings: [],
    trips: {},
    rows: {},
    faults: [],
  };
  console.log("Measuring, in a checkout of its own:");
  if (months > 0) {
    const measured = { months, tripsPerMonth: trips || tripsOfHistory };
    await inCheckout((workspace) => new HistoryBenchmark(workspace, findings, signal, measured).measure());
  }
  if (values.backfill) {
    const measured = { tripsPerMonth: trips || tripsOfBackfill, since };
    await inCheckout((workspace) => new BackfillBenchmark(workspace, findings, signal, measured).measure());
  }
  if (months === 0 && !values.backfill) {
    if (values.cold) await measureColdSetUp(findings, signal);
    await measureWarmSetUp(findings, signal);
    await inCheckout((workspace) => new PipelineBenchmark(workspace, findings, signal, sizes).measure());
  }
  printFindings(findings);
  writeFindings(file, findings);
  console.log(`\nAll raw numbers: ${resolve(file)}`);
  return findings.faults.length === 0 ? 0 : 1;
}
