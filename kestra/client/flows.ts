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

/** What a listing says of a flow. */
export interface ListedFlow {
  namespace: string;
  id: string;
  /** Counts from 1. */
  revision: number;
  /** True for a flow that starts no execution, by its YAML or by somebody in the web interface. */
  disabled?: boolean;
}

/** All flows of a namespace, without those of the namespaces below it, and without their texts: one request. */
export async function listFlows(client: KestraClient, namespace: string): Promise<ListedFlow[]> {
  return (await (await client.send("GET", `/flows/${encodeURIComponent(namespace)}`)).json()) as ListedFlow[];
}

/** What the server says of a flow's text, which it doesn't register. */
export interface Verdict {
  /** Why it refuses the text: a line for each reason. */
  constraints?: string;
  warnings?: string[];
  /** Types that have another name now. */
  infos?: string[];
  /** Paths of properties that are deprecated. */
  deprecationPaths?: string[];
}

/** Flows in a request. */
const batchSize = 100;

/** The server's verdict on each of the texts, in their order. */
export async function validateFlows(client: KestraClient, sources: string[]): Promise<Verdict[]> {
  const batches: string[][] = [];
  for (let start = 0; start < sources.length; start += batchSize) batches.push(sources.slice(start, start + batchSize));
  return (await inParallel(batches, (batch) => validateBatch(client, batch))).flat();
}

/**
 * The server cuts a request at lines of `---`, and its verdicts are about the pieces. Where it finds other pieces than
 * were sent, each text is sent alone.
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
