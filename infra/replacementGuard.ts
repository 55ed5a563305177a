import { isDeepStrictEqual } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import { type Handlers } from "../dynamic/handlers";
import { DynamicResource } from "../dynamic/resource";
import { shim } from "../dynamic/shim";
import { configCommand } from "./config";
import type { DataHolder, Needs } from "./needs";
import type { Settings } from "./settings";

export interface ReplacementGuardArgs {
  settings: Settings;
  needs: Needs;
}

/** Inputs and state of `baywheels:ReplacementGuard`. */
export interface ReplacementGuardInputs {
  holders: DataHolder[];
  /** Present values of all settings that may identify a data holder, by their full keys. */
  settings: Record<string, string>;
  /** Names of what may be replaced. */
  allowReplacementOf: string[];
  /** Command that changes the configuration, up to the key. */
  set: string;
}

const provider = shim("./infra/replacementGuard.ts");

/**
 * Remembers which settings identify what holds data, and refuses a change that would replace one of these, with all
 * its data, unless `allowReplacementOf` names it. It refuses at preview. What holds data depends on it.
 */
export class ReplacementGuard extends DynamicResource {
  constructor(name: string, { settings, needs }: ReplacementGuardArgs, opts?: pulumi.CustomResourceOptions) {
    const { allowReplacementOf } = settings;
    const common = { "gcp:project": settings.project, "bay-wheels:dataLocation": settings.dataLocation };
    const holders: DataHolder[] = [
      {
        kind: "Bucket",
        name: settings.bucketName,
        settings: { "bay-wheels:bucketName": settings.bucketName, ...common },
      },
      { kind: "Dataset", name: settings.dataset, settings: { "bay-wheels:dataset": settings.dataset, ...common } },
      ...needs.dataHolders,
    ];
    const runtime = { "bay-wheels:runtime": settings.runtime };
    const values = holders.reduce<Record<string, string>>((all, each) => ({ ...all, ...each.settings }), runtime);
    const inputs: ReplacementGuardInputs = { holders, settings: values, allowReplacementOf, set: configCommand("set") };
    super(provider, name, inputs, opts, "baywheels", "ReplacementGuard");
  }
}

/** One line for each data holder that the change would replace without permission; `olds` is empty on a new stack. */
function refusals(
  { holders = [], settings: before = {} }: Partial<ReplacementGuardInputs>,
  news: ReplacementGuardInputs,
) {
  return holders.flatMap(({ kind, name, settings }) => {
    const differs = (key: string) => news.settings[key] !== undefined && news.settings[key] !== before[key];
    const changed = Object.keys(settings).filter(differs);
    if (changed.length === 0 || news.allowReplacementOf.includes(name)) return [];
    const changes = changed.map((key) => `${key} would change from '${before[key]}' to '${news.settings[key]}'`);
    const back = changed.map((key) => `${news.set} ${key} ${before[key]}`).join(" && ");
    const reason =
      `${kind} '${name}' would be replaced, which deletes all its data: ${changes.join(", ")}. ` +
      `Restore the previous value: ${back}; or allow it by name: ${news.set} bay-wheels:allowReplacementOf ${name}`;
    return [{ property: "allowReplacementOf", reason }];
  });
}

export const handlers: Handlers<ReplacementGuardInputs, ReplacementGuardInputs> = {
  check: (olds, news) => Promise.resolve({ inputs: news, failures: refusals(olds, news) }),
  diff: (_id, olds, news) => Promise.resolve({ changes: !isDeepStrictEqual(own(olds), own(news)) }),
  create: (inputs) => Promise.resolve({ id: "guard", outs: inputs }),
  read: (id, state) => Promise.resolve({ id, props: state }),
  update: (_id, _olds, news) => Promise.resolve({ outs: news }),
  delete: () => Promise.resolve(),
};

function own({ holders, settings, allowReplacementOf, set }: ReplacementGuardInputs) {
  return { holders, settings, allowReplacementOf, set };
}
