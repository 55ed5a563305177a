import { stripVTControlCharacters } from "node:util";
import Table from "cli-table3";

/** Text columns aren't cut to less than this, and numbers not at all. */
const narrowest = 12;

/**
 * Widths of columns, cells and padding, that fit into a terminal: the widest texts are cut, with "…"; undefined if that
 * isn't enough.
 */
function fittingWidths(lines: string[][], right: boolean[], width: number): number[] | undefined {
  const widths = lines[0]!.map((_, i) => Math.max(...lines.map((line) => line[i]!.length)) + 2);
  for (;;) {
    const excess = widths.reduce((sum, each) => sum + each + 1, 1) - width;
    if (excess <= 0) return widths;
    const widest = Math.max(...widths.filter((_, i) => !right[i]));
    if (widest <= narrowest) return undefined;
    widths[widths.findIndex((each, i) => each === widest && !right[i])]!--;
  }
}

/** Each row as lines of its own, `title  cell`, for terminals that are too narrow for a table. */
function recordsOf(head: string[], rows: string[][]): string {
  const width = Math.max(...head.map((title) => title.length));
  const record = (row: string[]) => row.map((cell, i) => `${head[i]!.padEnd(width)}  ${cell}`).join("\n");
  return rows.map(record).join("\n\n");
}

/**
 * Rows as a table that a terminal can show.
 * @param head titles of the columns
 * @param right which columns are aligned right; default: all but the first
 * @param width of the terminal; default: that of stdout, unlimited if it's none
 */
export function tableOf(
  head: string[],
  rows: string[][],
  right: boolean[] = head.map((_, i) => i > 0),
  width = process.stdout.columns || Infinity,
): string {
  const cells = rows.map((row) => row.map((cell) => stripVTControlCharacters(cell).replace(/\p{Cc}+/gu, " ")));
  const colWidths = fittingWidths([head, ...cells], right, width);
  if (colWidths === undefined) return recordsOf(head, cells);
  const table = new Table({
    head,
    colAligns: right.map((isRight) => (isRight ? "right" : "left")),
    colWidths,
    style: { head: [], border: [] },
  });
  table.push(...cells);
  // a rule below the head alone
  const [top, title, ...lines] = table.toString().split("\n");
  return [top, title, ...lines.filter((line, i) => i === 0 || !line.startsWith("├"))].join("\n");
}

/** A count with thousands separators. */
export const count = (value: string | number | null | undefined) => Number(value ?? 0).toLocaleString("en-US");
