import type { Handlers } from "../../kestra/handlers/handlers";
import { replacementFailures } from "./replacement";
import { find, request } from "./rest";

/** Inputs and state of `sandbox:Dataset`. */
export interface DatasetInputs {
  /** Root of the BigQuery emulator. */
  url: string;
  project: string;
  datasetId: string;
  location: string;
}

const title = ({ datasetId }: DatasetInputs) => `Dataset '${datasetId}'`;
const parentOf = ({ url, project }: DatasetInputs) => `${url}/bigquery/v2/projects/${project}/datasets`;
const urlOf = (dataset: DatasetInputs) => `${parentOf(dataset)}/${dataset.datasetId}`;

const exists = async (dataset: DatasetInputs) => (await find(title(dataset), urlOf(dataset))) !== undefined;

const identity = { datasetId: "bay-wheels:dataset", location: "bay-wheels:dataLocation" };

export const handlers: Handlers<DatasetInputs, DatasetInputs> = {
  /** Google's rule for names: https://cloud.google.com/bigquery/docs/datasets#dataset-naming */
  check(olds, news) {
    const failures = replacementFailures(title(news), olds, news, identity);
    if (!/^\w{1,1024}$/.test(news.datasetId)) {
      const remedy = "npm run pulumi -- config set bay-wheels:dataset <name> -s local";
      const reason = `${title(news)}: a name has letters, digits and '_' only. Set another: ${remedy}`;
      failures.push({ property: "datasetId", reason });
    }
    return Promise.resolve({ inputs: news, failures });
  },
  diff: (_id, olds, news) => Promise.resolve({ changes: olds.url !== news.url }),
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
