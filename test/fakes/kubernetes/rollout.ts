import { randomBytes } from "node:crypto";
import { createServer, type AddressInfo } from "node:net";
import type { Named } from "../behaviour";
import { failureNote } from "../container";
import { podsFolder } from "../google/cluster";
import { filledBuckets } from "../google/data";
import { usedInstances } from "../google/database";
import { isRunning, startServer, stopServer } from "../server";
import type { Store } from "../store";
import { admissionFaults } from "./admission";
import { partOf, partsOf, templateOf } from "./chart";
import { placeOf, surroundings, type Found, type Place } from "./surroundings";

/** Notes of the pods and the Deployments, as JSON. */
export const podsNote = "pods.json";
const deploymentsNote = "deployments.json";

/** A pod. */
export interface RunningPod {
  name: string;
  namespace: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  /** Ports of 127.0.0.1 by the container's. */
  ports: Record<number, number>;
  /** Its ReplicaSet. */
  set: string;
  /** Why it doesn't start, in the words of kubelet or of the server's log. */
  fault?: string;
  created: number;
}

/** A part's Deployment. */
export interface RunningDeployment {
  name: string;
  part: string;
  labels: Record<string, string>;
  replicas: number;
  revision: number;
  /** What its pods are made of. */
  template: string;
  /** Why the cluster admits no pods. */
  refusal?: string;
  changed: number;
}

const kept = <T>(store: Store, note: string) => JSON.parse(store.note(note) ?? "[]") as T[];
export const pods = (store: Store) => kept<RunningPod>(store, podsNote);
export const deployments = (store: Store) => kept<RunningDeployment>(store, deploymentsNote);
export const setOf = ({ name, revision }: RunningDeployment) => `${name}-${revision}`;

function keep(store: Store, all: RunningDeployment[], running: RunningPod[]): void {
  store.setNote(deploymentsNote, JSON.stringify(all));
  store.setNote(podsNote, JSON.stringify(running));
}

/** Ports on this machine that nobody listens on. */
async function freePorts(): Promise<[number, number]> {
  const open = () =>
    new Promise<{ port: number; close: () => void }>((answer) => {
      const server = createServer().listen(0, "127.0.0.1", () =>
        answer({ port: (server.address() as AddressInfo).port, close: () => server.close() }),
      );
    });
  const [api, management] = [await open(), await open()];
  for (const { close } of [api, management]) close();
  return [api.port, management.port];
}

/** What the first server that starts finds around it; refused with what it logs. */
function findSurroundings(place: Place): Found {
  const found = surroundings(place);
  const failure = place.store.note(failureNote);
  if (failure !== undefined) throw new Error(failure);
  return found;
}

/** One server takes the place of all parts. */
async function start(place: Place): Promise<Record<number, number>> {
  const { store } = place;
  const { configuration, instance, bucket } = findSurroundings(place);
  const folder = store.path(podsFolder);
  await stopServer(folder);
  const [api, management] = await freePorts();
  startServer(folder, configuration, {
    database: store.path("volumes", `instance-${instance}`),
    storage: store.path("volumes", `bucket-${bucket}`),
    ports: { api, management },
  });
  store.setNote(usedInstances, `${store.note(usedInstances) ?? ""}${instance}\n`);
  store.setNote(filledBuckets, `${store.note(filledBuckets) ?? ""}${bucket}\n`);
  return { 8080: api, 8081: management };
}

function podOf({ values, namespace }: Place, { name, part, labels, ...own }: RunningDeployment): RunningPod {
  const set = setOf({ name, part, labels, ...own });
  const annotations = partOf(values, part).podAnnotations ?? {};
  const random = randomBytes(5).toString("hex");
  return { name: `${set}-${random}`, namespace, labels, annotations, ports: {}, set, created: Date.now() };
}

