import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import Table from "cli-table3";
import type { Figure, Findings } from "./figures";

/** A value with its unit: two decimals for ratios and kB, else one below 100, else none. */
function shown({ unit }: Figure, value: number): string {
  const decimals = unit === "x" || unit === "kB" ? 2 : value < 100 ? 1 : 0;
  return `${value.toFixed(decimals)} ${unit}`;
}

function print(title: string, head: string[], rows: string[][], note?: string): void {
  const isNumber = (cell = "") => /^[\d.]+( \w+)?$/.test(cell);
  const colAligns = head.map((_, i) => (rows.some((row) => isNumber(row[i])) ? "right" : "left"));
  const table = new Table({ head, colAligns, style: { head: [], border: [], compact: true } });
  table.push(...rows);
  console.log(`\n${title}\n${table.toString()}${note === undefined ? "" : `\n${note}`}`);
}

const figureRow = (figure: Figure) => {
  const { what, value, target, note } = figure;
  return [
    note === undefined ? what : `${what} (${note})`,
    shown(figure, value),
    target === undefined ? "" : shown(figure, target),
    target === undefined ? "" : value <= target ? "met" : "missed",
  ];
};

/** Prints the findings as tables. */
export function printFindings({ machine, figures, listings, faults }: Findings): void {
  const facts = Object.entries(machine).map(([name, value]) => `${name} ${value}`);
  console.log(`\n${facts.join(", ")}`);
  for (const { title, head, rows, note } of listings) print(title, head, rows, note);
  print("Figures (targets: for 2 cores)", ["What", "Value", "Target", ""], figures.map(figureRow));
  if (faults.length > 0) console.log(`\nFaults:\n  ${faults.join("\n  ")}`);
}

/** Writes all raw numbers as JSON. */
export function writeFindings(file: string, findings: Findings): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(findings, undefined, 2)}\n`);
}
