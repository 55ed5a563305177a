import type { Handlers } from "../../kestra/handlers/handlers";
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

export const handlers: Handlers<BucketInputs, BucketInputs> = {
  /** Google's rule for names without dots: https://cloud.google.com/storage/docs/buckets#naming */
  check(_olds, news) {
    const valid = /^[a-z0-9][a-z0-9_-]{1,61}[a-z0-9]$/.test(news.name);
    const reason = `${title(news)}: a name has 3 to 63 lower-case letters, digits, '-' and '_'. Set another: pulumi config set bucketName …`;
    return Promise.resolve({ inputs: news, failures: valid ? [] : [{ property: "name", reason }] });
  },
  diff(_id, olds, news) {
    const replaces = (["project", "name", "location"] as const).filter((key) => olds[key] !== news[key]);
    return Promise.resolve({ changes: replaces.length > 0 || olds.url !== news.url, replaces });
  },
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
    const list = await find<{ items?: { name: string }[] }>(title(state), `${urlOf(state)}/o`);
    for (const { name } of list?.items ?? [])
      await request(title(state), "DELETE", `${urlOf(state)}/o/${encodeURIComponent(name)}`);
    await request(title(state), "DELETE", urlOf(state));
  },
};
