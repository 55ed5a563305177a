import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { stringify } from "yaml";
import { request } from "../services/rest";
import { Emulator, makeDataset } from "./bigQueryLab";
import { eventually, KestraHost, register, run, yaml } from "./kestraHost";
import type { TaskRun } from "./kestraTypes";
import { startBigQuery, startStorage, tool, type LocalService } from "./localServices";

/** A task of a flow by its YAML properties. */
export type Task = { id: string; type: string } & Record<string, unknown>;

/** How a flow ended. */
export interface Outcome {
  state: string;
  taskRuns: TaskRun[];
  /** Messages of level ERROR, one entry each. */
  errors: string[];
  /** All messages from INFO on, by task. */
  messages: { taskId?: string; level: string; message: string }[];
  /** Outputs of a task. */
  outputsOf: (task: string) => Record<string, unknown>;
  /** Text of a file of Kestra's storage that the execution made. */
  read: (uri: unknown) => Promise<string>;
}

/** Kestra with the fake tasks on emulated Google services, in a temporary folder. */
export class PluginLab {
  private flows = 0;

  private constructor(
    readonly folder: string,
    readonly storage: LocalService,
    readonly bigquery: LocalService,
    readonly host: KestraHost,
  ) {}

  static async start(): Promise<PluginLab> {
    const folder = mkdtempSync(join(tmpdir(), "kestra-plugins-"));
    const objects = join(folder, "storage");
    mkdirSync(objects);
    const [storage, bigquery] = await Promise.all([
      startStorage(objects),
      startBigQuery(join(folder, "bigquery"), objects),
    ]);
    await request("Bucket", "POST", `${storage.url}/storage/v1/b?project=lab`, { name: "lab" });
    await makeDataset(new Emulator(bigquery.url));
    const dbt = dirname(resolve(tool(process.env.DBT_BIN && join(process.env.DBT_BIN, "dbt"), "dbt", "bin", "dbt")));
    const host = await KestraHost.start({
      configuration: { "kestra.tasks.tmp-dir.path": join(folder, "tmp") },
      env: {
        STORAGE_EMULATOR_HOST: storage.url,
        BIGQUERY_EMULATOR_HOST: bigquery.url,
        PATH: `${dbt}${delimiter}${process.env.PATH}`,
      },
    });
    return new PluginLab(folder, storage, bigquery, host);
  }

  /** Ends all processes and deletes the folder. */
  async stop(): Promise<void> {
    await Promise.all([this.host.dispose(), this.storage.stop(), this.bigquery.stop()]);
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** What Kestra's own validation has against a flow of these tasks; empty if nothing. */
  async validate(...tasks: Task[]): Promise<string> {
    const answer = await this.host.send(
      "POST",
      "/flows/validate",
      stringify({ id: "validated", namespace: "lab", tasks }),
      yaml,
    );
    return (answer.json as { constraints?: string }[])[0]?.constraints ?? "";
  }

  /** Registers a flow of these tasks and runs it to its end. */
  async run(...tasks: Task[]): Promise<Outcome> {
    const flow = `flow_${++this.flows}`;
    await register(this.host, stringify({ id: flow, namespace: "lab", tasks, finally: [lastLine] }));
    const execution = await run(this.host, "lab", flow);
    const taskRuns = execution.taskRunList.filter((each) => each.taskId !== lastLine.id);
    const messages = await eventually(() => this.messages(execution.id));
    return {
      state: execution.state.current,
      taskRuns,
      messages,
      errors: messages.filter((line) => line.level === "ERROR").map((line) => line.message),
      outputsOf: (task) => taskRuns.find((each) => each.taskId === task)?.outputs ?? {},
      read: async (uri) =>
        (await this.host.send("GET", `/executions/${execution.id}/file?path=${encodeURIComponent(String(uri))}`)).text,
    };
  }

  private async messages(execution: string): Promise<Outcome["messages"] | undefined> {
    const lines = (await this.host.send("GET", `/logs/${execution}?minLevel=INFO`)).json as Outcome["messages"];
    return lines.some((line) => line.taskId === lastLine.id)
      ? lines.filter((line) => line.taskId !== lastLine.id)
      : undefined;
  }
}

/** A task that runs after all others: Kestra writes log lines in their order, so when its line is there, all are. */
const lastLine = { id: "last_line", type: "io.kestra.plugin.core.log.Log", message: "last line" };

/** A service-account key that is well-formed and worth nothing; `change` replaces fields, `undefined` takes one out. */
export function serviceAccountKey(change: Record<string, unknown> = {}): string {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return JSON.stringify({
    type: "service_account",
    project_id: "lab",
    private_key_id: "1",
    private_key: privateKey.export({ type: "pkcs8", format: "pem" }),
    client_email: "lab@lab.iam.gserviceaccount.com",
    client_id: "1",
    token_uri: "https://oauth2.googleapis.com/token",
    ...change,
  });
}

let started: Promise<PluginLab> | undefined;

/** The lab that all files of plugin tests share: started at the first call, stopped after the last test of the run. */
export function pluginLab(): Promise<PluginLab> {
  started ??= PluginLab.start();
  return started;
}

after(async () => {
  await started?.then((lab) => lab.stop());
});
