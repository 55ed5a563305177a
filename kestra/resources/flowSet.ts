import { relative } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { Connection } from "../client/connection";
import type { FlowFile } from "../flows/flowFile";
import { readFlows, type FolderArgs } from "../flows/folder";
import { inOrderOfCalls, nameOfFlow } from "../flows/subflows";
import { accepted } from "../flows/validation";
import { countAs, defaultConnection } from "./claims";
import { Flow } from "./flow";
import { FlowBundle } from "./flowBundle";

export interface FlowSetArgs extends FolderArgs {
  /** The server; default: from the `KESTRA_…` variables. */
  connection?: pulumi.Input<Connection>;
  /** One resource for all flows: many single ones take Pulumi much longer. Default: false. */
  bulk?: boolean;
  /** True: calling a flow that's neither in the folder nor on the server is an error; default: a warning. */
  strict?: boolean;
  /** Flows that were disabled on the server stay disabled; default: true. */
  keepDisabled?: boolean;
}

/** Number of single flows from which a warning suggests `bulk`. */
const many = 50;

/**
 * The flows of a folder, each registered after the flows it calls. Nothing is written until the server has accepted all
 * of them. Removing a file deletes its flow. Flows outside the set are never touched.
 */
export class FlowSet extends pulumi.ComponentResource {
  /** The single flows, by `namespace/id`; empty with `bulk`. */
  public readonly flows: Readonly<Record<string, Flow>>;
  /** Revisions by `namespace/id`. */
  public readonly revisions: pulumi.Output<Record<string, number>>;

  /** @throws pulumi.RunError for a folder without flows, a file that isn't a flow, or two files with the same flow */
  constructor(name: string, args: FlowSetArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("kestra:index:FlowSet", name, {}, opts);
    const files = flowsOf(args);
    const { dependsOn, deletedWith, replaceWith, parent } = opts;
    // flows that used to be single resources below the same parent
    const aliases = parent === undefined ? [] : [{ parent }];
    const options = { parent: this, dependsOn, deletedWith, replaceWith, aliases };
    if (args.bulk) {
      const { connection, strict, keepDisabled } = args;
      this.flows = {};
      this.revisions = new FlowBundle(name, { connection, flows: files, strict, keepDisabled }, options).revisions;
    } else {
      if (files.length >= many)
        void pulumi.log.warn(`FlowSet '${name}' has ${files.length} flows: 'bulk: true' is much faster.`, this);
      this.flows = singleFlows(name, args, files, options);
      const revisions = Object.entries(this.flows).map(([flow, { revision }]) => [flow, revision] as const);
      this.revisions = pulumi.all(Object.fromEntries(revisions));
    }
    this.registerOutputs({});
  }
}

function flowsOf(args: FlowSetArgs): FlowFile[] {
  try {
    return readFlows(args);
  } catch (error) {
    throw new pulumi.RunError((error as Error).message);
  }
}

/** One resource per flow, named after its file. */
function singleFlows(
  name: string,
  { connection: stated = defaultConnection(), directory, strict, keepDisabled }: FlowSetArgs,
  files: FlowFile[],
  options: pulumi.CustomResourceOptions,
): Record<string, Flow> {
  const connection = accepted(stated, files, { isSet: true, strict });
  countAs(stated, connection);
  const flows: Record<string, Flow> = {};
  for (const { flow, calls } of inOrderOfCalls(files)) {
    const { file, source } = flow;
    const dependsOn = calls.map((callee) => flows[nameOfFlow(callee)]!);
    flows[nameOfFlow(flow)] = new Flow(
      `${name}-${relative(directory, file).replace(/\.ya?ml$/, "")}`,
      { connection, file, source, keepDisabled, validate: false },
      pulumi.mergeOptions(options, { dependsOn }),
    );
  }
  return flows;
}
