import assert from "node:assert/strict";
import { handlers, type RolloutInputs } from "../../../../kestra/server/gke/rollout/rollout";
import {
  handlers as workersHandlers,
  type RunningWorkersInputs,
} from "../../../../kestra/server/gke/rollout/runningWorkers";
import { refusal, type Pod } from "../../../fakes/kubernetes/answers";
import { ClusterLab } from "../../tunnel/clusterLab";

const labels = { "app.kubernetes.io/instance": "kestra" };
const annotations = { "deployment.kubernetes.io/revision": "2" };

const times = <T>(number: number, value: T): T[] => Array.from({ length: number }, () => value);

describe("in a cluster", () => {
  let lab: ClusterLab;
  let inputs: RolloutInputs;
  /** Pods of the new ReplicaSet, and how many are available, the former one included. */
  let pods: Pod[];
  let available: number;
  let events: [object: string, reason: string, message: string][];
  let started: number;

  const worker = (name: string, more: Partial<Pod> = {}): Pod => ({
    ...{ name, labels, ready: false, ports: {}, set: "kestra-worker-2", ...more },
  });

  beforeEach(async () => {
    lab = await ClusterLab.start(1);
    [pods, available, events, started] = [[worker("new-1")], 0, [], Date.now()];
    // each look finds one more attempt
    const count = () => Math.floor((Date.now() - started) / 1000);
    lab.api.pods = () => pods;
    lab.api.objects = () => ({
      deployments: [
        {
          metadata: { name: "kestra-worker", labels, annotations, generation: 2 },
          spec: { replicas: 1 },
          status: { observedGeneration: 2, replicas: 1, updatedReplicas: 1, availableReplicas: available },
        },
        // its pods serve, and those of the workers don't
        {
          metadata: { name: "kestra-webserver", labels, annotations, generation: 2 },
          spec: { replicas: 1 },
          status: { observedGeneration: 2, replicas: 1, updatedReplicas: 1, availableReplicas: 1 },
        },
        // another release's
        { metadata: { name: "other", labels: {}, generation: 9 }, spec: { replicas: 4 }, status: {} },
      ],
      replicasets: [
        {
          metadata: { name: "kestra-worker-2", labels, annotations, ownerReferences: [{ name: "kestra-worker" }] },
          spec: { replicas: 1 },
          status: { replicas: pods.length },
        },
      ],
      events: events.map(([name, reason, message]) => ({
        metadata: { name: `${name}.1` },
        ...{ involvedObject: { name }, reason, message, count: count() },
      })),
    });
    const target = { project: "p", location: "us-central1", cluster: "bay", namespace: "kestra", release: "kestra" };
    inputs = { target: { ...target, api: lab.api.endpoint }, revision: "r/1", timeout: 60 };
  });
  afterEach(() => lab.stop());

  const access = "gcloud container clusters get-credentials bay --dns-endpoint --project p --location us-central1";

  describe("a roll-out", () => {
    it("is over when the new pods are available; a control plane that is upgraded meanwhile is no fault", async () => {
      lab.api.refusals = times(4, refusal(503, "apiserver is shutting down"));
      setTimeout(() => (available = 1), 2_500);
      assert.deepEqual(await handlers.create(inputs), { id: "kestra/kestra", outs: inputs });
      assert.deepEqual(lab.api.strangers, []);
    });

    const crashed = (restartCount: number, cause: string) =>
      worker("new-1", {
        status: {
          containerStatuses: [
            {
              ...{ ready: false, restartCount, state: { waiting: { reason: "CrashLoopBackOff" } } },
              lastState: { terminated: { exitCode: 1, reason: "Error" } },
            },
          ],
        },
        previousLog: `INFO start\nio.kestra.Bad: no\nCaused by: ${cause}\n\tat x\n`,
      });

    it("that crashes fails with the pod, its log's own reason, and the command for the rest", async () => {
      pods = [crashed(1, "java.lang.IllegalStateException: no")];
      setTimeout(() => (pods = [crashed(3, "java.lang.IllegalStateException: no")]), 1_000);
      await assert.rejects(handlers.create(inputs), {
        message:
          "Kestra's roll-out failed: pod new-1 ended 3 times (exit code 1): java.lang.IllegalStateException: no. " +
          `Fix that (its log: ${access} && kubectl -n kestra logs --previous new-1), then run 'pulumi up' again`,
      });
    });

    it("whose servers don't find their database yet is waited for, however often they crash", async () => {
      pods = [crashed(1, "java.net.UnknownHostException: db")];
      setTimeout(() => (pods = [crashed(4, "java.net.UnknownHostException: db")]), 500);
      await assert.rejects(
        handlers.create({ ...inputs, timeout: 3 }),
        /wasn't rolled out within 3 s \(.*; pod new-1 ended 4 times \(exit code 1\): java\.net\.UnknownHostException: db\)/,
      );
    });

    it("whose credentials the cluster rejects says how to renew them, at once for a token that can't be", async () => {
      lab.api.tokens = ["another"];
      await assert.rejects(handlers.create(inputs), {
        message:
          `Google Cloud doesn't accept your credentials (status 401 from ${lab.api.endpoint} Unauthorized). ` +
          "Set GOOGLE_OAUTH_ACCESS_TOKEN to a token that hasn't expired, or unset it and run: " +
          "gcloud auth application-default login, then run the same command again",
      });
      // those of a look's four lists
      assert.ok(lab.api.requests.length <= 4);
    });

    it("without its image fails at the second attempt, and says that the former pods go on", async () => {
      const state = { waiting: { reason: "ErrImagePull", message: "" } };
      pods = [
        worker("new-1", { status: { containerStatuses: [{ ready: false, restartCount: 0, state }] } }),
        worker("old-1", { set: "kestra-worker-1" }),
      ];
      events = [["new-1", "Failed", 'Failed to pull image "i:1": i:1: not found']];
      available = 1;
      lab.api.objects = ((objects) => async () => {
        const found = await (objects as () => Promise<{ deployments: { status: { replicas: number } }[] }>)();
        found.deployments[0]!.status.replicas = 2;
        return found as never;
      })(lab.api.objects);
      await assert.rejects(
        handlers.update("kestra/kestra", inputs, inputs),
        /^Error: Kestra's roll-out failed, and the former pods keep running: pod new-1 can't pull its image \(ErrImagePull: Failed to pull image "i:1": i:1: not found\)\. Push it again: pulumi up --replace '\*\*::kestra-image-push'$/,
      );
    });

    it("that takes too long says what is missing, and how to look at it", async () => {
      await assert.rejects(handlers.create({ ...inputs, timeout: 1 }), {
        message:
          "Kestra wasn't rolled out within 1 s (kestra-worker: 0 of 1 pods ready). Look at its pods " +
          `(${access} && kubectl -n kestra describe pods), or raise the timeout ` +
          "(pulumi config set bay-wheels:kestraStartTimeout 1800), then run 'pulumi up' again",
      });
    });

    it("in a cluster that forbids to look fails at once", async () => {
      lab.api.refusals = times(4, refusal(403, 'pods is forbidden: User "me" cannot list resource "pods"'));
      await assert.rejects(handlers.create(inputs), {
        message:
          'Cluster bay answered 403 (pods is forbidden: User "me" cannot list resource "pods"). ' +
          "Ask for the role roles/container.developer in project p, then run 'pulumi up' again",
      });
    });

    it("is waited for again for another revision only, and never by a refresh or a destroy", async () => {
      const changes = async (change: Partial<RolloutInputs>) =>
        (await handlers.diff("id", inputs, { ...inputs, ...change })).changes;
      const moved = { target: { ...inputs.target, api: "elsewhere" } };
      assert.deepEqual(await Promise.all([{}, { timeout: 1 }, moved, { revision: "r/2" }].map(changes)), [
        false,
        false,
        false,
        true,
      ]);
      assert.deepEqual(await handlers.read("id", inputs), { id: "id", props: inputs });
      await handlers.delete("id", inputs);
      assert.deepEqual(lab.api.requests, []);
    });
  });

  describe("the number of workers that run", () => {
    const of = (running: number | undefined, change: Partial<RunningWorkersInputs> = {}) => {
      const deployments = running === undefined ? [] : [{ metadata: { name: "w" }, spec: { replicas: running } }];
      lab.api.objects = { deployments };
      const own = { target: inputs.target, deployment: "w", minimum: 1, maximum: 3, content: "a", ...change };
      return workersHandlers.create(own).then(({ outs }) => outs!.replicas);
    };

    it("is the Deployment's, within the limits, or else the minimum", async () => {
      assert.deepEqual([await of(2), await of(5), await of(0), await of(undefined)], [2, 3, 1, 1]);
      assert.equal(await of(5, { maximum: 7 }), 5);
    });

    it("is an error where the cluster can't say it", async () => {
      lab.api.refusals = [refusal(500, "etcd is gone")];
      await assert.rejects(of(2), {
        message: "Cluster bay answered 500 (etcd is gone). Wait until it has recovered, then run 'pulumi up' again",
      });
    });

    it("is read only when the release changes", async () => {
      const state = { target: inputs.target, deployment: "w", minimum: 1, maximum: 3, content: "a", replicas: 2 };
      assert.equal((await workersHandlers.diff("w", state, { ...state, maximum: 4 })).changes, false);
      assert.equal((await workersHandlers.diff("w", state, { ...state, content: "b" })).changes, true);
      assert.deepEqual(await workersHandlers.read("w", state), { id: "w", props: state });
      await workersHandlers.delete("w", state);
      assert.deepEqual(lab.api.requests, []);
    });
  });
});
