import { isScalar, parseDocument, visit } from "yaml";
import type { FlowFile } from "./flowFile";

/** Tasks that run another flow. */
const callers = /^io\.kestra\.(plugin\.)?core\.(flow\.(Subflow|ForEachItem)|tasks\.flows\.(Subflow|ForEachItem|Flow))$/;

/** `namespace/id`: a flow's name in messages, and its id in Pulumi's state. */
export const nameOfFlow = ({ namespace, id }: Pick<FlowFile, "namespace" | "id">) => `${namespace}/${id}`;

/** Namespace and id out of {@link nameOfFlow}: a namespace has no slash. */
export function splitName(name: string): [namespace: string, id: string] {
  const end = name.indexOf("/");
  return [name.slice(0, end), name.slice(end + 1)];
}

/**
 * The flows that a flow calls, by name, wherever its text does it: within If, Switch, LoopUntil, errors and the like.
 * A name that is known only when it runs (`{{ … }}`) is left out.
 */
export function subflowsOf({ source }: FlowFile): string[] {
  if (!source.includes("flowId")) return [];
  const names = new Set<string>();
  visit(parseDocument(source), {
    Map: (_key, map) => {
      const [type, namespace, id] = ["type", "namespace", "flowId"].map((key) => {
        const node: unknown = map.get(key, true);
        return isScalar(node) ? String(node.value) : "";
      }) as [string, string, string];
      if (callers.test(type) && id !== "" && !`${namespace}${id}`.includes("{{")) names.add(nameOfFlow({ namespace, id }));
    },
  });
  return [...names];
}

/**
 * The flows of a set, each behind those that it calls. Flows that call each other in a circle, which is legal, keep
 * their order.
 * @returns each with those that must be there before it
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
