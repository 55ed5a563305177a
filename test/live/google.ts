import { GoogleAuth } from "google-auth-library";
import { look, type Api } from "../../infra/googleApi";
import { olderNames, type roles } from "../../infra/roles";
import { readUnusual, unusualFiles } from "../../local/lab/rawLines";

/** What a stack has in a project of Google Cloud. */
export interface Names {
  project: string;
  bucket: string;
  dataset: string;
  /** Address of the service account. */
  account: string;
}

/** https://cloud.google.com/iam/docs/reference/rest/v1/Policy */
interface Policy {
  bindings?: { role: string; members?: string[]; condition?: object }[];
}

/** A dataset's role by its newer name. */
const newerName = (name: string) => Object.entries(olderNames).find(([, older]) => older === name)?.[0] ?? name;

/** What is there to see with the credentials of whoever runs the test. */
async function found<T>(api: Api, path: string, project: string): Promise<T> {
  const answer = await look<T>(api, path, project);
  if (answer.kind === "found") return answer.body;
  throw new Error(`Google does not show ${api}/${path} to you: ${answer.kind}`);
}

/** The project's policy, which Google gives to a POST only. */
async function projectPolicy(project: string): Promise<Policy> {
  const scopes = "https://www.googleapis.com/auth/cloud-platform";
  const token = process.env.GOOGLE_OAUTH_ACCESS_TOKEN ?? (await new GoogleAuth({ scopes }).getAccessToken());
  const root =
    process.env.GOOGLE_RESOURCE_MANAGER_V3_CUSTOM_ENDPOINT ?? "https://cloudresourcemanager.googleapis.com/v3/";
  const response = await fetch(`${root}projects/${project}:getIamPolicy`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      "x-goog-user-project": project,
    },
    body: JSON.stringify({ options: { requestedPolicyVersion: 3 } }),
    signal: AbortSignal.timeout(20_000),
  });
  if (!response.ok) throw new Error(`Google answered ${response.status} to getIamPolicy of project '${project}'`);
  return (await response.json()) as Policy;
}

/** Roles that a policy gives an account, also one that was deleted since. */
function rolesIn({ bindings = [] }: Policy, account: string): string[] {
  const own = bindings.filter(({ members = [] }) => members.some((member) => member.includes(account)));
  return own.map(({ role, condition }) => (condition ? `${role}, on a condition` : role));
}

/** A service account's key, of which Google's clients need these. */
export interface Key {
  client_email: string;
  private_key: string;
}

/** The rows that a table reads from each of {@link unusualFiles}, by name, with the service account's key. */
export async function readUnusualFiles({ project, bucket, dataset }: Names, key: Key): Promise<Map<string, string[]>> {
  const scopes = "https://www.googleapis.com/auth/cloud-platform";
  const token = await new GoogleAuth({ credentials: key, scopes }).getAccessToken();
  const post = async <T>(url: string, type: string, body: string | Buffer): Promise<T> => {
    const headers = { authorization: `Bearer ${token}`, "content-type": type };
    const response = await fetch(url, { method: "POST", headers, body, signal: AbortSignal.timeout(120_000) });
    const text = await response.text();
    if (!response.ok) throw new Error(`Google answered ${response.status} to POST ${new URL(url).pathname}: ${text}`);
    return JSON.parse(text) as T;
  };
  const query = (sql: string) =>
    post<{ rows?: { f: { v: string }[] }[] }>(
      `https://bigquery.googleapis.com/bigquery/v2/projects/${project}/queries`,
      "application/json",
      JSON.stringify({ query: sql, useLegacySql: false, timeoutMs: 100_000 }),
    );
  const found = new Map<string, string[]>();
  for (const [index, { what, content }] of unusualFiles.entries()) {
    const name = `unusual_${index}.csv`;
    await post(
      `https://storage.googleapis.com/upload/storage/v1/b/${bucket}/o?uploadType=media&name=${name}`,
      "text/csv",
      content,
    );
    const [create, select] = readUnusual(`\`${project}.${dataset}.unusual_${index}\``, `gs://${bucket}/${name}`);
    await query(create!);
    const { rows = [] } = await query(select!).catch((error: Error) => ({ rows: [{ f: [{ v: error.message }] }] }));
    found.set(what, rows.map(({ f }) => f[0]!.v).sort());
  }
  return found;
}

/** All roles of the service account on the project, the dataset and the bucket. */
export async function rolesOf({
  project,
  bucket,
  dataset,
  account,
}: Names): Promise<Record<keyof typeof roles, string[]>> {
  const { access } = await found<{ access: { role?: string }[] }>(
    "bigquery",
    `projects/${project}/datasets/${dataset}`,
    project,
  );
  const own = access.filter((entry) => JSON.stringify(entry).includes(account));
  const ofBucket = await found<Policy>("storage", `b/${bucket}/iam?optionsRequestedPolicyVersion=3`, project);
  return {
    project: rolesIn(await projectPolicy(project), account),
    dataset: own.map(({ role = "none" }) => newerName(role)),
    bucket: rolesIn(ofBucket, account),
  };
}

/** What Google still has of the stack, or does not say that it has not: only a 404 means gone. */
export async function standing({ project, bucket, dataset, account }: Names): Promise<string[]> {
  const looks: [string, Api, string][] = [
    [`bucket ${bucket}`, "storage", `b/${bucket}`],
    [`dataset ${dataset}`, "bigquery", `projects/${project}/datasets/${dataset}`],
    [`service account ${account}`, "iam", `projects/${project}/serviceAccounts/${account}`],
  ];
  const kinds = await Promise.all(
    looks.map(async ([what, api, path]) => ({ what, kind: (await look(api, path, project)).kind })),
  );
  const left = kinds.filter(({ kind }) => kind !== "missing").map(({ what, kind }) => `${what}: ${kind}`);
  return [...left, ...rolesIn(await projectPolicy(project), account).map((role) => `${role} on the project`)];
}
