import { again, countOf, podFault, type Fault } from "./podFault";
import type { ClusterEvent, Deployment, Workload } from "./workload";

const revision = "deployment.kubernetes.io/revision";

/** What is missing until a Deployment runs what it states, by the rules of `kubectl rollout status`. */
function missingOf({ metadata, spec, status = {} }: Deployment): string[] {
  const { replicas: wanted = 1 } = spec;
  const { observedGeneration = 0, replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = status;
  const { name, generation = 0 } = metadata;
  if (observedGeneration < generation) return [`${name}: not begun`];
  if (updatedReplicas < wanted) return [`${name}: ${updatedReplicas} of ${wanted} new pods created`];
  if (replicas > updatedReplicas) return [`${name}: ${replicas - updatedReplicas} old pods to stop`];
  return availableReplicas < updatedReplicas ? [`${name}: ${availableReplicas} of ${updatedReplicas} pods ready`] : [];
}

/** What is missing until a release runs what it states; undefined when nothing is. */
export function missing({ deployments }: Workload): string | undefined {
  if (deployments.length === 0) return "no Deployment yet";
  const all = deployments.flatMap(missingOf);
  return all.length > 0 ? all.join(", ") : undefined;
}

/** What stops the new pods of Deployments that haven't rolled out. */
export function faults({ deployments, replicaSets, pods, events }: Workload): Fault[] {
  const unfinished = deployments.filter((each) => missingOf(each).length > 0);
  const current = unfinished.flatMap(({ metadata: { name, annotations }, status: all }) =>
    replicaSets
      .filter(
        ({ metadata }) =>
          metadata.ownerReferences?.[0]?.name === name && metadata.annotations?.[revision] === annotations?.[revision],
      )
      .map((set) => ({ ...set, isServed: (all?.availableReplicas ?? 0) > (set.status?.availableReplicas ?? 0) })),
  );
  const of = (object: string) => events.filter(({ involvedObject }) => involvedObject.name === object);
  return current.flatMap(({ metadata: { name }, spec, status, isServed }) => {
    const own = pods.filter(
      ({ metadata }) => metadata.ownerReferences?.[0]?.name === name && metadata.deletionTimestamp === undefined,
    );
    const isShort = (status?.replicas ?? 0) < (spec.replicas ?? 0);
    const found = [
      ...(isShort ? creationFaults(name, of(name)) : []),
      ...own.flatMap((pod) => podFault(pod, of(pod.metadata.name)) ?? []),
    ];
    return found.map((fault) => ({ ...fault, isServed }));
  });
}

/** Seconds that a refusal of pods lasts: the first ten attempts all come within seconds. */
const settling = 60;

/** A webhook that doesn't answer may be about to start, a new namespace to get its account and to count its quota. */
const starting = /failed calling webhook|timed? ?out|status unknown for quota|error looking up service account/i;

/** The cluster refuses to create pods: Pod Security, an admission webhook, a quota. */
function creationFaults(set: string, events: ClusterEvent[]): Fault[] {
  const refusals = events.filter(({ reason }) => reason === "FailedCreate");
  const reason = refusals.at(-1)?.message;
  if (reason === undefined) return [];
  const remedy = /exceeded quota/.test(reason)
    ? "Raise the namespace's quota, or request less in kestra/server/gke/parts.ts"
    : "Change the pods in kestra/server/gke/chartValues.ts, or the policy that refuses them";
  const patience = starting.test(reason) ? Infinity : settling;
  const attempts = countOf(refusals, /./);
  return [
    {
      object: `ReplicaSet ${set}`,
      reason: `can't create pods (${reason})`,
      remedy: remedy + again,
      attempts,
      enough: 2,
      patience,
    },
  ];
}

/** What a server's log says of why it ended: the innermost cause, or else the last error, or the last line. */
export function reasonInLog(log: string): string {
  // eslint-disable-next-line no-control-regex -- colours
  const lines = log.split("\n").map((line) => line.replace(/\u001b\[[\d;]*m/g, "").trim());
  const last = (words: RegExp) => lines.findLast((line) => words.test(line));
  const line = last(/^Caused by: /) ?? last(/\b(ERROR|FATAL)\b|\w(Exception|Error)\b/) ?? last(/./) ?? "";
  return line.replace(/^Caused by: /, "").slice(0, 300);
}
