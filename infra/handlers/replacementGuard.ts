import { sameValue, type Handlers } from "../../kestra/handlers/handlers";

/** Inputs and state of `baywheels:ReplacementGuard`. */
export interface ReplacementGuardInputs {
  project: string;
  dataLocation: string;
  bucketName: string;
  dataset: string;
  /** Names of buckets and datasets that may be replaced. */
  allowReplacementOf: string[];
  /** Command that changes the configuration, up to the key. */
  set: string;
}

type Identity = "project" | "dataLocation" | "bucketName" | "dataset";

/** What makes a bucket or a dataset another one, with the key of the configuration that it comes from. */
const identities: { kind: string; name: "bucketName" | "dataset"; of: Identity[] }[] = [
  { kind: "Bucket", name: "bucketName", of: ["bucketName", "dataLocation", "project"] },
  { kind: "Dataset", name: "dataset", of: ["dataset", "dataLocation", "project"] },
];

const keyOf = (identity: Identity) => (identity === "project" ? "gcp:project" : `bay-wheels:${identity}`);

/** One line for each bucket or dataset that the change would replace without leave; `olds` is empty for a new stack. */
function refusals(olds: Partial<ReplacementGuardInputs>, news: ReplacementGuardInputs) {
  return identities.flatMap(({ kind, name, of }) => {
    const changed = of.filter((identity) => olds[identity] !== undefined && olds[identity] !== news[identity]);
    const former = olds[name] ?? "";
    if (changed.length === 0 || news.allowReplacementOf.includes(former)) return [];
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

function own({ project, dataLocation, bucketName, dataset, allowReplacementOf, set }: ReplacementGuardInputs) {
  return { project, dataLocation, bucketName, dataset, allowReplacementOf, set };
}
