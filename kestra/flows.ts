import type { KestraClient } from "./client";

/** A flow as the server keeps it. */
export interface StoredFlow {
  revision: number;
  /** The YAML text, as it was registered. */
  source: string;
}

/** The server's verdict on one flow of a validated text; `constraints` only when it is refused. */
export interface FlowVerdict {
  index: number;
  constraints?: string;
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

/** Asks the server about flows without registering them; a verdict for each, in the order given. */
export async function validateFlows(client: KestraClient, sources: string[]): Promise<FlowVerdict[]> {
  const response = await client.send("POST", "/flows/validate", {
    contentType: yaml,
    content: sources.join("\n---\n"),
  });
  return (await response.json()) as FlowVerdict[];
}
