import { inParallel } from "../../dynamic/parallel";
import type { KestraClient } from "../client/client";
import { getFlow, validateFlows, type Verdict } from "../client/flows";
import { flowFault, lineOfConstraint, type FlowFile } from "./flowFile";
import { faultsOf } from "./registration";
import { nameOfFlow, splitName, subflowsOf } from "./subflows";

/** What the server says of flows, a line `file:line: …` for each finding. */
export interface Verdicts {
  /** Why it refuses them. */
  faults: string[];
  /** Deprecations, other names of types, and whatever else the server warns of. */
  warnings: string[];
}

/** What the server says of flows, which it doesn't register. */
export async function verdictsOn(client: KestraClient, flows: FlowFile[]): Promise<Verdicts> {
  const verdicts = await validateFlows(
    client,
    flows.map(({ source }) => source),
  );
  return {
    faults: flows.flatMap(({ file, source }, index) => faultsOf(file, source, verdicts[index]!.constraints ?? "")),
    warnings: flows.flatMap((flow, index) => warningsOf(flow, verdicts[index]!)),
  };
}

function warningsOf({ file, source }: FlowFile, verdict: Verdict): string[] {
  const { warnings = [], infos = [], deprecationPaths = [] } = verdict;
  const deprecations = deprecationPaths.map(
    (path) => flowFault(file, lineOfConstraint(source, `${path}: `), `${path} is deprecated`).message,
  );
  return [...[...warnings, ...infos].map((warning) => `${file}: ${warning}`), ...deprecations];
}

/** The server's own warning of an unknown call: it knows no flow that is yet to come, and looks at no nested call. */
export const isOfUnknownCall = (warning: string) => /: The subflow '.*' not found in namespace/.test(warning);

/** Calls of flows that are neither among these nor on the server, as `file:line: …`. */
export async function unknownCalls(client: KestraClient, flows: FlowFile[]): Promise<string[]> {
  const own = new Set(flows.map(nameOfFlow));
  const calls = flows.flatMap((flow) => subflowsOf(flow).map((call) => ({ flow, call })));
  const others = [...new Set(calls.map(({ call }) => call))].filter((call) => !own.has(call));
  const found = await inParallel(others, (call) => getFlow(client, ...splitName(call)));
  const missing = new Set(others.filter((_call, index) => found[index] === undefined));
  return calls
    .filter(({ call }) => missing.has(call))
    .map(({ flow: { file, source }, call }) => {
      const line = source.slice(0, source.indexOf(`flowId: ${splitName(call)[1]}`)).split("\n").length;
      return flowFault(file, line, `calls flow '${call}', which is neither among these flows nor on the server`).message;
    });
}
