import { KestraClient } from "../../kestra/client/client";
import { publishedMonths } from "../../local/openData/listing";
import type { Workspace } from "../support/workspace";
import { run } from "./commands";

/** The stack that is up in a checkout. */
export class Stack {
  private constructor(
    readonly client: KestraClient,
    readonly tripsUrl: string,
  ) {}

  static async attach(workspace: Workspace, signal: AbortSignal): Promise<Stack> {
    const args = ["stack", "output", "--json", "--show-secrets", "-s", "local"];
    const outputs = JSON.parse((await run(workspace, signal, "pulumi", args)).output) as Record<string, string>;
    const { kestraUrl: url, kestraUser: username, kestraPassword: password } = outputs;
    return new Stack(
      new KestraClient({ kind: "address", url: url!, username: username!, password: password! }),
      outputs.tripsUrl!,
    );
  }

  /** Brings a stack up whose warehouse is empty. */
  static async up(workspace: Workspace, signal: AbortSignal, local: Record<string, string>): Promise<Stack> {
    const pulumi = (...args: string[]) => run(workspace, signal, "pulumi", [...args, "-s", "local"]);
    const config = { firstPort: String(workspace.firstPort), ...local };
    for (const [key, value] of Object.entries(config)) await pulumi("config", "set", `local:${key}`, value);
    await pulumi("up", "--yes");
    return Stack.attach(workspace, signal);
  }

  /** Downloads a month's file: the open-data server generates it on the first request. */
  async download(month: string, signal: AbortSignal): Promise<Uint8Array> {
    const objectName = (await publishedMonths(this.tripsUrl)).find((listed) => listed.month === month)?.objectName;
    if (objectName === undefined) throw new Error(`Month ${month} is not published at ${this.tripsUrl}`);
    const answer = await fetch(`${this.tripsUrl}/${objectName}`, { signal });
    if (!answer.ok) throw new Error(`GET ${this.tripsUrl}/${objectName}: status ${answer.status}`);
    return new Uint8Array(await answer.arrayBuffer());
  }
}
