import { spawnSync } from "node:child_process";
import { parse } from "yaml";
import { at, unknown, type Named } from "../behaviour";
import { clusterType } from "../google/access";
import type { Properties, Store } from "../store";

/** Note that a test leaves to make the cluster unreachable. */
export const unreachableNote = "cluster-is-unreachable";

interface Exec {
  apiVersion: string;
  command: string;
  args?: string[];
  env?: { name: string; value: string }[];
}

interface Kubeconfig {
  clusters: { name: string; cluster: { server: string } }[];
  users: { name: string; user: { exec?: Exec; token?: string } }[];
  contexts: { name: string; context: { cluster: string; user: string } }[];
  "current-context": string;
}

/** Server and user of a kubeconfig's current context. */
function current(kubeconfig: unknown) {
  const { clusters, users, contexts, ...own } = parse(String(kubeconfig)) as Kubeconfig;
  const { context } = contexts.find(({ name }) => name === own["current-context"])!;
  return {
    server: clusters.find(({ name }) => name === context.cluster)!.cluster.server,
    user: users.find(({ name }) => name === context.user)!.user,
  };
}

/**
 * The vendor's rule: another server, or one that a preview does not know, makes the provider and all that it made anew,
 * unless the cluster has an identifier that stays.
 */
export function replaceProviderOn(olds: Properties, news: Properties): string[] {
  if (news.clusterIdentifier !== undefined && news.clusterIdentifier === olds.clusterIdentifier) return [];
  if (news.kubeconfig === unknown) return ["kubeconfig"];
  return current(olds.kubeconfig).server === current(news.kubeconfig).server ? [] : ["kubeconfig"];
}

/** What kept a token from being had; each of a process is asked for once. */
const asked = new Map<string, string | undefined>();

/**
 * Runs the kubeconfig's credential plugin, as Kubernetes' clients do:
 * https://kubernetes.io/docs/reference/access-authn-authz/authentication/
 */
function credentialFault({ apiVersion, command, args = [], env = [] }: Exec): string | undefined {
  const info = { apiVersion, kind: "ExecCredential", spec: { interactive: false } };
  const own = Object.fromEntries(env.map(({ name, value }) => [name, value]));
  const { status, stdout, error } = spawnSync(command, args, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...own, KUBERNETES_EXEC_INFO: JSON.stringify(info) },
  });
  if (error) return `exec: "${command}": executable file not found in $PATH`;
  if (status !== 0) return `exec: executable ${command} failed with exit code ${status}`;
  const answer = parse(stdout) as { apiVersion?: string; kind?: string; status?: { token?: string } };
  if (answer.kind !== "ExecCredential" || answer.apiVersion !== apiVersion)
    return `exec plugin: ${command} printed no ExecCredential of ${apiVersion}`;
  return answer.status?.token === process.env.GOOGLE_OAUTH_ACCESS_TOKEN ? undefined : "Unauthorized";
}

/** Why the provider's cluster cannot be reached; undefined when it can. */
function fault(store: Store, kubeconfig: unknown): string | undefined {
  if (kubeconfig === undefined || kubeconfig === unknown) return "no configuration has been provided";
  const { server, user } = current(kubeconfig);
  const endpoint = "controlPlaneEndpointsConfig.dnsEndpointConfig.endpoint";
  const answers = store
    .all(clusterType)
    .some(({ properties }) => `https://${String(at(properties, endpoint))}` === server);
  if (!answers || store.note(unreachableNote) !== undefined)
    return `unable to load schema information from the API server: Get "${server}/openapi/v2?timeout=32s": dial tcp: i/o timeout`;
  if (user.exec === undefined) return "the kubeconfig names no credential plugin";
  const key = JSON.stringify(user.exec);
  if (!asked.has(key)) asked.set(key, credentialFault(user.exec));
  const reason = asked.get(key);
  return (
    reason &&
    `unable to load schema information from the API server: Get "${server}/openapi/v2": getting credentials: ${reason}`
  );
}

/** Refuses what needs a cluster that cannot be reached, in the vendor's words. */
export function requireCluster({ store, config }: Named, refusal: string): void {
  const reason = fault(store, config.kubeconfig);
  if (reason !== undefined) throw new Error(`${refusal}: ${reason}`);
}
