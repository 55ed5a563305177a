import assert from "node:assert/strict";
import { faults, missing, reasonInLog } from "../../../../kestra/server/gke/rollout/diagnosis";
import { crashPatience, type Fault } from "../../../../kestra/server/gke/rollout/podFault";
import { Watch } from "../../../../kestra/server/gke/rollout/rollout";
import type { ClusterEvent, Deployment, Pod, Workload } from "../../../../kestra/server/gke/rollout/workload";

const revision = (number: number) => ({ "deployment.kubernetes.io/revision": String(number) });

function deployment(status: Deployment["status"], replicas = 1): Deployment {
  return { metadata: { name: "kestra-worker", generation: 2, annotations: revision(2) }, spec: { replicas }, status };
}

const waiting = (reason: string, message = ""): Pod["status"] => ({
  containerStatuses: [{ ready: false, restartCount: 0, state: { waiting: { reason, message } } }],
});
const ended = (restartCount: number, reason: string): Pod["status"] => ({
  containerStatuses: [{ ready: false, restartCount, lastState: { terminated: { reason, exitCode: 137 } } }],
});
const unschedulable: Pod["status"] = {
  conditions: [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message: "Insufficient cpu" }],
};
const event = (reason: string, message: string, count = 1, object = "new-1"): ClusterEvent => ({
  ...{ involvedObject: { name: object }, reason, message, count },
});

/** A new ReplicaSet whose pod has a status, beside the former one with its own. */
function workload(status: Pod["status"], events: ClusterEvent[] = [], former?: Pod["status"]): Workload {
  const owned = (name: string, owner: string) => ({ name, ownerReferences: [{ name: owner }] });
  return {
    deployments: [deployment({ observedGeneration: 2, replicas: 2, updatedReplicas: 1, availableReplicas: 1 })],
    replicaSets: [1, 2].map((number) => ({
      metadata: { ...owned(["old", "new"][number - 1]!, "kestra-worker"), annotations: revision(number) },
      spec: { replicas: 1 },
      status: { replicas: status ? 1 : 0 },
    })),
    pods: [
      ...(status ? [{ metadata: owned("new-1", "new"), status }] : []),
      ...(former ? [{ metadata: owned("old-1", "old"), status: former }] : []),
    ],
    events,
  };
}

