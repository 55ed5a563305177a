import { readFileSync } from "node:fs";
import { podsFolder } from "../google/cluster";
import { isRunning } from "../server";
import type { Store } from "../store";
import type { ClusterObject, ClusterState, Pod } from "./answers";
import { deployments, pods, retry, setOf, type RunningDeployment, type RunningPod } from "./rollout";

/** Milliseconds from one attempt to the next, which a real cluster makes longer each time. */
const backOff = 3_000;

const attempts = (since: number) => Math.floor((Date.now() - since) / backOff);

/** What kubelet's probe of the server that stands for all pods says. */
async function isReady(store: Store): Promise<boolean> {
  const port = pods(store).find(({ fault }) => fault === undefined)?.ports[8081];
  const answer = port && (await fetch(`http://127.0.0.1:${port}/health/readiness`).catch(() => undefined));
  return answer ? answer.ok : false;
}

/** The status of a pod that doesn't start, by what stops it. */
function faulty(fault: string, created: number): Pick<Pod, "status" | "previousLog"> {
  const restartCount = attempts(created);
  const status = (state: object, more: object = {}) => ({
    phase: "Pending",
    containerStatuses: [{ name: "kestra", ready: false, restartCount: 0, state, ...more }],
  });
  if (fault.startsWith("Failed to pull image")) {
    const reason = restartCount % 2 === 0 ? "ErrImagePull" : "ImagePullBackOff";
    return { status: status({ waiting: { reason, message: "Back-off pulling image" } }) };
  }
  if (fault.startsWith("MountVolume")) return { status: status({ waiting: { reason: "ContainerCreating" } }) };
  if (restartCount === 0) return { status: status({ running: {} }) };
  const waiting = { reason: "CrashLoopBackOff", message: "back-off restarting failed container" };
  const lastState = { terminated: { exitCode: 1, reason: "Error" } };
  return { status: status({ waiting }, { restartCount, lastState }), previousLog: fault };
}

/** Why a pod doesn't start: its own fault, or the end of the server. */
function faultOf(store: Store, { fault }: RunningPod): string | undefined {
  if (fault !== undefined || isRunning(store.path(podsFolder))) return fault;
  return readFileSync(`${store.path(podsFolder)}/log`, "utf8");
}

/** The pods, as the API shows them. */
export async function podsOf(store: Store): Promise<Pod[]> {
  await retry(store);
  const ready = await isReady(store);
  return pods(store).map((pod) => {
    const { name, labels, ports, set, created } = pod;
    const fault = faultOf(store, pod);
    const state = fault === undefined ? { ready } : { ready: false, ...faulty(fault, created) };
    return { name, labels, ports, set, ...state };
  });
}

function event(object: string, reason: string, message: string, since: number): ClusterEvent {
  const lastTimestamp = new Date().toISOString();
  const metadata = { name: `${object}.${reason}` };
  return { metadata, involvedObject: { name: object }, reason, message, count: attempts(since), lastTimestamp };
}
type ClusterEvent = ClusterObject;

const revisionOf = (revision: number) => ({ "deployment.kubernetes.io/revision": String(revision) });

/** Deployments, ReplicaSets and events, as the API shows them. */
export async function objectsOf(store: Store): Promise<ClusterState["objects"]> {
  const living = await podsOf(store);
  const all = deployments(store);
  const inSet = (each: RunningDeployment) => living.filter(({ set }) => set === setOf(each));
  const events = pods(store).flatMap(({ name, fault = "", created }) => {
    if (fault.startsWith("MountVolume")) return [event(name, "FailedMount", fault, created)];
    return fault.startsWith("Failed to pull image") ? [event(name, "Failed", fault, created)] : [];
  });
  const refusals = all.flatMap((each) =>
    each.refusal === undefined
      ? []
      : [event(setOf(each), "FailedCreate", `Error creating: ${each.refusal}`, each.changed)],
  );
  return {
    deployments: all.map((each) => {
      const { name, labels, replicas, revision } = each;
      const own = living.filter(({ set = "" }) => set.startsWith(`${name}-`));
      const status = {
        observedGeneration: revision,
        replicas: own.length,
        updatedReplicas: inSet(each).length,
        availableReplicas: own.filter(({ ready }) => ready).length,
      };
      const metadata = { name, labels, generation: revision, annotations: revisionOf(revision) };
      return { metadata, spec: { replicas }, status };
    }),
    replicasets: all.map((each) => {
      const { name, labels, replicas, revision } = each;
      const ownerReferences = [{ kind: "Deployment", name }];
      const metadata = { name: setOf(each), labels, annotations: revisionOf(revision), ownerReferences };
      const own = inSet(each);
      const status = { replicas: own.length, availableReplicas: own.filter(({ ready }) => ready).length };
      return { metadata, spec: { replicas }, status };
    }),
    events: [...events, ...refusals],
  };
}
