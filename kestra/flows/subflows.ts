import { isScalar, LineCounter, parseDocument, visit, type Scalar, type YAMLMap } from "yaml";
import type { FlowFile } from "./flowFile";

/** Tasks that run another flow. */
const callers = /^io\.kestra\.(plugin\.)?core\.(flow\.(Subflow|ForEachItem)|tasks\.flows\.(Subflow|ForEachItem|Flow))$/;

/** `namespace/id`: a flow's name in messages, and its id in Pulumi's state. */
export const nameOfFlow = ({ namespace, id }: Pick<FlowFile, "namespace" | "id">) => `${namespace}/${id}`;

/** Reverses {@link nameOfFlow}: a namespace has no slash. */
export function splitName(name: string): [namespace: string, id: string] {
  const end = name.indexOf("/");
  return [name.slice(0, end), name.slice(end + 1)];
}

/** A call of another flow. */
export interface Call {
  /** {@link nameOfFlow} of the called flow. */
  name: string;
  /** Line of its id in the caller's source, from 1. */
  line: number;
}

/**
 * A flow's calls of other flows, wherever they are: in If, Switch, LoopUntil, errors and so on. Names known only at run
 * time (`{{ … }}`) are left out, as are incomplete calls, which the server refuses.
 */
export function callsIn({ source }: FlowFile): Call[] {
  if (!source.includes("flowId")) return [];
  const calls: Call[] = [];
  const lines = new LineCounter();
  visit(parseDocument(source, { lineCounter: lines }), {
    Map: (_key, map) => {
      const [type, namespace, id] = ["type", "namespace", "flowId"].map((key) => textAt(map, key)) as Triple;
      if (!callers.test(type) || namespace === "" || id === "" || `${namespace}${id}`.includes("{{")) return;
      const [start] = (map.get("flowId", true) as Scalar).range!;
      calls.push({ name: nameOfFlow({ namespace, id }), line: lines.linePos(start).line });
    },
  });
  return calls;
}

type Triple = [string, string, string];

function textAt(map: YAMLMap, key: string): string {
  const node: unknown = map.get(key, true);
  const text = isScalar(node) ? String(node.value) : "";
  return text === "null" ? "" : text;
}

/** Names of the flows that a flow calls, without duplicates. */
export const subflowsOf = (flow: FlowFile) => [...new Set(callsIn(flow).map(({ name }) => name))];

/**
 * The flows of a set, each after the flows it calls. Flows that call each other in a cycle, which is legal, keep their
 * order.
 * @returns each with the flows that must be registered before it
 */
export function inOrderOfCalls(flows: FlowFile[]): { flow: FlowFile; calls: FlowFile[] }[] {
  const byName = new Map(flows.map((flow) => [nameOfFlow(flow), flow]));
  const called = new Map(flows.map((flow) => [flow, subflowsOf(flow).flatMap((name) => byName.get(name) ?? [])]));
  const reachedFrom = (flow: FlowFile, seen = new Set<FlowFile>()): Set<FlowFile> => {
    for (const callee of called.get(flow)!) if (!seen.has(callee)) reachedFrom(callee, seen.add(callee));
    return seen;
  };
  const ordered = new Map<FlowFile, FlowFile[]>();
  const add = (flow: FlowFile) => {
    if (ordered.has(flow)) return;
    const calls = called.get(flow)!.filter((callee) => !reachedFrom(callee).has(flow));
    calls.forEach(add);
    ordered.set(flow, calls);
  };
  flows.forEach(add);
  return [...ordered].map(([flow, calls]) => ({ flow, calls }));
}
