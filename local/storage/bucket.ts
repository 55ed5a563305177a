import * as pulumi from "@pulumi/pulumi";
import { changedKeys, type Handlers } from "../../dynamic/handlers";
import { DynamicResource } from "../../dynamic/resource";
import { shim } from "../../dynamic/shim";
import { find, request } from "../services/rest";

/** Inputs and state of `local:Bucket`. */
export interface BucketInputs {
  /** Root of the Cloud Storage emulator. */
  url: string;
  project: string;
  name: string;
  location: string;
}

const provider = shim("./local/storage/bucket.ts");

/** A bucket of the Cloud Storage emulator. */
export class Bucket extends DynamicResource {
  public readonly name!: pulumi.Output<string>;

  constructor(name: string, args: BucketInputs, opts?: pulumi.CustomResourceOptions) {
    super(provider, name, args, opts, "local", "Bucket");
  }
}

const title = ({ name }: BucketInputs) => `Bucket '${name}'`;
const urlOf = ({ url, name }: BucketInputs) => `${url}/storage/v1/b/${name}`;

const exists = async (bucket: BucketInputs) => (await find(title(bucket), urlOf(bucket))) !== undefined;

/** The first page of a bucket's objects. */
const list = async (bucket: BucketInputs) =>
  (await find<{ items?: { name: string }[] }>(title(bucket), `${urlOf(bucket)}/o`))?.items ?? [];

export const handlers: Handlers<BucketInputs, BucketInputs> = {
  check: (_olds, news) => Promise.resolve({ inputs: news }),
  diff(_id, olds, news) {
    const replaces = changedKeys(["project", "name", "location"], olds, news);
    const changes = replaces.length > 0 || olds.url !== news.url;
    return Promise.resolve({ changes, replaces, deleteBeforeReplace: true });
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
    for (let objects = await list(state); objects.length > 0; objects = await list(state)) {
      for (const { name } of objects) {
        await request(title(state), "DELETE", `${urlOf(state)}/o/${encodeURIComponent(name)}`);
      }
    }
    await request(title(state), "DELETE", urlOf(state));
  },
};
