import { sameValue, type Handlers } from "../../dynamic/handlers";

/** Inputs and state of `baywheels:ReplacementGuard`. */
export interface ReplacementGuardInputs {
  project: string;
  dataLocation: string;
  bucketName: string;
  dataset: string;
  runtime: string;
  /** Region of Kestra's database and storage, runtime `gke` alone. */
  region?: string;
  /** Names of what may be replaced. */
  allowReplacementOf: string[];
  /** Command that changes the configuration, up to the key. */
  set: string;
}

type Identity = "project" | "dataLocation" | "bucketName" | "dataset" | "region" | "runtime";

type Olds = Partial<ReplacementGuardInputs>;

/** What holds data, how it is called, and what makes it another one, or none; where the first of these was not set, it was not there. */
const holders: { kind: string; name: (olds: Olds) => string; of: Identity[] }[] = [
  { kind: "Bucket", name: ({ bucketName = "" }) => bucketName, of: ["bucketName", "dataLocation", "project"] },
  { kind: "Dataset", name: ({ dataset = "" }) => dataset, of: ["dataset", "dataLocation", "project"] },
  // and Kestra's storage, which goes with it
  { kind: "Database", name: () => "kestra-database", of: ["region", "project", "runtime"] },
];

const keyOf = (identity: Identity) => (identity === "project" ? "gcp:project" : `bay-wheels:${identity}`);

/** One line for each thing that the change would replace without leave; `olds` is empty for a new stack. */
function refusals(olds: Olds, news: ReplacementGuardInputs) {
  return holders.flatMap(({ kind, name, of }) => {
    const differs = (key: Identity) => olds[key] !== undefined && news[key] !== undefined && olds[key] !== news[key];
    const changed = of.filter(differs);
    const former = name(olds);
    if (olds[of[0]!] === undefined || changed.length === 0 || news.allowReplacementOf.includes(former)) return [];
    const changes = changed.map((key) => `${keyOf(key)} was '${olds[key]}' and is to be '${news[key]}'`).join(", ");
    const back = changed.map((key) => `${news.set} ${keyOf(key)} ${olds[key]}`).join(" && ");
    const reason =
      `${kind} '${former}' would be replaced, which deletes all its data: ${changes}. Set the former value again: ${back}; ` +
      `or allow it by name: ${news.set} bay-wheels:allowReplacementOf ${former}`;
    return [{ property: changed[0]!, reason }];
  });
}

export const handlers: Handlers<ReplacementGuardInputs, ReplacementGuardInputs> = {
  check: (olds, news) => Promise.resolve({ inputs: news, failures: refusals(olds, news) }),
  diff: (_id, olds, news) => Promise.resolve({ changes: !sameValue(own(olds), own(news)) }),
  create: (inputs) => Promise.resolve({ id: "guard", outs: inputs }),
  read: (id, state) => Promise.resolve({ id, props: state }),
  update: (_id, _olds, news) => Promise.resolve({ outs: news }),
  delete: () => Promise.resolve(),
};

function own(inputs: ReplacementGuardInputs) {
  const { project, dataLocation, bucketName, dataset, runtime, region, allowReplacementOf, set } = inputs;
  return { project, dataLocation, bucketName, dataset, runtime, region, allowReplacementOf, set };
}
