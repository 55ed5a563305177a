import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import { isUnknown, type Handlers } from "../../dynamic/handlers";
import { retryTransient } from "../../dynamic/retry";
import { DynamicResource } from "../../dynamic/resource";
import { shim } from "../../dynamic/shim";
import { KestraClient } from "../client/client";
import type { Connection } from "../client/connection";
import { KestraUnreachable } from "../client/errors";
import { validateFlow } from "../client/flows";
import { flowFault, lineOfConstraint, parseFlow } from "../flowFile";

export interface FlowCheckArgs {
  connection: pulumi.Input<Connection>;
  /** Path of each flow file, from the project's root -> SHA-256 of its content. */
  files: Record<string, string>;
}

const provider = shim("@bay-wheels/kestra/resources/flowCheck.ts");

/**
 * The server's verdict on all flow files at once: an unknown task type or a missing property of any of them fails here,
 * with file, line and reason. What depends on it is changed only when every flow is accepted.
 */
export class FlowCheck extends DynamicResource {
  constructor(name: string, args: FlowCheckArgs, opts?: pulumi.CustomResourceOptions) {
    super(provider, name, { ...args, connection: pulumi.secret(args.connection) }, opts, "kestra", "FlowCheck");
  }
}

/** Inputs and state. */
export type FlowCheckInputs = pulumi.Unwrap<FlowCheckArgs>;

interface FlowText {
  file: string;
  source: string;
}

const flowsOf = ({ files }: FlowCheckInputs): FlowText[] =>
  Object.keys(files).map((file) => ({ file, source: readFileSync(file, "utf8") }));

/** Files that cannot be read as a flow, one line each: `file:line: reason`. */
function unreadable(flows: FlowText[]): string[] {
  return flows.flatMap(({ file, source }) => {
    try {
      parseFlow(file, source);
      return [];
    } catch (error) {
      return [(error as Error).message];
    }
  });
}

/**
 * The faults of the flow files, one line per fault: `file:line: reason`. The server is asked only when every file can
 * be read as a flow.
 */
async function faultsOf(inputs: FlowCheckInputs): Promise<string[]> {
  const flows = flowsOf(inputs);
  const unread = unreadable(flows);
  if (unread.length > 0) return unread;
  const client = new KestraClient(inputs.connection);
  const faults: string[] = [];
  for (const { file, source } of flows) {
    const reasons = reasonsOf((await validateFlow(client, source)) ?? "");
    const lines = reasons.map((reason) => ({ reason, line: lineOfConstraint(source, reason) }));
    lines.sort((a, b) => a.line - b.line);
    faults.push(...lines.map(({ reason, line }) => flowFault(file, line, reason).message));
  }
  return faults;
}

/** The server's reasons against one flow: it starts them with `Validation error: ` and repeats some of them. */
function reasonsOf(constraints: string): string[] {
  const reasons = constraints
    .replace(/^Validation error: /, "")
    .split("\n")
    .map((line) => line.replace(/^\s*(: )?/, "").trim());
  return [...new Set(reasons)].filter((reason) => reason !== "");
}

async function validate(inputs: FlowCheckInputs): Promise<FlowCheckInputs> {
  const faults = await faultsOf(inputs);
  if (faults.length > 0)
    throw new Error(
      `Kestra found ${faults.length} problem(s) in the flow files; nothing was registered:\n${faults.join("\n")}`,
    );
  return inputs;
}

export const handlers: Handlers<FlowCheckInputs, FlowCheckInputs> = {
  async check(olds, news): Promise<pulumi.dynamic.CheckResult<FlowCheckInputs>> {
    const failuresOf = (faults: string[]) => faults.map((reason) => ({ property: "files", reason }));
    // a server that doesn't exist yet, or not with this address and password, can't be asked: create and update ask it
    if (isUnknown(news.connection) || !isDeepStrictEqual(olds.connection, news.connection))
      return { inputs: news, failures: failuresOf(unreadable(flowsOf(news))) };
    try {
      return { inputs: news, failures: failuresOf(await retryTransient(() => faultsOf(news))) };
    } catch (error) {
      // the update may start a server that is down now: create and update ask it again
      if (error instanceof KestraUnreachable) return { inputs: news };
      throw error;
    }
  },

  diff: (_id, olds, news) =>
    Promise.resolve({
      changes: !isDeepStrictEqual(olds.files, news.files) || !isDeepStrictEqual(olds.connection, news.connection),
    }),
  create: async (inputs) => ({ id: "flows", outs: await validate(inputs) }),
  read: (id, state) => Promise.resolve({ id, props: state }),
  update: async (_id, olds, news) => ({
    outs: isDeepStrictEqual(olds.files, news.files) ? news : await validate(news),
  }),
  delete: () => Promise.resolve(),
};
