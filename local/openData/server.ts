import { createServer } from "node:http";
import { parseArgs } from "node:util";
import { parseIrregularities, type Irregularities } from "./irregularities";
import { handle } from "./routes";
import { folderSource, generatedSource, type Source } from "./source";

// Serves the published files on 127.0.0.1 under the paths of the two sources.
const usage = "usage: server.ts --port P --data-dir D (--trips N [--irregularities A,B] | --folder F)";

/** Port and source from the command line. */
function readArguments(): { port: number; source: Source } {
  const text = { type: "string" } as const;
  const options = { port: text, "data-dir": text, trips: text, irregularities: text, folder: text };
  const { port = "", "data-dir": dataDir, trips, irregularities, folder } = parseArgs({ options }).values;
  if (!/^\d+$/.test(port) || !dataDir || (trips === undefined) === (folder === undefined)) throw new Error(usage);
  if (folder !== undefined && irregularities !== undefined) throw new Error(usage);
  if (folder !== undefined) return { port: Number(port), source: folderSource(folder) };
  if (!/^[1-9]\d*$/.test(trips!)) throw new Error(`--trips is '${trips}': it must be a whole number of at least 1`);
  return { port: Number(port), source: generatedSource(dataDir, Number(trips), switchesOf(irregularities)) };
}

/** The switches of the command line; undefined, which means the default set, without a list. */
function switchesOf(list: string | undefined): Irregularities | undefined {
  if (list === undefined) return undefined;
  try {
    return new Set(parseIrregularities(list));
  } catch (error) {
    throw new Error(`--irregularities is '${list}': ${(error as Error).message}`);
  }
}

function main(): void {
  const { port, source } = readArguments();
  const server = createServer((request, response) => void handle(source, request, response));
  server.on("error", (error) => fail(`can't listen on port ${port} of 127.0.0.1: ${error.message}`));
  server.listen(port, "127.0.0.1");
  process.on("SIGTERM", () => process.exit(0));
}

function fail(reason: string): never {
  console.error(`open data: ${reason}`);
  process.exit(1);
}

try {
  main();
} catch (error) {
  fail((error as Error).message);
}
