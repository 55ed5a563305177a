import { randomBytes } from "node:crypto";
import { createServer, type AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Unready, type Named } from "../behaviour";
import { failureNote } from "../container";
import { podsFolder } from "../google/cluster";
import { filledBuckets } from "../google/data";
import { usedInstances } from "../google/database";
import { isRunning, startServer, stopServer } from "../server";
import type { Store } from "../store";
import { admissionFaults } from "./admission";
import { partOf, partsOf, templateOf } from "./chart";
import { placeOf, surroundings, type Place } from "./surroundings";

/** Note of the pods that run, as JSON. */
export const podsNote = "pods.json";

/** A pod, as the fake Kubernetes API shows it. */
export interface RunningPod {
  name: string;
  namespace: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  ready: boolean;
  /** Ports of 127.0.0.1 by the container's. */
  ports: Record<number, number>;
  /** What its Deployment made it of. */
  template: string;
}

/** Milliseconds that the server gets to become ready. */
const patience = 90_000;

export const pods = (store: Store): RunningPod[] => JSON.parse(store.note(podsNote) ?? "[]") as RunningPod[];

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

async function becomesReady(folder: string, management: number): Promise<boolean> {
  for (const until = Date.now() + patience; Date.now() < until && isRunning(folder); await sleep(200)) {
    const answer = await fetch(`http://127.0.0.1:${management}/health/readiness`).catch(() => undefined);
    if (answer?.ok) return true;
  }
  return false;
}

/** One server takes the place of all parts; each has a pod that leads to it. */
async function start(place: Place): Promise<void> {
  const { store, values, release, namespace } = place;
  const { configuration, instance, bucket } = surroundings(place);
  const failure = store.note(failureNote);
  if (failure !== undefined) throw new Error(failure);
  const folder = store.path(podsFolder);
  await stopServer(folder);
  const [api, management] = await freePorts();
  startServer(folder, configuration, {
    database: store.path("volumes", `instance-${instance}`),
    storage: store.path("volumes", `bucket-${bucket}`),
    ports: { api, management },
  });
  if (!(await becomesReady(folder, management))) throw new Error("the server did not become ready");
  store.setNote(usedInstances, `${store.note(usedInstances) ?? ""}${instance}\n`);
  store.setNote(filledBuckets, `${store.note(filledBuckets) ?? ""}${bucket}\n`);
  const running = partsOf(values).map((part): RunningPod => {
    const labels = {
      "app.kubernetes.io/name": "kestra",
      "app.kubernetes.io/instance": release,
      "app.kubernetes.io/component": part,
    };
    const annotations = partOf(values, part).podAnnotations ?? {};
    const name = `${release}-${part}-${randomBytes(5).toString("hex")}`;
    const ports = { 8080: api, 8081: management };
    return { name, namespace, labels, annotations, ready: true, ports, template: templateOf(values, release, part) };
  });
  store.setNote(podsNote, JSON.stringify(running));
}

/** Restarts what a rollout restarts: Deployments whose pods are made of something else than before. */
async function roll(place: Place): Promise<void> {
  const { store, values, release } = place;
  const faults = admissionFaults(values, release);
  if (faults.length > 0) throw new Error(faults.join("; "));
  const running = pods(store).map(({ template }) => template);
  const wanted = partsOf(values).map((part) => templateOf(values, release, part));
  const isSame = JSON.stringify(running) === JSON.stringify(wanted) && isRunning(store.path(podsFolder));
  if (!isSame) await start(place);
}

/** The first install: one that fails is taken back where the release says so, or else stays, failed. */
export async function install(subject: Named): Promise<void> {
  const { id, inputs } = subject;
  try {
    await roll(placeOf(subject));
  } catch (error) {
    const reason = `context deadline exceeded (${(error as Error).message})`;
    if (inputs.atomic === true) {
      await uninstall(subject);
      throw new Error(
        `release ${String(inputs.name)} failed, and has been uninstalled due to atomic being set: ${reason}`,
      );
    }
    throw new Unready(
      `Helm release "${id}" was created, but failed to initialize completely. Use Helm CLI to investigate: failed to become available within allocated timeout. Error: Helm Release ${id}: ${reason}`,
    );
  }
}

/** An upgrade: one that fails leaves the pods of before. */
export async function upgrade(subject: Named): Promise<void> {
  try {
    await roll(placeOf(subject));
  } catch (error) {
    throw new Unready(
      `Helm release "${subject.id}" failed to initialize completely. Use Helm CLI to investigate: error running update: context deadline exceeded (${(error as Error).message})`,
    );
  }
}

/** The pods go; what they stored elsewhere stays. */
export async function uninstall({ store }: Named): Promise<void> {
  await stopServer(store.path(podsFolder));
  store.setNote(podsNote, undefined);
}
