import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { paths } from "../../local/paths";
import { UsageError } from "../commandLine";
import { collect, type Range, type Source } from "../report/collect";
import { render } from "../report/render";
import { openStack, type OpenStack } from "../support/openStack";
import { stack as localStack, stackFile } from "../support/stack";
import { rowsOf, runQuery } from "../support/warehouse";

interface Flags extends Range {
  stack?: string;
  out?: string;
  open?: boolean;
  json?: boolean;
}

/** Whether stack `local` loads generated months, and not files of a folder. */
function isGenerated(): boolean {
  const { config } = parse(readFileSync(stackFile, "utf8")) as { config?: Record<string, unknown> };
  return config?.["local:dataDir"] === undefined;
}

/** A stack as the report's source. Only Google counts the bytes. */
export function sourceOf({ name, warehouse }: OpenStack): Source {
  let bytes: number | undefined;
  return {
    stack: name,
    dataset: `${warehouse.project}.${warehouse.dataset}`,
    generated: name === localStack && isGenerated(),
    ask: async (what, sql) => {
      const result = await runQuery(warehouse, what, sql);
      if (result.bytes !== undefined) bytes = (bytes ?? 0) + result.bytes;
      return rowsOf(result);
    },
    bytes: () => bytes,
  };
}

/** Shows a file with the system's own program for it. */
function show(file: string): void {
  const program = process.platform === "darwin" ? "open" : "xdg-open";
  spawn(program, [file], { stdio: "ignore", detached: true })
    .on("error", (error) => console.error(`${file} could not be opened with ${program}: ${error.message}`))
    .unref();
}

/** Writes the report of a stack as one HTML file; what was written, and how long it took. */
export async function writeReport(stack: OpenStack, range: Range = {}, out?: string) {
  const started = Date.now();
  const data = await collect(sourceOf(stack), range);
  const page = await render(data);
  const file = out ?? (data.stack === localStack ? paths.report : join(".local", `report-${data.stack}.html`));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, page);
  const kilobytes = Math.ceil(Buffer.byteLength(page) / 1000);
  return { file, kilobytes, months: data.months.length, seconds: (Date.now() - started) / 1000 };
}

/**
 * `./bay report`: writes the report of the loaded months as one HTML file. Its path goes to stdout, its size and the
 * seconds that it took to stderr.
 * @throws UsageError if the first month is after the last one
 */
export async function report({ stack, from, to, out, open, json }: Flags): Promise<number> {
  if (from !== undefined && to !== undefined && from > to)
    throw new UsageError(`./bay report: --from ${from} is after --to ${to}. Help: ./bay report --help`);
  const written = await writeReport(openStack(stack), { from, to }, out);
  const { file, kilobytes, months, seconds } = written;
  console.log(json ? JSON.stringify(written) : file);
  console.error(`${kilobytes} KB, ${months} months, ${seconds.toFixed(1)} s`);
  if (open) show(file);
  return 0;
}
