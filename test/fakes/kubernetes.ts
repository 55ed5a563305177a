import { parse } from "yaml";
import { at, type Named, type Type } from "./behaviour";
import { replaceProviderOn, requireCluster } from "./kubernetes/cluster";
import { requireChartValues } from "./kubernetes/chart";
import { apply, uninstall } from "./kubernetes/rollout";
import { secretType } from "./kubernetes/surroundings";
import { serve } from "./provider";

const namespaceType = "kubernetes:core/v1:Namespace";
const releaseType = "kubernetes:helm.sh/v3:Release";

const unreachable = "configured Kubernetes cluster is unreachable";

/** An exact version, which is the same one tomorrow, as the repository has it, in Helm's own words. */
async function requireChart({ inputs }: Named): Promise<void> {
  const { chart, version } = inputs as { chart: string; version?: string };
  const repository = String(at(inputs, "repositoryOpts.repo"));
  if (!/^\d+\.\d+\.\d+$/.test(String(version))) throw new Error(`chart ${chart}: version ${version} is not pinned`);
  const answer = await fetch(`${repository.replace(/\/$/, "")}/index.yaml`).catch(() => undefined);
  if (!answer?.ok) throw new Error(`looks like "${repository}" is not a valid chart repository or cannot be reached`);
  const { entries } = parse(await answer.text()) as { entries: Record<string, { version: string }[]> };
  if (!(entries[chart] ?? []).some((each) => each.version === version))
    throw new Error(`chart "${chart}" version "${version}" not found in ${repository} repository`);
  requireChartValues(inputs.values ?? {});
}

/** Refused unless the namespace is there. */
function requireNamespace({ store, name }: Named, namespace: unknown): void {
  if (store.get(namespaceType, String(namespace)) === undefined)
    throw new Error(`${name}: namespaces "${String(namespace)}" not found`);
}

/** An object of Kubernetes': asked for at the cluster, there at the earliest when its namespace is. */
function object({ created, deleted, ...more }: Partial<Type>): Type {
  const look = (subject: Named) => requireCluster(subject, unreachable);
  return {
    required: ["metadata"],
    replaceOn: ["metadata.name", "metadata.namespace"],
    autoName: "metadata.name",
    ownsName: true,
    ...more,
    async created(subject) {
      look(subject);
      await created?.(subject);
    },
    updated: look,
    looked: look,
    async deleted(subject) {
      look(subject);
      await deleted?.(subject);
    },
  };
}

/** The types of @pulumi/kubernetes that this program uses, with the vendor's rules that matter to the engine. */
const types: Record<string, Type> = {
  [namespaceType]: object({
    id: ({ inputs }) => String(at(inputs, "metadata.name")),
    async deleted(subject) {
      const { store, id } = subject;
      const within = store.all().filter((each) => each.type.startsWith("kubernetes:") && each.id.startsWith(`${id}/`));
      for (const each of within) store.forget(each.type, each.id);
      await uninstall(subject);
    },
  }),
  [secretType]: object({
    // https://www.pulumi.com/registry/packages/kubernetes/api-docs/provider/: unless enableSecretMutable is set
    replaceOn: ["metadata.name", "metadata.namespace", "type", "stringData", "data"],
    id: ({ inputs }) => `${String(at(inputs, "metadata.namespace"))}/${String(at(inputs, "metadata.name"))}`,
    created: (subject) => requireNamespace(subject, at(subject.inputs, "metadata.namespace")),
  }),
  [releaseType]: {
    required: ["chart"],
    replaceOn: ["name", "namespace"],
    autoName: "name",
    renewed: ["status"],
    id: ({ inputs }) => `${String(inputs.namespace)}/${String(inputs.name)}`,
    outputs({ inputs: { name, namespace, version } }, { status }) {
      const revision = Number(at(status, "revision") ?? 0) + 1;
      return { status: { status: "deployed", name, namespace, chart: "kestra", version, revision } };
    },
    async created(subject) {
      requireCluster(subject, "can't create Helm Release with unreachable cluster");
      await requireChart(subject);
      requireNamespace(subject, subject.inputs.namespace);
      await apply(subject);
    },
    async updated(subject) {
      requireCluster(subject, "can't update Helm Release with unreachable cluster");
      await requireChart(subject);
      await apply(subject);
    },
    looked: (subject) => requireCluster(subject, unreachable),
    async deleted(subject) {
      requireCluster(subject, "can't delete Helm Release with unreachable cluster. Reason");
      await uninstall(subject);
    },
  },
};

serve({ name: "kubernetes", version: "4.34.2", types, replaceProviderOn });
