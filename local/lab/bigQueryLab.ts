import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./kestraHost";
import { startBigQuery, startService, tool, type LocalService } from "./localServices";

/** Cells of a row as the REST API gives them: texts, nulls, and lists of them for repeated columns. */
export type Cell = string | null | Cell[];

/** Rows or error of a statement. For a failed one, stock returns `status` 200 with a reason. */
export type Result = { types: string[]; rows: Cell[][] } | { status: number; reason: string; message: string };

/** An answer of the REST API. */
export interface Answer {
  status: number;
  body: unknown;
}

interface ErrorProto {
  reason: string;
  message: string;
}

interface QueryBody {
  schema: { fields: { type: string }[] };
  rows?: { f: { v: unknown }[] }[];
  errors?: ErrorProto[];
  error?: { message: string; errors: ErrorProto[] };
}

/** The REST API of one emulator, project `lab`. */
export class Emulator {
  constructor(readonly url: string) {}

  /** Sends a request below `/bigquery/v2/projects/lab`. */
  async send(method: string, path: string, body?: unknown): Promise<Answer> {
    const answer = await fetch(`${this.url}/bigquery/v2/projects/lab${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    });
    const text = await answer.text();
    return { status: answer.status, body: text === "" ? undefined : (JSON.parse(text) as unknown) };
  }

  /** Runs statements one after the other by jobs.query; the result of the last one. `more` is added to each request. */
  async query(statements: string | string[], more: Record<string, unknown> = {}): Promise<Result> {
    let result: Result = { types: [], rows: [] };
    for (const query of [statements].flat())
      result = resultOf(await this.send("POST", "/queries", { query, useLegacySql: false, ...more }));
    return result;
  }

  /** Rows of a statement; its error is thrown. */
  async rows(statements: string | string[]): Promise<Cell[][]> {
    const result = await this.query(statements);
    if ("rows" in result) return result.rows;
    throw new Error(`${result.reason}: ${result.message}`);
  }

  /** Runs a statement by jobs.insert; the job as jobs.get gives it afterwards. */
  async job(query: string, configuration: Record<string, unknown> = {}): Promise<Job> {
    const inserted = await this.send("POST", "/jobs", {
      configuration: { query: { query, useLegacySql: false }, ...configuration },
    });
    const { jobId } = (inserted.body as Job).jobReference;
    return (await this.send("GET", `/jobs/${jobId}`)).body as Job;
  }

  /** tables.get in dataset `lab`. */
  async table(name: string): Promise<Record<string, unknown>> {
    return (await this.send("GET", `/datasets/lab/tables/${name}`)).body as Record<string, unknown>;
  }
}

/** The fields of a job that tests look at. */
export interface Job {
  jobReference: { jobId: string };
  configuration: {
    labels?: Record<string, string>;
    query: { destinationTable?: { datasetId: string; tableId: string } };
  };
  status: { state: string; errorResult?: ErrorProto };
}

function resultOf({ status, body }: Answer): Result {
  const { schema, rows, errors, error } = body as QueryBody;
  const failure = errors?.[0] ?? error?.errors[0];
  if (failure) return { status, reason: failure.reason, message: failure.message };
  return {
    types: schema.fields.map(({ type }) => type),
    rows: (rows ?? []).map((row) => row.f.map(({ v }) => cellOf(v))),
  };
}

function cellOf(value: unknown): Cell {
  return Array.isArray(value) ? value.map((each) => cellOf((each as { v: unknown }).v)) : (value as Cell);
}

/** The emulator as it runs here, and the same release without a patch, over the same files. */
export class BigQueryLab {
  private constructor(
    readonly folder: string,
    private readonly services: LocalService[],
    readonly patched: Emulator,
    readonly stock: Emulator,
  ) {}

  static async start(): Promise<BigQueryLab> {
    const folder = mkdtempSync(join(tmpdir(), "bigquery-"));
    mkdirSync(join(folder, "storage", "lab"), { recursive: true });
    const services = await Promise.all([
      startBigQuery(join(folder, "patched"), join(folder, "storage")),
      startStock(folder),
    ]);
    const lab = new BigQueryLab(folder, services, new Emulator(services[0].url), new Emulator(services[1].url));
    for (const emulator of [lab.patched, lab.stock]) await makeDataset(emulator);
    return lab;
  }

  /** Ends both and deletes the folder. */
  async stop(): Promise<void> {
    await Promise.all(this.services.map((service) => service.stop()));
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Path of an object of bucket `lab`. */
  object(name: string): string {
    return join(this.folder, "storage", "lab", name);
  }

  /** Writes an object of bucket `lab`; its gs:// address. */
  write(name: string, content: string | Buffer): string {
    writeFileSync(this.object(name), content);
    return `gs://lab/${name}`;
  }
}

/** Creates dataset `lab`. */
export async function makeDataset(emulator: Emulator): Promise<void> {
  const { status, body } = await emulator.send("POST", "/datasets", {
    datasetReference: { projectId: "lab", datasetId: "lab" },
    location: "US",
  });
  if (status !== 200) throw new Error(`dataset lab was answered ${status}: ${JSON.stringify(body)}`);
}

/** What a Python program prints that can import the folder local/bigquery and all that it needs. */
export function python(program: string): string {
  const interpreter = tool(process.env.BIGQUERY_PYTHON, "bigquery", "bin", "python");
  const env = { ...process.env, PYTHONPATH: join("local", "bigquery"), PYTHONDONTWRITEBYTECODE: "1" };
  return execFileSync(interpreter, ["-c", program], { encoding: "utf8", env, stdio: ["ignore", "pipe", "ignore"] });
}

/** Starts bqemulator's own command from the same virtual environment, with its extension where it looks for it. */
async function startStock(folder: string): Promise<LocalService> {
  const places = `
import duckdb, duckdb_extension_spatial, pathlib
version, platform = "v" + duckdb.__version__, duckdb.sql("pragma platform").fetchone()[0]
print(version, platform, next(pathlib.Path(duckdb_extension_spatial.__file__).parent.rglob("spatial.duckdb_extension")), sep="\\n")
`;
  const [version, platform, file] = python(places).split("\n");
  const extensions = join(folder, "home", ".duckdb", "extensions", version!, platform!);
  mkdirSync(extensions, { recursive: true });
  symlinkSync(file!, join(extensions, "spatial.duckdb_extension"));
  const interpreter = tool(process.env.BIGQUERY_PYTHON, "bigquery", "bin", "python");
  const [port, grpcPort] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${port}`;
  const ports = ["--rest-port", String(port), "--grpc-port", String(grpcPort)];
  const data = ["--persistent", "--data-dir", join(folder, "stock"), "--log-level", "error"];
  const env = { HOME: join(folder, "home"), BQEMU_GCS_LOCAL_ROOT: join(folder, "storage") };
  return startService(interpreter, ["-m", "bqemulator", "start", ...ports, ...data], env, url, `${url}/readyz`);
}

let started: Promise<BigQueryLab> | undefined;

/** The lab that all BigQuery tests share: started at the first call, stopped after the last test of the run. */
export function bigQueryLab(): Promise<BigQueryLab> {
  started ??= BigQueryLab.start();
  return started;
}

after(async () => {
  await started?.then((lab) => lab.stop());
});
