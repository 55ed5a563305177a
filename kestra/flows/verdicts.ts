import { inParallel } from "../../dynamic/parallel";
import type { KestraClient } from "../client/client";
import { getFlow, validateFlows, type Verdict } from "../client/flows";
import { flowFault, lineOfConstraint, type FlowFile } from "./flowFile";
import { faultsOf } from "./registration";
import { callsIn, nameOfFlow, splitName } from "./subflows";

/** The server's findings about flows, one line `file:line: …` each. */
export interface Verdicts {
  /** Why the server refuses them. */
  faults: string[];
  /** Deprecations, renamed types and all other warnings. */
  warnings: string[];
}

/** The server's findings about flows, which aren't registered. */
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

/**
 * The server's own warning about an unknown call: it doesn't know flows that are yet to be registered, and ignores
 * nested calls.
 */
export const isOfUnknownCall = (warning: string) => /: The subflow '.*' not found in namespace/.test(warning);

/** Calls of flows that are neither in this set nor on the server, as `file:line: …`. */
export async function unknownCalls(client: KestraClient, flows: FlowFile[]): Promise<string[]> {
  const own = new Set(flows.map(nameOfFlow));
  const calls = flows.flatMap((flow) => callsIn(flow).map((call) => ({ ...call, file: flow.file })));
  const others = [...new Set(calls.map(({ name }) => name))].filter((name) => !own.has(name));
  const found = await inParallel(others, (name) => getFlow(client, ...splitName(name)));
  const missing = new Set(others.filter((_name, index) => found[index] === undefined));
  return calls
    .filter(({ name }) => missing.has(name))
    .map(({ file, line, name }) => {
      const reason = `calls flow '${name}', which is neither among these flows nor on the server`;
      return flowFault(file, line, reason).message;
    });
}
