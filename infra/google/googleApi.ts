import { setTimeout as sleep } from "node:timers/promises";
import { fetch, type Response } from "undici";
import { accessToken, unauthenticated } from "./credentials";
import { dispatcherTo, rootCause } from "./httpProxy";

/**
 * Google's APIs, with the environment variables by which the Google provider too finds them elsewhere:
 * https://registry.terraform.io/providers/hashicorp/google/latest/docs/guides/provider_reference (custom endpoints).
 */
const endpoints = {
  projects: ["https://cloudresourcemanager.googleapis.com/v3/", "GOOGLE_RESOURCE_MANAGER_V3_CUSTOM_ENDPOINT"],
  billing: ["https://cloudbilling.googleapis.com/v1/", "GOOGLE_CLOUD_BILLING_CUSTOM_ENDPOINT"],
  budgets: ["https://billingbudgets.googleapis.com/v1/", "GOOGLE_BILLING_CUSTOM_ENDPOINT"],
  orgPolicy: ["https://orgpolicy.googleapis.com/v2/", "GOOGLE_ORG_POLICY_CUSTOM_ENDPOINT"],
  storage: ["https://storage.googleapis.com/storage/v1/", "GOOGLE_STORAGE_CUSTOM_ENDPOINT"],
  bigquery: ["https://bigquery.googleapis.com/bigquery/v2/", "GOOGLE_BIGQUERY_CUSTOM_ENDPOINT"],
  compute: ["https://compute.googleapis.com/compute/v1/", "GOOGLE_COMPUTE_CUSTOM_ENDPOINT"],
  sql: ["https://sqladmin.googleapis.com/sql/v1beta4/", "GOOGLE_SQL_CUSTOM_ENDPOINT"],
  artifactRegistry: ["https://artifactregistry.googleapis.com/v1/", "GOOGLE_ARTIFACT_REGISTRY_CUSTOM_ENDPOINT"],
  iam: ["https://iam.googleapis.com/v1/", "GOOGLE_IAM_CUSTOM_ENDPOINT"],
  container: ["https://container.googleapis.com/v1/", "GOOGLE_CONTAINER_CUSTOM_ENDPOINT"],
} as const;

export type Api = keyof typeof endpoints;

/** Google's response: a body, or why there is none. */
export type Answer<T> =
  | { kind: "found"; body: T }
  | { kind: "missing" }
  /** This account may not see it; with Google's own reason. */
  | { kind: "forbidden"; reason: string }
  /** The API isn't enabled in the project that Google names, or not all of Google's servers know yet. */
  | { kind: "disabled"; project?: string };

/** Milliseconds until a request times out, and before each retry after no response, or that of a busy server. */
const timeout = 20_000;
const waits = [500, 2_000];

/**
 * One GET request to an API of Google Cloud.
 * @param path below the API's root and version
 * @param project the project whose quota is used; undefined: that of the credentials, as the provider's requests do
 * @throws Error in one line when there's no response, or one that {@link Answer} doesn't cover.
 */
export async function look<T>(api: Api, path: string, project?: string): Promise<Answer<T>> {
  const [address, variable] = endpoints[api];
  const root = process.env[variable] ?? address;
  const quota = project === undefined ? {} : { "x-goog-user-project": project };
  const headers = { authorization: `Bearer ${await accessToken()}`, ...quota };
  const ask = () =>
    fetch(root + path, { headers, dispatcher: dispatcherTo(root), signal: AbortSignal.timeout(timeout) });
  const response = await patiently(ask).catch((error: Error) => {
    throw new Error(
      `Google Cloud at ${new URL(root).host} cannot be reached: ${rootCause(error).message}. Check your network connection, then run the same command again`,
    );
  });
  const text = await response.text();
  if (response.ok) return { kind: "found", body: JSON.parse(text) as T };
  if (response.status === 404) return { kind: "missing" };
  // Cloud Storage's response is 400 for a project that doesn't exist, or that this account may not use
  if (response.status === 403 || /User project specified in the request is invalid/.test(text)) {
    const isDisabled = /SERVICE_DISABLED|accessNotConfigured|has not been used in project/.test(text);
    if (!isDisabled) return { kind: "forbidden", reason: text };
    return { kind: "disabled", project: /in project (\S+) before/.exec(text)?.[1] };
  }
  if (response.status === 401) throw unauthenticated(messageOf(text));
  throw new Error(`Google answered ${response.status} to GET ${api}/${path}: ${messageOf(text)}`);
}

/** Retries when there's no response, or the server is busy. */
async function patiently(ask: () => Promise<Response>): Promise<Response> {
  for (const wait of waits) {
    const response = await ask().catch(() => undefined);
    if (response !== undefined && response.status !== 429 && response.status < 500) return response;
    await sleep(wait);
  }
  return ask();
}

/** Google's own message in its error body. */
function messageOf(text: string): string {
  try {
    return (JSON.parse(text) as { error: { message: string } }).error.message.replace(/\s+/g, " ");
  } catch {
    return text.slice(0, 200);
  }
}
