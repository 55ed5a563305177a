import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { UsageError } from "../commandLine";
import { collect, type Range, type Source } from "../report/collect";
import { render } from "../report/render";
import { openStack, type OpenStack } from "../support/openStack";
import { stack } from "../support/stack";
import { rowsOf, runQuery } from "../support/warehouse";

interface Flags extends Range {
  out?: string;
  open?: boolean;
  stack?: string;
}

/** Whether stack `local` loads generated months, and not files of a folder. */
function isGenerated(): boolean {
  const { config } = parse(readFileSync(`Pulumi.${stack}.yaml`, "utf8")) as { config?: Record<string, unknown> };
  return config?.["local:dataDir"] === undefined;
}

/** A stack as the report's source. Only Google counts the bytes. */
export function sourceOf({ name, warehouse }: OpenStack): Source {
  let bytes: number | undefined;
  return {
    ...{
      stack: name,
      dataset: `${warehouse.project}.${warehouse.dataset}`,
      generated: name === stack && isGenerated(),
    },
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

/**
 * `./bay report`: writes the report of the loaded months as one HTML file. Its path goes to stdout, its size and the
 * seconds that it took to stderr.
 * @throws UsageError if the first month is after the last one
 */
export async function report({ from, to, out, open, stack: name }: Flags): Promise<number> {
  if (from !== undefined && to !== undefined && from > to)
    throw new UsageError(`./bay report: --from ${from} is after --to ${to}. Help: ./bay report --help`);
  const started = Date.now();
  const data = await collect(sourceOf(openStack(name)), { from, to });
  const page = await render(data);
  const file = out ?? join(".local", `report${data.stack === stack ? "" : `-${data.stack}`}.html`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, page);
  console.log(file);
  const size = `${Math.ceil(Buffer.byteLength(page) / 1000)} KB`;
  console.error(`${size}, ${data.months.length} months, ${((Date.now() - started) / 1000).toFixed(1)} s`);
  if (open) show(file);
  return 0;
}
