import * as pulumi from "@pulumi/pulumi";
import { changedKeys, type Handlers } from "../../dynamic/handlers";
import { DynamicResource } from "../../dynamic/resource";
import { shim } from "../../dynamic/shim";
import { find, request } from "../services/rest";

/** Inputs and state of `local:Dataset`. */
export interface DatasetInputs {
  /** Root of the BigQuery emulator. */
  url: string;
  project: string;
  datasetId: string;
  location: string;
}

const provider = shim("./local/bigquery/dataset.ts");

/** A dataset of the BigQuery emulator. */
export class Dataset extends DynamicResource {
  public readonly datasetId!: pulumi.Output<string>;

  constructor(name: string, args: DatasetInputs, opts?: pulumi.CustomResourceOptions) {
    super(provider, name, args, opts, "local", "Dataset");
  }
}

const title = ({ datasetId }: DatasetInputs) => `Dataset '${datasetId}'`;
const parentOf = ({ url, project }: DatasetInputs) => `${url}/bigquery/v2/projects/${project}/datasets`;
const urlOf = (dataset: DatasetInputs) => `${parentOf(dataset)}/${dataset.datasetId}`;

const exists = async (dataset: DatasetInputs) => (await find(title(dataset), urlOf(dataset))) !== undefined;

export const handlers: Handlers<DatasetInputs, DatasetInputs> = {
  check: (_olds, news) => Promise.resolve({ inputs: news }),
  diff(_id, olds, news) {
    const replaces = changedKeys(["project", "datasetId", "location"], olds, news);
    const changes = replaces.length > 0 || olds.url !== news.url;
    return Promise.resolve({ changes, replaces, deleteBeforeReplace: true });
  },
  async create(inputs) {
    const { project, datasetId, location } = inputs;
    if (!(await exists(inputs))) {
      await request(title(inputs), "POST", parentOf(inputs), {
        datasetReference: { projectId: project, datasetId },
        location,
      });
    }
    return { id: `${project}/${datasetId}`, outs: inputs };
  },
  read: async (id, state) => ((await exists(state)) ? { id, props: state } : {}),
  update: (_id, _olds, news) => Promise.resolve({ outs: news }),
  async delete(_id, state) {
    if (await exists(state)) await request(title(state), "DELETE", `${urlOf(state)}?deleteContents=true`);
  },
};
