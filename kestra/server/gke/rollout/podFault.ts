import type { ClusterEvent, ContainerStatus, Pod } from "./workload";

/** What stops an object of a roll-out. */
export interface Fault {
  /** Such as `pod kestra-worker-1`. */
  object: string;
  reason: string;
  /** The way to a complete roll-out, with the command to run. */
  remedy: string;
  /** True: former pods of the same Deployment still serve. */
  isServed?: boolean;
  /** How often it was tried in vain; undefined where nobody counts. */
  attempts?: number;
  /** Attempts, and seconds since it was first seen, after which it counts as lasting; Infinity: time may solve it. */
  enough: number;
  patience: number;
  /** Pod whose former container's log has the reason. */
  crashed?: string;
}

type PodFault = Omit<Fault, "object" | "isServed">;

/** End of a remedy whose first part isn't a command. */
export const again = ", then run 'pulumi up' again";

/** Seconds that a right on Google Cloud takes at most to reach a new node or pod. */
const propagation = 600;

/** Seconds that a database gets to start, to fail over, or to close connections. */
const recovery = 300;

/** Seconds that Autopilot gets to change its mind about a node that it can't add. */
const scaling = 300;

const restore = "Fix the cause, then run: pulumi up --refresh, which also restores what was deleted by hand";

/** Attempts after which a fault isn't chance. */
const enough = 3;

/** Why a pod isn't ready; undefined when it is, or only needs time. */
export function podFault({ metadata: { name }, status = {} }: Pod, events: ClusterEvent[]): Fault | undefined {
  const [container] = status.containerStatuses ?? [];
  const found =
    crashFault(name, container) ?? startFault(container, events) ?? scheduleFault(status.conditions ?? [], events);
  return found && { object: `pod ${name}`, ...found };
}

/** How often events with such a message came. */
export function countOf(events: ClusterEvent[], words: RegExp): number {
  const found = events.filter(({ message = "" }) => words.test(message));
  return found.reduce((sum, { count = 1 }) => sum + count, 0);
}

/** The container ended again and again. */
function crashFault(pod: string, container?: ContainerStatus): PodFault | undefined {
  if (!container || container.ready || container.restartCount === 0) return undefined;
  const { restartCount: attempts, state, lastState } = container;
  const { reason, exitCode } = state?.terminated ?? lastState?.terminated ?? {};
  const counted = { attempts, enough, patience: 0 };
  return reason === "OOMKilled"
    ? {
        reason: `ran out of memory ${attempts} times (OOMKilled)`,
        remedy: `Raise its memory in kestra/server/gke/parts.ts${again}`,
        ...counted,
      }
    : { reason: `ended ${attempts} times (exit code ${exitCode})`, remedy: "", ...counted, crashed: pod };
}

/** The container can't start: its image, its configuration, or its volumes. */
function startFault(container: ContainerStatus | undefined, events: ClusterEvent[]): PodFault | undefined {
  const { reason = "", message = "" } = container?.state?.waiting ?? {};
  if (/^(ErrImagePull|ImagePullBackOff|InvalidImageName)$/.test(reason)) return imageFault(reason, message, events);
  if (/^(CreateContainer(Config)?Error|RunContainerError)$/.test(reason))
    return { reason: `can't start (${reason}: ${message})`, remedy: restore, enough: 0, patience: 30 };
  const missing = /^MountVolume.*(not found|non-existent)/;
  const mount = events.findLast((each) => missing.test(each.message ?? ""))?.message;
  if (reason !== "ContainerCreating" || mount === undefined) return undefined;
  const attempts = countOf(events, missing);
  return { reason: `can't start (FailedMount: ${mount})`, remedy: restore, attempts, enough, patience: 0 };
}

function imageFault(kind: string, message: string, events: ClusterEvent[]): PodFault {
  const failed = /^Failed to pull image/;
  // while kubelet waits for the next attempt, only its event has the reason
  const text = events.findLast((each) => failed.test(each.message ?? ""))?.message ?? message;
  const fault = { reason: `can't pull its image (${kind}: ${text})`, attempts: countOf(events, failed), enough: 2 };
  if (isPermission(text))
    return {
      ...fault,
      remedy: "Restore the nodes' role roles/artifactregistry.reader on the repository: pulumi up --refresh",
      patience: propagation,
    };
  const isGone = /not found|manifest unknown|InvalidImageName/i.test(`${kind} ${text}`);
  const remedy = "Push it again: pulumi up --replace '**::kestra-image-push'";
  return { ...fault, remedy, patience: isGone ? 0 : Infinity };
}

/** Seconds that a server which crashes for a reason in its log gets: 0 for one that doesn't pass. */
export function crashPatience(reason: string): number {
  if (isPermission(reason)) return propagation;
  const passes =
    /connection refused|timed? ?out|UnknownHost|NoRouteToHost|too many clients|connection slots|system is (starting|shut)/i;
  return passes.test(reason) ? recovery : 0;
}

/** True for a reason that may be gone when all of Google Cloud knows of a right that was just given. */
function isPermission(reason: string): boolean {
  return /\b40[13]\b|denied|forbidden|unauthorized|does not have .* access/i.test(reason);
}

/**
 * No node has room. Autopilot adds one within minutes, unless its events say that it can't:
 * https://cloud.google.com/kubernetes-engine/docs/how-to/cluster-autoscaler-visibility
 */
function scheduleFault(
  conditions: { type: string; status: string; reason?: string; message?: string }[],
  events: ClusterEvent[],
): PodFault | undefined {
  const unscheduled = conditions.find(({ reason, status }) => reason === "Unschedulable" && status === "False");
  if (!unscheduled) return undefined;
  const decision = events.findLast(({ reason = "" }) =>
    /^(NotTriggerScaleUp|FailedScaleUp|TriggeredScaleUp)$/.test(reason),
  );
  const isStuck = decision !== undefined && decision.reason !== "TriggeredScaleUp";
  return {
    reason: `has no node (${isStuck ? decision.message : unscheduled.message})`,
    remedy:
      "Ask for a higher quota (https://console.cloud.google.com/iam-admin/quotas), or run fewer workers " +
      `(pulumi config set bay-wheels:workers 1)${again}`,
    enough: 0,
    patience: isStuck ? scaling : Infinity,
  };
}
