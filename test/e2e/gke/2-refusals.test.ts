import assert from "node:assert/strict";
import { networkType, subnetworkType } from "../../fakes/google/network";
import { GkeStack } from "../support/gkeStack";
import { errorLines } from "../support/errorLines";

const network = "projects/test-project-1/global/networks/theirs";
const subnetwork = "projects/test-project-1/regions/us-central1/subnetworks/theirs";

describe("what stack gke refuses, and what goes wrong: one line with the remedy, and the next up goes on", function () {
  this.timeout("4m");
  let gke: GkeStack;

  before(async () => {
    gke = await GkeStack.create();
  });
  after(() => gke.dispose());

  describe("at the preview", () => {
    it("a network without its subnetwork", async () => {
      await gke.set("network", network);
      const printed = await gke.fail("preview");
      await gke.succeed("config", "rm", "network");
      assert.equal(
        errorLines(printed, /Config 'bay-wheels:subnetwork' is missing: 'bay-wheels:network' is set/).length,
        1,
      );
    });

    it("a region without CPUs", async () => {
      const { cloud } = gke.google;
      gke.google.cloud = { ...cloud, quotas: { CPUS: { usage: 70, limit: 72 } } };
      const printed = await gke.fail("preview");
      gke.google.cloud = cloud;
      assert.equal(
        errorLines(printed, /Project 'test-project-1' has quota for 2 more CPUs in region 'us-central1', /).length,
        1,
      );
    });

    it("a chart that isn't published yet, with the nearest one that is", async () => {
      const { charts } = gke;
      gke.charts = ["1.3.16", "1.3.30", "1.4.0"];
      const printed = await gke.fail("preview");
      gke.charts = charts;
      assert.equal(errorLines(printed, /has no chart kestra 1\.3\.31\. The nearest version is 1\.3\.30: /).length, 1);
    });

    it("Docker that does not run", async () => {
      gke.docker("down");
      const printed = await gke.fail("preview");
      gke.docker("up");
      assert.match(printed, /error: Docker doesn't respond: .* Start Docker, or choose a running one with DOCKER_HOST/);
    });

    it("keys that the organisation forbids are nothing to it", async () => {
      const { cloud } = gke.google;
      gke.google.cloud = { ...cloud, enforced: ["iam.disableServiceAccountKeyCreation"] };
      await gke.succeed("preview");
      gke.google.cloud = cloud;
    });

    it("all that made nothing", () => assert.deepEqual(gke.steps(), []));
  });

  describe("at the up, in a network that is there already", () => {
    /**
     * Refusals by the order in which the up comes to them; those of a line come side by side, and the first stops the
     * others.
     */
    const halfWay: [string, Record<string, string>][] = [
      [
        "no room for a database, an API that Google forgot",
        {
          "kestra-database-instance":
            "googleapi: Error 429: Quota exceeded for quota metric 'Instances', rateLimitExceeded",
          "kestra-image-repository":
            "googleapi: Error 403: Artifact Registry API has not been used in project 1 before, accessNotConfigured",
        },
      ],
      [
        "no room for the cluster, a registry that hangs up",
        {
          "kestra-cluster-autopilot": "googleapi: Error 403: Insufficient regional quota to satisfy request",
          "kestra-image-push": "error during image push: connection reset by peer",
        },
      ],
      [
        "a binding that comes too early",
        {
          "kestra-identity":
            "googleapi: Error 400: Identity Pool does not exist (test-project-1.svc.id.goog)., badRequest",
        },
      ],
    ];

    before(async () => {
      const place = { project: "test-project-1", name: "theirs" };
      gke.store.keep(networkType, network, { ...place, autoCreateSubnetworks: false });
      const range = { network, region: "us-central1", ipCidrRange: "10.9.0.0/20", privateIpGoogleAccess: true };
      gke.store.keep(subnetworkType, subnetwork, { ...place, ...range });
      await gke.set("network", network);
      await gke.set("subnetwork", subnetwork);
    });

    it("Google's APIs, just enabled, are waited for", async () => {
      const { cloud } = gke.google;
      const disabled = { container: 1, sql: 1 };
      gke.google.cloud = { ...cloud, disabled };
      gke.refuse({ name: "data-dataset", message: "googleapi: Error 500: Backend Error, backendError" });
      const printed = await gke.fail("up", "--yes", "--skip-preview");
      gke.google.cloud = cloud;
      assert.deepEqual(disabled, { container: 0, sql: 0 });
      assert.match(printed, /Backend Error/);
    });

    for (const [what, faults] of halfWay) {
      it(`${what}: in the vendor's own words`, async () => {
        gke.refuse(...Object.entries(faults).map(([name, message]) => ({ name, message })));
        const printed = await gke.fail("up", "--yes", "--skip-preview");
        assert.ok(
          Object.values(faults).some((message) => printed.includes(message)),
          printed,
        );
        assert.ok(!printed.includes("kestra-release"), printed);
      });
    }

    it("a server that does not start: the pod, its log's own reason, and the command that shows more", async () => {
      gke.kestraFails("INFO starting\nFATAL: the schema is of a newer version\nINFO shut down");
      const printed = await gke.fail("up", "--yes", "--skip-preview");
      gke.kestraFails(undefined);
      assert.match(
        printed,
        /Kestra's roll-out failed: pod kestra-\S+ ended \d+ times \(exit code 1\): FATAL: the schema is of a newer version\. Fix that \(its log: gcloud .* && kubectl -n kestra logs --previous kestra-\S+\), then run 'pulumi up' again/,
      );
      assert.ok(!printed.includes("kestra-ready creat"), printed);
    });

    it("then everything exists once, and nothing is left to do", async () => {
      await gke.up("--skip-preview");
      await gke.succeed("preview", "--expect-no-changes");
      assert.deepEqual([gke.google.strangers, gke.api.strangers], [[], []]);
      const types = [...gke.standing().keys()].map((key) => key.split(" ")[0]!.split(":").at(-1)!);
      const count = (type: string) => types.filter((each) => each === type).length;
      assert.deepEqual(
        ["Service", "Bucket", "Cluster", "DatabaseInstance", "Repository", "Image", "Secret", "Release"].map(count),
        [13, 2, 1, 1, 1, 2, 1, 1],
      );
      // no network of its own
      assert.deepEqual(["Network", "Subnetwork", "Router", "RouterNat"].map(count), [1, 1, 0, 0]);
    });
  });

  describe("later", () => {
    it("an upgrade whose pods do not come leaves the old ones, and the next up goes on", async () => {
      const former = gke.pods();
      gke.kestraFails("java.lang.IllegalStateException: no");
      await gke.set("kestraPasswordRotation", "another");
      const printed = await gke.fail("up", "--yes", "--skip-preview");
      gke.kestraFails(undefined);
      assert.match(
        printed,
        /roll-out failed, and the former pods keep running: .* java\.lang\.IllegalStateException: no\./,
      );
      const names = former.map(({ name }) => name);
      assert.deepEqual(
        gke.pods().flatMap(({ name, fault }) => (fault === undefined ? [name] : [])),
        names,
      );
      // those that restart still find their configuration
      assert.equal([...gke.standing().keys()].filter((key) => key.includes(":Secret ")).length, 2);
      await gke.up("--skip-preview");
      assert.notDeepEqual(gke.pods(), former);
      await gke.succeed("preview", "--expect-no-changes");
    });

    it("a destroy that fails half-way is finished by the next one, and leaves their network and nothing else", async () => {
      gke.refuse({
        name: "kestra-cluster-autopilot",
        message: "googleapi: Error 400: Cluster is running incompatible operation",
      });
      assert.match(await gke.fail("destroy", "--yes", "--skip-preview"), /incompatible operation/);
      await gke.succeed("destroy", "--yes", "--skip-preview");
      assert.deepEqual(
        [...gke.standing().keys()].sort(),
        [`${networkType} ${network}`, `${subnetworkType} ${subnetwork}`].sort(),
      );
    });
  });
});
