import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { KestraClient } from "../../kestra/client/client";
import type { AddressEndpoint, User } from "../../kestra/client/connection";
import { execute, follow, getWholeLog, type Execution, type LogLine } from "../../kestra/client/executions";
import { getKv, putKv } from "../../kestra/client/kv";
import { kvLiteral } from "../../kestra/client/kvValue";
import { query, type Warehouse } from "../../cli/support/warehouse";
import { Workspace } from "./workspace";

export const namespace = "bay-wheels";

/** Trips of a generated month: enough for every county and hour, few enough for many loads. */
const tripsPerMonth = 4000;

/** An ended execution and what it logged. */
export interface Run extends Execution {
  labels?: { key: string; value: string }[];
  logs: LogLine[];
}

/** Stack `local` in a checkout of its own, brought up by `npm start`. */
export class Stack {
  private constructor(
    readonly workspace: Workspace,
    /** What the first `npm start` printed. */
    readonly firstStart: string,
    readonly connection: AddressEndpoint & User,
    readonly client: KestraClient,
    readonly warehouse: Warehouse,
    readonly tripsUrl: string,
  ) {}

  static async start(): Promise<Stack> {
    const workspace = await Workspace.create();
    await workspace.pulumi("config", "set", "local:firstPort", String(workspace.firstPort));
    await workspace.pulumi("config", "set", "local:tripsPerMonth", String(tripsPerMonth));
    return Stack.attach(workspace, await workspace.succeed("start"));
  }

  /** The stack that is up in a checkout. */
  static async attach(workspace: Workspace, printed = ""): Promise<Stack> {
    // the secrets that are looked for later must not get into the transcript
    const { transcript } = workspace;
    const outputs = JSON.parse(await workspace.pulumi("stack", "output", "--json", "--show-secrets")) as Record<
      string,
      string
    >;
    workspace.transcript = transcript;
    const { kestraUrl: url, kestraUser: username, kestraPassword: password } = outputs;
    const connection = { kind: "address" as const, url: url!, username: username!, password: password! };
    const warehouse = { url: outputs.bigqueryUrl!, project: outputs.project!, dataset: outputs.dataset! };
    return new Stack(workspace, printed, connection, new KestraClient(connection), warehouse, outputs.tripsUrl!);
  }

  /** Runs a flow to its end. */
  async run(flow: string, inputs: Record<string, string> = {}): Promise<Run> {
    return this.ended((await execute(this.client, namespace, flow, inputs)).id);
  }

  /** Waits for an execution's end. */
  async ended(id: string): Promise<Run> {
    const execution = await follow(this.client, id);
    return { ...execution, logs: await getWholeLog(this.client, execution, "INFO") };
  }

  /** Runs a flow that must succeed. */
  async succeed(flow: string, inputs: Record<string, string> = {}): Promise<Run> {
    const run = await this.run(flow, inputs);
    assert.equal(run.state.current, "SUCCESS", JSON.stringify(run.logs.filter((line) => line.level === "ERROR")));
    return run;
  }

  /** Rows of a query, values as text; tables in braces. */
  rows(sql: string): Promise<Record<string, string | null>[]> {
    return query(this.warehouse, "Test", sql);
  }

  /** A number that stands for a table's content, whatever the order of its rows. */
  async content(table: string): Promise<string> {
    const [row] = await this.rows(
      `select count(*) as n, bit_xor(farm_fingerprint(to_json_string(t))) as x from {${table}} as t`,
    );
    return `${row!.n} ${row!.x}`;
  }

  /** Value of a STRING entry of the KV store. */
  async kv(key: string): Promise<unknown> {
    return (await getKv(this.client, namespace, key))?.value;
  }

  /** Sets a STRING entry of the KV store behind Pulumi's back. */
  setKv(key: string, value: string): Promise<void> {
    return putKv(this.client, namespace, key, kvLiteral("STRING", value));
  }

  /** Ends a service's process at once, as a crash would. */
  kill(service: string): void {
    const { pid } = JSON.parse(readFileSync(this.workspace.path(".local/services", service, "pid"), "utf8")) as {
      pid: number;
    };
    process.kill(pid, "SIGKILL");
  }
}

let started: Promise<Stack> | undefined;

/**
 * The stack that files of end-to-end tests share, in the order of their numbers: started at the first call, destroyed
 * after the last test of the run. Each file runs alone as well.
 */
export function stack(): Promise<Stack> {
  started ??= Stack.start();
  return started;
}

after(async () => {
  if (started === undefined) return;
  const { workspace } = await started;
  await workspace.destroy();
  assert.equal(existsSync(workspace.path(".local/state")), false);
  workspace.dispose();
});
