import { readFileSync } from "node:fs";
import type { dynamic } from "@pulumi/pulumi";
import { KestraClient, KestraUnreachable } from "../client";
import type { Connection } from "../connection";
import { flowFault, lineOfConstraint, parseFlow } from "../flowFile";
import { validateFlows } from "../flows";
import { isUnknown, sameValue, type Handlers } from "./handlers";

/** Inputs and state of `kestra:FlowCheck`. */
export interface FlowCheckInputs {
  connection: Connection;
  /** Path of each flow file, from the project's root -> SHA-256 of its content. */
  files: Record<string, string>;
}

/** What the server has to say against the flow files, one line a fault: `file:line: reason`. */
async function faultsOf({ connection, files }: FlowCheckInputs): Promise<string[]> {
  const flows = Object.keys(files).map((file) => ({ file, source: readFileSync(file, "utf8") }));
  for (const { file, source } of flows) parseFlow(file, source);
  const verdicts = await validateFlows(
    new KestraClient(connection),
    flows.map((flow) => flow.source),
  );
  return verdicts.flatMap(({ index, constraints }) => {
    const flow = flows[index];
    if (!constraints || !flow) return [];
    return constraints
      .split("\n")
      .filter((constraint) => constraint.trim() !== "")
      .map((constraint) => flowFault(flow.file, lineOfConstraint(flow.source, constraint), constraint.trim()).message);
  });
}

async function validate(inputs: FlowCheckInputs): Promise<FlowCheckInputs> {
  const faults = await faultsOf(inputs);
  if (faults.length > 0)
    throw new Error(`Kestra refuses ${faults.length} thing(s), nothing was registered:\n${faults.join("\n")}`);
  return inputs;
}

export const handlers: Handlers<FlowCheckInputs, FlowCheckInputs> = {
  async check(_olds, news): Promise<dynamic.CheckResult<FlowCheckInputs>> {
    if (isUnknown(news.connection)) return { inputs: news };
    try {
      const faults = await faultsOf(news);
      return { inputs: news, failures: faults.map((reason) => ({ property: "files", reason })) };
    } catch (error) {
      // a server that is down at preview time is started by this very update: create and update ask it again
      if (error instanceof KestraUnreachable) return { inputs: news };
      throw error;
    }
  },

  diff: (_id, olds, news) =>
    Promise.resolve({ changes: !sameValue(olds.files, news.files) || !sameValue(olds.connection, news.connection) }),
  create: async (inputs) => ({ id: "flows", outs: await validate(inputs) }),
  read: (id, state) => Promise.resolve({ id, props: state }),
  update: async (_id, olds, news) => ({ outs: sameValue(olds.files, news.files) ? news : await validate(news) }),
  delete: () => Promise.resolve(),
};
