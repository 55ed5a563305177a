import { inParallel } from "../../dynamic/parallel";
import type { KestraClient } from "./client";

/** A flow as the server keeps it. */
export interface StoredFlow {
  revision: number;
  /** The YAML text, as it was registered. */
  source: string;
  disabled?: boolean;
}

const yaml = "application/x-yaml";
const pathOf = (namespace: string, id: string) => `/flows/${encodeURIComponent(namespace)}/${encodeURIComponent(id)}`;

/** The flow, or undefined when the server has none of that id. */
export async function getFlow(client: KestraClient, namespace: string, id: string): Promise<StoredFlow | undefined> {
  const response = await client.find("GET", `${pathOf(namespace, id)}?source=true`);
  return response && ((await response.json()) as StoredFlow);
}

/** Registers a new flow. */
export async function createFlow(client: KestraClient, source: string): Promise<StoredFlow> {
  const response = await client.send("POST", "/flows", { contentType: yaml, content: source });
  return (await response.json()) as StoredFlow;
}

/** Registers a new revision of a flow. */
export async function updateFlow(
  client: KestraClient,
  namespace: string,
  id: string,
  source: string,
): Promise<StoredFlow> {
  const response = await client.send("PUT", pathOf(namespace, id), { contentType: yaml, content: source });
  return (await response.json()) as StoredFlow;
}

/** Deletes a flow; one that is gone already is fine. */
export async function deleteFlow(client: KestraClient, namespace: string, id: string): Promise<void> {
  await client.find("DELETE", pathOf(namespace, id));
}

/** A flow as a listing shows it. */
export interface ListedFlow {
  namespace: string;
  id: string;
  /** Counts from 1. */
  revision: number;
  /** True if the flow starts no executions, because of its YAML or because someone disabled it in the UI. */
  disabled?: boolean;
}

/** All flows of a namespace, but not of those below it, without their sources: one request. */
export async function listFlows(client: KestraClient, namespace: string): Promise<ListedFlow[]> {
  return (await (await client.send("GET", `/flows/${encodeURIComponent(namespace)}`)).json()) as ListedFlow[];
}

/** The server's verdict on a flow's source, which isn't registered. */
export interface Verdict {
  /** Why the server refuses the source: one line per reason. */
  constraints?: string;
  warnings?: string[];
  /** Types that have been renamed. */
  infos?: string[];
  /** Paths of properties that are deprecated. */
  deprecationPaths?: string[];
}

/** Maximum number of flows per request. */
const batchSize = 100;

/** The server's verdict on each source, in the same order. */
export async function validateFlows(client: KestraClient, sources: string[]): Promise<Verdict[]> {
  const batches: string[][] = [];
  for (let start = 0; start < sources.length; start += batchSize) batches.push(sources.slice(start, start + batchSize));
  return (await inParallel(batches, (batch) => validateBatch(client, batch))).flat();
}

/**
 * The server splits a request at `---` lines and returns a verdict per piece. If it finds a different number of pieces
 * than were sent, each source is sent alone.
 */
async function validateBatch(client: KestraClient, sources: string[]): Promise<Verdict[]> {
  const content = sources.map(withoutMarkers).join("\n---\n");
  const response = await client.send("POST", "/flows/validate", { contentType: yaml, content });
  const verdicts = (await response.json()) as Verdict[];
  if (verdicts.length === sources.length) return verdicts;
  if (sources.length > 1)
    return (await inParallel(sources, (source) => validateBatch(client, [source]))).map(([verdict]) => verdict!);
  const constraints = verdicts.flatMap(({ constraints }) => constraints ?? []);
  return [constraints.length === 0 ? {} : { constraints: constraints.join("\n") }];
}

/** The text of one YAML document, with as many lines, but without document markers and directives. */
function withoutMarkers(source: string): string {
  return source.replace(/^---(?=\s|$)/gm, "   ").replace(/^%/gm, "#");
}
