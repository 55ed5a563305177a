import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import Table from "cli-table3";
import { isMet, sumOf, type Breakdown, type Findings } from "./figures";

const plain = { head: [], border: [], compact: true };

/** How many tasks of a step are told by name. */
const named = 8;

/** A number for people: one decimal below 100, two of a ratio. */
const shown = (value: number, unit = "") =>
  unit === "x" ? value.toFixed(2) : Math.abs(value) < 100 ? value.toFixed(1) : value.toFixed(0);

const isNumber = (cell: string | undefined) => /^[\d.]+( \w+)?$/.test(cell ?? "");

function print(title: string, head: string[], rows: string[][], note?: string): void {
  if (rows.length === 0) return;
  const table = new Table({
    head,
    style: plain,
    colAligns: head.map((_, i) => (rows.some((row) => isNumber(row[i])) ? "right" : "left")),
  });
  table.push(...rows);
  console.log(`\n${title}\n${table.toString()}${note === undefined ? "" : `\n${note}`}`);
}

function printBreakdown({ what, around, tasks, sideBySide }: Breakdown): void {
  const others = tasks.slice(named);
  const parts = [
    ...around,
    ...tasks.slice(0, named).map(({ part, seconds }) => ({ part: `· ${part.slice(0, 60)}`, seconds })),
    ...(sideBySide || others.length === 0 ? [] : [{ part: `· ${others.length} others`, seconds: sumOf(others) }]),
  ];
  print(
    `Where the time goes: ${what}`,
    ["Part", "Seconds"],
    parts.map(({ part, seconds }) => [part, seconds.toFixed(2)]),
    sideBySide ? "· the longest; they run side by side and do not add up" : undefined,
  );
}

/** Prints the findings as tables. */
export function printFindings({ machine, figures, comparisons, breakdowns, listings, faults }: Findings): void {
  console.log(
    `\n${Object.entries(machine)
      .map(([name, value]) => `${name} ${value}`)
      .join(", ")}`,
  );
  for (const { title, head, rows, note } of listings) print(title, head, rows, note);
  print(
    "Figures (targets: for 2 cores)",
    ["What", "Value", "Target", ""],
    figures.map((figure) => {
      const { what, value, unit, target, note } = figure;
      const met = isMet(figure);
      return [
        note === undefined ? what : `${what} (${note})`,
        `${shown(value, unit)} ${unit}`,
        target === undefined ? "" : `${target} ${unit}`,
        met === undefined ? "" : met ? "met" : "missed",
      ];
    }),
  );
  print(
    "Beside the floor: DuckDB alone, the same files into tables of the same rows; a build has dbt's tests in it, the floor has none",
    ["What", "Pipeline s", "Floor s", "Ratio"],
    comparisons.map(({ what, pipelineSeconds, floorSeconds }) => [
      what,
      shown(pipelineSeconds),
      shown(floorSeconds),
      shown(pipelineSeconds / floorSeconds),
    ]),
  );
  breakdowns.forEach(printBreakdown);
  if (faults.length > 0) console.log(`\nWhat must not be:\n  ${faults.join("\n  ")}`);
}

/** Writes all raw numbers as JSON. */
export function writeFindings(file: string, findings: Findings): void {
  mkdirSync(dirname(file), { recursive: true });
  const figures = findings.figures.map((figure) => ({ ...figure, met: isMet(figure) }));
  writeFileSync(file, `${JSON.stringify({ ...findings, figures }, undefined, 2)}\n`);
}
