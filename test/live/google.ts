import { GoogleAuth } from "google-auth-library";
import { accessToken } from "../../infra/google/credentials";
import { look, type Api } from "../../infra/google/googleApi";
import { olderNames, type roles } from "../../infra/access/roles";
import { readUnusual, unusualFiles } from "../../local/lab/rawLines";
import { stackName, type Names } from "./names";

/** https://cloud.google.com/iam/docs/reference/rest/v1/Policy */
interface Policy {
  bindings?: { role: string; members?: string[]; condition?: object }[];
}

/** A dataset's role by its newer name. */
const newerName = (name: string) => Object.entries(olderNames).find(([, older]) => older === name)?.[0] ?? name;

/** What Google shows to whoever runs the test. */
async function found<T>(api: Api, path: string, project: string): Promise<T> {
  const answer = await look<T>(api, path, project);
  if (answer.kind === "found") return answer.body;
  throw new Error(`Google doesn't show ${api}/${path} to you: ${answer.kind}`);
}

/** The project's policy, which takes a POST request; that of a project without the API grants nothing to a stack. */
async function projectPolicy(project: string): Promise<Policy> {
  const root =
    process.env.GOOGLE_RESOURCE_MANAGER_V3_CUSTOM_ENDPOINT ?? "https://cloudresourcemanager.googleapis.com/v3/";
  const response = await fetch(`${root}projects/${project}:getIamPolicy`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${await accessToken()}`,
      "content-type": "application/json",
      "x-goog-user-project": project,
    },
    body: JSON.stringify({ options: { requestedPolicyVersion: 3 } }),
    signal: AbortSignal.timeout(20_000),
  });
  const text = await response.text();
  if (response.ok) return JSON.parse(text) as Policy;
  if (/SERVICE_DISABLED|has not been used in project/.test(text)) return {};
  throw new Error(`Google answered ${response.status} to getIamPolicy of project '${project}'`);
}

/** Roles that a policy grants to an account, even one that's deleted by now. */
function rolesIn({ bindings = [] }: Policy, account: string): string[] {
  const own = bindings.filter(({ members = [] }) => members.some((member) => member.includes(account)));
  return own.map(({ role, condition }) => (condition ? `${role}, on a condition` : role));
}

/** What Google's clients need of a service account's key. */
export interface Key {
  client_email: string;
  private_key: string;
}

/** A token of the service account or, without its key, of whoever runs the test. */
async function tokenOf(key?: Key): Promise<string> {
  if (key === undefined) return accessToken();
  const scopes = "https://www.googleapis.com/auth/cloud-platform";
  return (await new GoogleAuth({ credentials: key, scopes }).getAccessToken())!;
}

/** The rows that a table reads from each of {@link unusualFiles}, by the file's name. */
export async function readUnusualFiles({ project, bucket, dataset }: Names, key?: Key): Promise<Map<string, string[]>> {
  const token = await tokenOf(key);
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

/** What Google still has of the stack, or may have: only a 404, or an API that isn't enabled, means that it's gone. */
export async function remaining({ runtime, project, bucket, dataset, account }: Names): Promise<string[]> {
  const looks: [string, Api, string][] = [
    [`bucket ${bucket}`, "storage", `b/${bucket}`],
    [`dataset ${dataset}`, "bigquery", `projects/${project}/datasets/${dataset}`],
    [`service account ${account}`, "iam", `projects/${project}/serviceAccounts/${account}`],
  ];
  const kinds = await Promise.all(
    looks.map(async ([what, api, path]) => ({ what, kind: (await look(api, path, project)).kind })),
  );
  return [
    ...kinds
      .filter(({ kind }) => kind !== "missing" && kind !== "disabled")
      .map(({ what, kind }) => `${what}: ${kind}`),
    ...rolesIn(await projectPolicy(project), account).map((role) => `${role} on the project`),
    ...(runtime === "gke" ? await clusterParts(project) : []),
  ];
}

interface Labelled {
  name: string;
  labels?: Record<string, string>;
  resourceLabels?: Record<string, string>;
  settings?: { userLabels?: Record<string, string> };
}

/** What runtime `gke` creates under names that Pulumi makes unique; each list is Google's own. */
async function clusterParts(project: string): Promise<string[]> {
  const lists: [string, Api, string, string][] = [
    ["cluster", "container", `projects/${project}/locations/-/clusters`, "clusters"],
    ["database", "sql", `projects/${project}/instances`, "items"],
    ["bucket", "storage", `b?project=${project}&maxResults=1000`, "items"],
    ["repository", "artifactRegistry", `projects/${project}/locations/us-central1/repositories`, "repositories"],
  ];
  const parts = lists.map(async ([what, api, path, field]) => {
    const answer = await look<Record<string, Labelled[] | undefined>>(api, path, project);
    // an API that isn't enabled has nothing
    if (answer.kind === "disabled") return [];
    if (answer.kind !== "found") return [`${what}: ${answer.kind}`];
    const isOwn = ({ labels, resourceLabels, settings }: Labelled) =>
      (labels ?? resourceLabels ?? settings?.userLabels)?.stack === stackName;
    return (answer.body[field] ?? []).filter(isOwn).map(({ name }) => `${what} ${name}`);
  });
  return (await Promise.all(parts)).flat();
}

/** Networks of runtime `gke`: they have no labels, so only a comparison shows whether a stack's own is gone. */
export async function networks(project: string): Promise<string[]> {
  const answer = await look<{ items?: { name: string }[] }>("compute", `projects/${project}/global/networks`, project);
  const all = answer.kind === "found" ? (answer.body.items ?? []) : [];
  return all.map(({ name }) => `network ${name}`).filter((each) => each.startsWith("network kestra-network-vpc"));
}
