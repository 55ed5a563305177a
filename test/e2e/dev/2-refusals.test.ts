import assert from "node:assert/strict";
import { createServer } from "node:net";
import { noResourceManager } from "../../fakes/google/access";
import { DevStack } from "../support/devStack";
import { errorLines } from "../support/errorLines";

/** What Kestra logs when Postgres refuses its password. */
const refusedPassword = 'ERROR main HikariPool-1 - Exception: FATAL: password authentication failed for user "kestra"';

describe("what stack dev refuses, and what goes wrong: one line with the remedy, and the next up goes on", function () {
  this.timeout("4m");
  let dev: DevStack;

  before(async () => {
    dev = await DevStack.create();
  });
  after(() => dev.dispose());

  describe("at the preview", () => {
    it("no project", async () => {
      await dev.succeed("config", "rm", "gcp:project");
      const printed = await dev.fail("preview");
      assert.match(
        printed,
        /error: Config 'gcp:project' is missing: name the Google Cloud project to build in\. Set it with: pulumi config set gcp:project <project id>/,
      );
      await dev.set("gcp:project", "test-project-1");
    });

    it("a secret that breaks Kestra's rule, without telling it", async () => {
      await dev.set("kestraPassword", "short", "--secret");
      const printed = await dev.fail("preview");
      assert.match(printed, /Config 'bay-wheels:kestraPassword' is invalid: 8 to 256 characters/);
      assert.doesNotMatch(printed, /short/);
      await dev.succeed("config", "rm", "kestraPassword");
    });

    it("a project without billing: once, whoever else is refused for it", async () => {
      const { cloud } = dev.google;
      dev.google.cloud = { ...cloud, billing: false };
      const printed = await dev.fail("preview");
      dev.google.cloud = cloud;
      assert.equal(
        errorLines(printed, /Project 'test-project-1' has no active billing account\. Link one: https:/).length,
        1,
      );
    });

    it("a new project as a service account of its own, which can't enable the first API", async () => {
      const { cloud } = dev.google;
      dev.google.cloud = { ...cloud, serviceAccount: true, disabled: { projects: 99 } };
      const printed = await dev.fail("preview");
      dev.google.cloud = cloud;
      assert.match(
        printed,
        /Your service account's project '123456789' hasn't enabled .* gcloud services enable iamcredentials\.googleapis\.com cloudresourcemanager\.googleapis\.com serviceusage\.googleapis\.com --project 123456789/,
      );
    });

    it("Docker that does not run", async () => {
      dev.docker("down");
      const printed = await dev.fail("preview");
      dev.docker("up");
      assert.match(
        printed,
        /error: Docker doesn't respond: Cannot connect to the Docker daemon at .* Start Docker, or choose a running one with DOCKER_HOST/,
      );
    });

    it("Docker whose image store loses a build's files", async () => {
      const driverStatus = [["driver-type", "io.containerd.snapshotter.v1"]];
      dev.store.setNote("docker-info", JSON.stringify({ ServerVersion: "26.1.5+dfsg1", DriverStatus: driverStatus }));
      const printed = await dev.fail("preview");
      dev.store.setNote("docker-info", undefined);
      assert.match(
        printed,
        /error: Docker 26\.1\.5\+dfsg1 with the containerd image store can't build Kestra's image: .* Upgrade Docker to 27\.5 or newer/,
      );
    });

    it("a port that is taken", async () => {
      const port = dev.workspace.firstPort;
      const other = createServer().listen(port, "127.0.0.1");
      const printed = await dev.fail("preview");
      await new Promise((closed) => other.close(closed));
      assert.match(
        printed,
        new RegExp(
          `Port ${port} is taken by another program\\. Stop that program, or choose another port: pulumi config set bay-wheels:kestraPort`,
        ),
      );
    });

    it("all that made nothing", () => assert.deepEqual(dev.steps(), []));
  });

  describe("at the up", () => {
    it("an API that a service account can't enable, which the preview would have said", async () => {
      dev.store.setNote(noResourceManager, "");
      const printed = await dev.fail("up", "--yes", "--skip-preview");
      dev.store.setNote(noResourceManager, undefined);
      assert.match(printed, /Error 403: Cloud Resource Manager API has not been used in project/);
      dev.steps();
    });

    it("faults that Google reports only once its APIs are enabled: before anything depends on them", async () => {
      const { cloud } = dev.google;
      dev.google.cloud = { ...cloud, billing: false, disabled: { billing: 1, storage: 2 } };
      const printed = await dev.fail("up", "--yes", "--skip-preview");
      dev.google.cloud = cloud;
      assert.match(printed, /Not checked yet: billing/);
      assert.match(printed, /Project 'test-project-1' has no active billing account\. Link one/);
      assert.deepEqual(
        dev.steps().filter((step) => / data-(?!api-)/.test(step)),
        [],
      );
    });

    it("a refusal half-way, in Google's own words", async () => {
      const message = "googleapi: Error 500: Backend Error, backendError";
      dev.refuse({ name: "data-dataset", message });
      assert.ok((await dev.fail("up", "--yes", "--skip-preview")).includes(message));
    });

    it("an old volume with another password: reported within the timeout, with the last answer", async () => {
      await dev.set("kestraStartTimeout", "18");
      await dev.set("kestraPasswordRotation", "another");
      dev.kestraFails(`${refusedPassword}\n`);
      const printed = await dev.fail("up", "--yes", "--skip-preview");
      dev.kestraFails(undefined);
      const [line] = errorLines(
        printed,
        /Kestra at http:\S+ was not ready within 18 s\. The volume of Postgres and the stack have different passwords\./,
      );
      assert.ok(line, printed);
      assert.match(
        line,
        /docker exec bay-wheels-dev-postgres sh -c .* then run 'pulumi up' again\. Last seen: connect ECONNREFUSED/,
      );
      assert.match(printed, /FATAL: password authentication failed/);
      assert.match(printed, /Waiting for Kestra at http:\S+ to start \(1\d of at most 18 s\): connection refused\n/);
      await dev.succeed("config", "rm", "kestraStartTimeout");
      dev.restartKestra();
      // what holds the port is the stack's own container, which the change would replace
      await dev.set("kestraPasswordRotation", "a third");
      await dev.succeed("preview");
    });

    it("then everything exists once, and nothing is left to do", async () => {
      await dev.up("--skip-preview");
      await dev.succeed("preview", "--expect-no-changes");
      assert.deepEqual(dev.google.strangers, []);
      const types = [...dev.standing().keys()].map((key) => key.split(" ")[0]!.split(":").at(-1)!);
      const count = (type: string) => types.filter((each) => each === type).length;
      assert.deepEqual(
        ["Service", "Bucket", "Dataset", "Account", "Key", "Network", "Volume", "Container"].map(count),
        [7, 1, 1, 1, 1, 1, 2, 2],
      );
    });

    it("a refresh while Kestra is stopped: reported once, not for each flow and entry", async () => {
      dev.killKestra();
      // each error stands once more below that line
      const [, diagnostics] = (await dev.fail("preview", "--refresh")).split("Diagnostics:");
      const fault = /error: Preview failed: Kestra at \S+ cannot be reached: connect ECONNREFUSED/g;
      assert.equal(diagnostics?.match(fault)?.length, 1);
      dev.restartKestra();
    });
  });

  describe("data", () => {
    it("that would be replaced: refused at the preview, bucket and dataset each by name", async () => {
      dev.steps();
      await dev.set("dataLocation", "EU");
      const printed = await dev.fail("preview");
      assert.match(
        printed,
        /Bucket 'test-project-1-bay-wheels-dev' would be replaced, which deletes all its data: bay-wheels:dataLocation would change from 'US' to 'EU'\. Restore the previous value: pulumi config set bay-wheels:dataLocation US; or allow it by name: pulumi config set bay-wheels:allowReplacementOf test-project-1-bay-wheels-dev/,
      );
      assert.match(printed, /Dataset 'bay_wheels_dev' would be replaced/);
      const unseen = await dev.fail("up", "--yes", "--skip-preview");
      assert.match(unseen, /would be replaced/);
      assert.deepEqual(
        dev.steps().filter((step) => /data-(bucket|dataset)$/.test(step)),
        [],
      );
      await dev.set("dataLocation", "US");
    });

    it("that is allowed to be replaced by name is: the old one goes first, its name is needed", async () => {
      await dev.set("dataLocation", "EU");
      await dev.set("allowReplacementOf", "test-project-1-bay-wheels-dev,bay_wheels_dev");
      await dev.up("--skip-preview");
      const steps = dev.steps();
      for (const name of ["Bucket data-bucket", "Dataset data-dataset"])
        assert.ok(steps.indexOf(`delete ${name}`) < steps.indexOf(`create ${name}`), steps.join("\n"));
      assert.equal(dev.properties("bucket:Bucket").location, "EU");
      assert.equal(dev.properties("dataset:Dataset").location, "EU");
    });

    it("that is protected outlives a destroy, until it is protected no more", async () => {
      await dev.set("protectData", "true");
      await dev.up("--skip-preview");
      assert.deepEqual(
        [dev.properties("bucket:Bucket").forceDestroy, dev.properties("dataset:Dataset").deleteContentsOnDestroy],
        [false, false],
      );
      const before = [...dev.standing().keys()].sort();
      assert.match(await dev.fail("destroy", "--yes"), /protect/);
      assert.deepEqual([...dev.standing().keys()].sort(), before);
      await dev.set("protectData", "false");
      await dev.up("--skip-preview");
      await dev.succeed("destroy", "--yes", "--skip-preview");
      assert.deepEqual([...dev.standing().keys()], []);
    });
  });
});
