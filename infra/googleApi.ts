import { setTimeout as sleep } from "node:timers/promises";
import type { GoogleAuth } from "google-auth-library";

/**
 * Where Google's APIs are, with the names by which the Google provider's own environment variables say so:
 * https://registry.terraform.io/providers/hashicorp/google/latest/docs/guides/provider_reference (custom endpoints).
 */
const endpoints = {
  projects: ["https://cloudresourcemanager.googleapis.com/v3/", "GOOGLE_RESOURCE_MANAGER_V3_CUSTOM_ENDPOINT"],
  billing: ["https://cloudbilling.googleapis.com/v1/", "GOOGLE_CLOUD_BILLING_CUSTOM_ENDPOINT"],
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

/** What Google answers: a body, or why there is none. */
export type Answer<T> =
  | { kind: "found"; body: T }
  | { kind: "missing" }
  /** Not this account's to see; with Google's own reason. */
  | { kind: "forbidden"; reason: string }
  /** The API is not enabled, or not known to be everywhere yet. */
  | { kind: "disabled" };

/** Milliseconds that Google gets to answer, and the waits before each further try of a look that found no server, or a busy one. */
const timeout = 20_000;
const waits = [500, 2_000];

const scopes = "https://www.googleapis.com/auth/cloud-platform";

let auth: GoogleAuth | undefined;

/** An access token of whoever runs Pulumi: application-default credentials, or the provider's own variable. */
export async function accessToken(): Promise<string> {
  if (process.env.GOOGLE_OAUTH_ACCESS_TOKEN) return process.env.GOOGLE_OAUTH_ACCESS_TOKEN;
  // loaded when it is used: Kestra's resources on this machine never do
  auth ??= new (await import("google-auth-library")).GoogleAuth({ scopes });
  try {
    return (await auth.getAccessToken())!;
  } catch (error) {
    throw stranger((error as Error).message);
  }
}

/** What to do where Google does not know who asks. */
function stranger(reason: string): Error {
  const remedy = process.env.GOOGLE_OAUTH_ACCESS_TOKEN
    ? "Set GOOGLE_OAUTH_ACCESS_TOKEN to a token that is not over, or unset it and run: gcloud auth application-default login"
    : "Run: gcloud auth application-default login";
  return new Error(`Google Cloud does not know you (${reason.split("\n")[0]}). ${remedy}, then the same command again`);
}

/**
 * One look at an API of Google Cloud.
 * @param path below the API's root and version
 * @param project whose quota is used
 * @throws Error in one line when nobody answers, or something else than what {@link Answer} tells apart.
 */
export async function look<T>(api: Api, path: string, project: string): Promise<Answer<T>> {
  const [address, variable] = endpoints[api];
  const root = process.env[variable] ?? address;
  const headers = { authorization: `Bearer ${await accessToken()}`, "x-goog-user-project": project };
  const response = await patiently(() => fetch(root + path, { headers, signal: AbortSignal.timeout(timeout) })).catch(
    (error: Error) => {
      const reason = error.cause instanceof Error ? error.cause.message : error.message;
      throw new Error(
        `Google Cloud at ${new URL(root).host} cannot be reached: ${reason}. Connect, then run the same command again`,
      );
    },
  );
  const text = await response.text();
  if (response.ok) return { kind: "found", body: JSON.parse(text) as T };
  if (response.status === 404) return { kind: "missing" };
  // Cloud Storage says 400 to a project that is not there, or not this account's to use
  if (response.status === 403 || /User project specified in the request is invalid/.test(text)) {
    const isDisabled = /SERVICE_DISABLED|accessNotConfigured|has not been used in project/.test(text);
    return isDisabled ? { kind: "disabled" } : { kind: "forbidden", reason: text };
  }
  if (response.status === 401) throw stranger(messageOf(text));
  throw new Error(`Google answered ${response.status} to GET ${api}/${path}: ${messageOf(text)}`);
}

/** Asks again where there is no answer, or one that tells to come back. */
async function patiently(ask: () => Promise<Response>): Promise<Response> {
  for (const wait of waits) {
    const response = await ask().catch(() => undefined);
    if (response !== undefined && response.status !== 429 && response.status < 500) return response;
    await sleep(wait);
  }
  return ask();
}

/** Google's own words out of its error body. */
function messageOf(text: string): string {
  try {
    return (JSON.parse(text) as { error: { message: string } }).error.message.replace(/\s+/g, " ");
  } catch {
    return text.slice(0, 200);
  }
}
