import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { setUp } from "../sandbox/setup/setup";
import { Workspace } from "../test/e2e/support/workspace";
import { run } from "./commands";
import type { Findings } from "./figures";
import { machineFacts } from "./machine";
import { PipelineBenchmark, type Sizes } from "./pipeline";
import { printFindings, writeFindings } from "./report";
import { measureColdSetUp, measureWarmSetUp } from "./toolSetUp";

/** June has 1.06 times the trips of an average month (openData/trips.ts): 250,000 of them. */
const sizes: Sizes = { firstTripsPerMonth: 50_000, large: { month: "2026-06", tripsPerMonth: 235_849 } };

const file = join(".local", "bench.json");

/**
 * Measures a stack in a checkout of its own, and deletes both, also after a failure or an interruption.
 * @param signal the interruption
 */
export async function measurePipeline(findings: Findings, signal: AbortSignal, measured: Sizes): Promise<void> {
  const workspace = await Workspace.create();
  try {
    await new PipelineBenchmark(workspace, findings, signal, measured).measure();
  } finally {
    console.log("  Destroying the benchmark's stack ...");
    // not to be interrupted: it would leave services behind
    await run(workspace, new AbortController().signal, "destroy").catch((error: Error) => {
      throw new Error(
        `The benchmark's stack is left in ${workspace.folder}: run npm run destroy there. ${error.message}`,
      );
    });
    workspace.dispose();
  }
}

/**
 * `npm run bench`: what set-up, stack, flows and dbt take on this machine, beside DuckDB alone on the same files. It prints tables and writes
 * all raw numbers to `.local/bench.json`. Durations are by this process' clock around the commands that a person runs; seconds within
 * flows by Kestra's. A figure that misses its target is no failure: it fails when something that it runs fails, or when the floor's tables
 * have other numbers of rows than the pipeline's.
 * @param args `--cold`: also the set-up of a new checkout with empty package caches, which downloads everything
 */
export async function bench(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { cold: { type: "boolean" } } });
  await setUp();
  const interruption = new AbortController();
  const interrupt = (name: NodeJS.Signals) => interruption.abort(new Error(`Ended by ${name}; nothing is left behind`));
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt).on("SIGHUP", interrupt);
  const { signal } = interruption;

  const findings: Findings = {
    machine: machineFacts(),
    figures: [],
    comparisons: [],
    breakdowns: [],
    trips: {},
    rows: {},
  };
  console.log("Measuring, in a checkout of its own:");
  if (values.cold) await measureColdSetUp(findings, signal);
  await measureWarmSetUp(findings, signal);
  await measurePipeline(findings, signal, sizes);
  printFindings(findings);
  writeFindings(file, findings);
  console.log(`\nAll raw numbers: ${resolve(file)}`);
  return 0;
}
