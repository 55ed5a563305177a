import type { KestraClient } from "./client";

/** A flow as the server keeps it. */
export interface StoredFlow {
  revision: number;
  /** The YAML text, as it was registered. */
  source: string;
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

/**
 * What the server has against a flow, which it does not register: a text with a line for each thing, or undefined when
 * it accepts the flow. Ask about one flow at a time: the server cuts a request at lines of `---`, and its verdicts are
 * about the pieces.
 */
export async function validateFlow(client: KestraClient, source: string): Promise<string | undefined> {
  const content = withoutMarkers(source);
  const response = await client.send("POST", "/flows/validate", { contentType: yaml, content });
  const verdicts = (await response.json()) as { constraints?: string }[];
  const faults = verdicts.flatMap(({ constraints }) => constraints ?? []);
  return faults.length === 0 ? undefined : faults.join("\n");
}

/** The text of one YAML document, with as many lines, but without document markers and directives. */
function withoutMarkers(source: string): string {
  return source.replace(/^---(?=\s|$)/gm, "   ").replace(/^%/gm, "#");
}