/** As many pods of each Deployment as it states, of which those that are there stay. */
function scaled(place: Place, all: RunningDeployment[], running: RunningPod[]): RunningPod[] {
  return all.flatMap((each) => {
    const own = running.filter(({ set }) => set === setOf(each)).slice(0, each.replicas);
    const more = Array.from({ length: each.replicas - own.length }, () => ({
      ...podOf(place, each),
      ports: running[0]?.ports ?? {},
    }));
    return [...own, ...more];
  });
}

/**
 * What Helm does, without a wait: its merge sets each stated number of replicas, whatever the autoscaler made of it.
 * Then the cluster replaces the pods of Deployments whose template is another one: old pods go when new ones come.
 * This cluster goes on by itself, so that only a release without a wait of Helm's is like the real one.
 */
export async function apply(subject: Named): Promise<void> {
  const { skipAwait, atomic } = subject.inputs;
  if (skipAwait !== true || atomic === true)
    throw new Error("Helm waits, and hides why a pod doesn't start: set skipAwait, and not atomic");
  const place = placeOf(subject);
  const { store, values, release } = place;
  const former = deployments(store);
  const all = partsOf(values).map((part): RunningDeployment => {
    const before = former.find((each) => each.part === part);
    const template = templateOf(values, release, part);
    const isSame = before?.template === template;
    const labels = {
      "app.kubernetes.io/name": "kestra",
      "app.kubernetes.io/instance": release,
      "app.kubernetes.io/component": part,
    };
    const revision = (before?.revision ?? 0) + (isSame ? 0 : 1);
    const changed = isSame ? before.changed : Date.now();
    const replicas = partOf(values, part).replicas ?? 1;
    return { name: `${release}-${part}`, part, labels, replicas, revision, template, changed };
  });
  const running = pods(store).filter(({ fault }) => fault === undefined);
  const isSame = all.every((each) =>
    former.some(({ name, template }) => name === each.name && template === each.template),
  );
  const isFaulty = running.length < pods(store).length;
  if (isSame && !isFaulty && isRunning(store.path(podsFolder))) return keep(store, all, scaled(place, all, running));
  const refusal = admissionFaults(values, release).join("; ");
  if (refusal !== "")
    return keep(
      store,
      all.map((each) => ({ ...each, refusal })),
      running,
    );
  try {
    const ports = await start(place);
    keep(store, all, scaled(place, all, [{ ports } as RunningPod]));
  } catch (error) {
    const fault = (error as Error).message;
    keep(store, all, [...running, ...all.map((each) => ({ ...podOf(place, each), fault }))]);
  }
}

let retrying: Promise<void> | undefined;

/** What kubelet does: pods that didn't start do once their cause is gone, without another release. */
export function retry(store: Store): Promise<void> {
  return (retrying ??= restart(store).finally(() => (retrying = undefined)));
}

async function restart(store: Store): Promise<void> {
  const release = store.all("kubernetes:helm.sh/v3:Release")[0];
  if (release === undefined || pods(store).every(({ fault }) => fault === undefined)) return;
  const { id, properties: inputs } = release;
  const place = placeOf({ name: id, id, inputs, config: {}, store });
  try {
    findSurroundings(place);
  } catch {
    return;
  }
  const ports = await start(place);
  const all = deployments(store);
  keep(store, all, scaled(place, all, [{ ports } as RunningPod]));
}

/** What an autoscaler does. */
export function scale(store: Store, part: string, replicas: number): void {
  const all = deployments(store).map((each) => (each.part === part ? { ...each, replicas } : each));
  const [model] = pods(store);
  const place = { store, values: {}, release: "", namespace: model!.namespace };
  keep(store, all, scaled(place, all, pods(store)));
}

/** The pods go; what they stored elsewhere stays. */
export async function uninstall({ store }: Named): Promise<void> {
  await stopServer(store.path(podsFolder));
  store.setNote(podsNote, undefined);
  store.setNote(deploymentsNote, undefined);
}
