import type { Handlers } from "../../kestra/handlers/handlers";
import { replacementFailures } from "./replacement";
import { find, request } from "./rest";

/** Inputs and state of `sandbox:Bucket`. */
export interface BucketInputs {
  /** Root of the Cloud Storage emulator. */
  url: string;
  project: string;
  name: string;
  location: string;
}

const title = ({ name }: BucketInputs) => `Bucket '${name}'`;
const urlOf = ({ url, name }: BucketInputs) => `${url}/storage/v1/b/${name}`;

const exists = async (bucket: BucketInputs) => (await find(title(bucket), urlOf(bucket))) !== undefined;

const identity = { name: "bay-wheels:bucketName", location: "bay-wheels:dataLocation" };

/** The first page of a bucket's objects. */
const list = async (bucket: BucketInputs) =>
  (await find<{ items?: { name: string }[] }>(title(bucket), `${urlOf(bucket)}/o`))?.items ?? [];

export const handlers: Handlers<BucketInputs, BucketInputs> = {
  /** Google's rule for names without dots: https://cloud.google.com/storage/docs/buckets#naming */
  check(olds, news) {
    const failures = replacementFailures(title(news), olds, news, identity);
    if (!/^[a-z0-9][a-z0-9_-]{1,61}[a-z0-9]$/.test(news.name)) {
      const rule = "a name has 3 to 63 lower-case letters, digits, '-' and '_'";
      const remedy = "npm run pulumi -- config set bay-wheels:bucketName <name> -s local";
      failures.push({ property: "name", reason: `${title(news)}: ${rule}. Set another: ${remedy}` });
    }
    return Promise.resolve({ inputs: news, failures });
  },
  diff: (_id, olds, news) => Promise.resolve({ changes: olds.url !== news.url }),
  async create(inputs) {
    const { url, project, name, location } = inputs;
    if (!(await exists(inputs))) {
      await request(title(inputs), "POST", `${url}/storage/v1/b?project=${encodeURIComponent(project)}`, {
        name,
        location,
      });
    }
    return { id: name, outs: inputs };
  },
  read: async (id, state) => ((await exists(state)) ? { id, props: state } : {}),
  update: (_id, _olds, news) => Promise.resolve({ outs: news }),

  /** Deletes the objects first: a bucket that holds any cannot be deleted. */
  async delete(_id, state) {
    if (!(await exists(state))) return;
    for (let objects = await list(state); objects.length > 0; objects = await list(state)) {
      for (const { name } of objects) {
        await request(title(state), "DELETE", `${urlOf(state)}/o/${encodeURIComponent(name)}`);
      }
    }
    await request(title(state), "DELETE", urlOf(state));
  },
};