describe("a roll-out", () => {
  it("is over when each Deployment has begun, has all new pods, no old ones, and all are available", () => {
    const of = (status: Deployment["status"]) => missing({ ...workload({}), deployments: [deployment(status, 2)] });
    const all = { observedGeneration: 2, replicas: 2, updatedReplicas: 2, availableReplicas: 2 };
    assert.equal(of(undefined), "kestra-worker: not begun");
    assert.equal(of({ ...all, observedGeneration: 1 }), "kestra-worker: not begun");
    assert.equal(of({ ...all, updatedReplicas: 1 }), "kestra-worker: 1 of 2 new pods created");
    assert.equal(of({ ...all, replicas: 3 }), "kestra-worker: 1 old pods to stop");
    assert.equal(of({ ...all, availableReplicas: 1 }), "kestra-worker: 1 of 2 pods ready");
    assert.equal(of(all), undefined);
    assert.equal(missing({ ...workload({}), deployments: [] }), "no Deployment yet");
  });

  const failed = "Failed to pull image";
  const mount = 'MountVolume.SetUp failed for volume "c" : secret "kestra-configuration-1" not found';
  const security = 'pods "kestra-worker-" is forbidden: violates PodSecurity "restricted:latest"';
  const cases: [name: string, status: Pod["status"], events: ClusterEvent[], expected: Partial<Fault> | undefined][] = [
    [
      "an image that isn't there",
      waiting("ImagePullBackOff"),
      [event("Failed", `${failed} "i": i: not found`, 2)],
      {
        reason: `can't pull its image (ImagePullBackOff: ${failed} "i": i: not found)`,
        attempts: 2,
        enough: 2,
        patience: 0,
      },
    ],
    [
      "an image that the node may not pull yet",
      waiting("ErrImagePull"),
      [event("Failed", `${failed} "i": 403 Forbidden`)],
      { reason: `can't pull its image (ErrImagePull: ${failed} "i": 403 Forbidden)`, attempts: 1, patience: 600 },
    ],
    [
      "a registry that doesn't answer",
      waiting("ErrImagePull", "dial tcp: i/o timeout"),
      [],
      { reason: "can't pull its image (ErrImagePull: dial tcp: i/o timeout)", patience: Infinity },
    ],
    [
      "a missing Secret",
      waiting("ContainerCreating"),
      [event("FailedMount", mount, 3)],
      { reason: `can't start (FailedMount: ${mount})`, attempts: 3, enough: 3, patience: 0 },
    ],
    [
      "a volume that takes its time",
      waiting("ContainerCreating"),
      [event("FailedMount", "MountVolume.SetUp failed: timed out")],
      undefined,
    ],
    [
      "an old complaint about a mount",
      { containerStatuses: [{ ready: false, restartCount: 0, state: {} }] },
      [event("FailedMount", mount, 3)],
      undefined,
    ],
    [
      "a configuration that Kubernetes refuses",
      waiting("CreateContainerConfigError", "image will run as root"),
      [],
      { reason: "can't start (CreateContainerConfigError: image will run as root)", patience: 30 },
    ],
    [
      "a crash",
      ended(3, "Error"),
      [],
      { reason: "ended 3 times (exit code 137)", crashed: "new-1", attempts: 3, enough: 3, patience: 0 },
    ],
    ["too little memory", ended(3, "OOMKilled"), [], { reason: "ran out of memory 3 times (OOMKilled)" }],
    [
      "a node that comes",
      unschedulable,
      [event("NotTriggerScaleUp", "no"), event("TriggeredScaleUp", "pod triggered scale-up")],
      { reason: "has no node (Insufficient cpu)", patience: Infinity },
    ],
    [
      "a node that can't come",
      unschedulable,
      [event("TriggeredScaleUp", "yes"), event("FailedScaleUp", "GCE quota exceeded")],
      { reason: "has no node (GCE quota exceeded)", patience: 300 },
    ],
    [
      "pods that are refused",
      undefined,
      [event("FailedCreate", `Error creating: ${security}`, 9, "new")],
      {
        object: "ReplicaSet new",
        reason: `can't create pods (Error creating: ${security})`,
        attempts: 9,
        patience: 60,
      },
    ],
    [
      "a webhook that isn't up yet",
      undefined,
      [event("FailedCreate", "Error creating: failed calling webhook", 9, "new")],
      { object: "ReplicaSet new", patience: Infinity },
    ],
    ...["status unknown for quota: gke-resource-quotas", "error looking up service account kestra/kestra"].map(
      (reason): (typeof cases)[number] => [
        `a new namespace (${reason})`,
        undefined,
        [event("FailedCreate", `Error creating: pods "kestra-worker-" is forbidden: ${reason}`, 9, "new")],
        { object: "ReplicaSet new", patience: Infinity },
      ],
    ),
    [
      "a pod that is ready after crashes",
      { containerStatuses: [{ ready: true, restartCount: 3, lastState: { terminated: { exitCode: 1 } } }] },
      [],
      undefined,
    ],
    ["a pod that starts", { containerStatuses: [{ ready: false, restartCount: 0, state: {} }] }, [], undefined],
  ];
  for (const [name, status, events, expected] of cases) {
    it(`is stopped by ${name}, or not`, () => {
      const found = faults(workload(status, events));
      assert.equal(found.length, expected ? 1 : 0);
      if (expected) assert.deepEqual({ ...found[0], ...expected }, found[0]);
    });
  }

  it("looks at the new pods only, and at none of a Deployment that is done", () => {
    assert.deepEqual(faults(workload({}, [], ended(9, "Error"))), []);
    const done = deployment({ observedGeneration: 2, replicas: 1, updatedReplicas: 1, availableReplicas: 1 });
    assert.deepEqual(faults({ ...workload(ended(9, "Error")), deployments: [done] }), []);
  });

  describe("is given up", () => {
    const fault: Fault = { object: "pod p", reason: "r", remedy: "", attempts: 0, enough: 3, patience: 0 };
    const after = (watch: Watch, attempts: number | undefined, now: number, patience = 0) =>
      watch.lasting([{ ...fault, attempts, patience }], now) !== undefined;

    it("after enough attempts", () => {
      const watch = new Watch();
      assert.equal(watch.lasting([], 0), undefined);
      assert.deepEqual(
        [1, 2, 3].map((attempts) => after(watch, attempts, attempts)),
        [false, false, true],
      );
    });
    it("not for the attempts of an earlier up, whose cause may be solved, but after one more", () => {
      const watch = new Watch();
      assert.deepEqual(
        [5, 5, 6].map((attempts, i) => after(watch, attempts, i)),
        [false, false, true],
      );
    });
    it("after a time for which it lasted without a break", () => {
      const watch = new Watch();
      assert.deepEqual(
        [0, 29_999].map((now) => after(watch, undefined, now, 30)),
        [false, false],
      );
      watch.lasting([], 29_999);
      assert.deepEqual(
        [30_000, 59_999, 60_000].map((now) => after(watch, undefined, now, 30)),
        [false, false, true],
      );
    });
    it("never for what time may solve", () => assert.equal(after(new Watch(), undefined, 1e9, Infinity), false));
  });

  it("is given time by a crash that may pass: for a right to spread, for a database to answer", () => {
    const reasons = [
      "403 Forbidden",
      "java.net.UnknownHostException: db",
      "java.net.ConnectException: Connection refused",
      "java.net.SocketTimeoutException: Connect timed out",
      "FATAL: sorry, too many clients already",
      "FATAL: the database system is starting up",
      'FATAL: password authentication failed for user "kestra"',
    ];
    assert.deepEqual(reasons.map(crashPatience), [600, 300, 300, 300, 300, 300, 0]);
  });

  it("leaves former pods to serve only where the faulty Deployment has some", () => {
    const served = (available: number, ofNew: number) => {
      const found = workload(ended(3, "Error"));
      found.deployments[0]!.status!.availableReplicas = available;
      found.replicaSets[1]!.status!.availableReplicas = ofNew;
      // another one's pods
      const other = deployment({ observedGeneration: 2, replicas: 1, updatedReplicas: 1, availableReplicas: 1 });
      found.deployments.push({ ...other, metadata: { ...other.metadata, name: "kestra-webserver" } });
      return faults(found).map(({ isServed }) => isServed);
    };
    assert.deepEqual([served(1, 0), served(1, 1), served(0, 0)], [[true], [false], [false]]);
  });

  it("finds in a log the innermost cause, or else the last error, or the last line", () => {
    const lines = ["INFO one", "\u001b[31mERROR\u001b[m two", "java.lang.RuntimeException: three", "\tat four"];
    assert.equal(reasonInLog(lines.join("\n")), "java.lang.RuntimeException: three");
    assert.equal(
      reasonInLog([...lines, "Caused by: A: five", "Caused by: B: six", "\tat seven", ""].join("\n")),
      "B: six",
    );
    assert.equal(reasonInLog(lines.slice(0, 2).join("\n")), "ERROR two");
    assert.equal(reasonInLog("Killed\n\n"), "Killed");
    assert.equal(reasonInLog(""), "");
  });
});
