import assert from "node:assert/strict";
import { accountType } from "../../fakes/google/access";
import { accessType } from "../../fakes/google/data";
import { errorLines } from "../support/errorLines";
import { DevStack } from "../support/devStack";

const account = "projects/test-project-1/serviceAccounts/bay-wheels-dev@test-project-1.iam.gserviceaccount.com";

/** Only what is on Google Cloud: Docker has nothing to lose here. */
const onGoogle = ["data", "data-*", "kestra"].flatMap((name) => ["--target", `**::${name}`]);

describe("bucket, dataset and account of a stack, after its state is lost", function () {
  this.timeout("6m");
  let dev: DevStack;

  before(async () => {
    dev = await DevStack.create();
  });
  after(() => dev.dispose());

  it("keep the names that the stack began with, whatever the default is", async () => {
    await dev.set("bucketName", "test-project-1-bay-wheels");
    await dev.set("dataset", "bay_wheels");
    await dev.up("--skip-preview", ...onGoogle);
    await dev.succeed("config", "rm", "bucketName");
    await dev.succeed("config", "rm", "dataset");
    const printed = await dev.fail("preview");
    assert.match(
      printed,
      /Restore the previous value: pulumi config set bay-wheels:bucketName test-project-1-bay-wheels;/,
    );
    assert.match(printed, /Restore the previous value: pulumi config set bay-wheels:dataset bay_wheels;/);
    await dev.set("allowReplacementOf", "test-project-1-bay-wheels,bay_wheels");
    await dev.up("--skip-preview", ...onGoogle);
    await dev.succeed("config", "rm", "allowReplacementOf");
  });

  /** The words of the command that the preview printed. */
  let adopt: string[];

  it("are refused at the preview, in one line: left alone if they're another person's, else taken over", async () => {
    await dev.succeed("stack", "rm", "--force", "--yes", "--preserve-config");
    await dev.succeed("stack", "init");
    dev.steps();
    const [line, ...others] = errorLines(
      await dev.fail("preview"),
      /: bucket 'test-project-1-bay-wheels-dev', dataset 'bay_wheels_dev', service account 'bay-wheels-dev'\. /,
    );
    assert.ok(line);
    assert.deepEqual(others, []);
    assert.match(
      line,
      /'\. If another person's stack 'dev' uses it, give yours another name: pulumi stack init <name>\. If it's yours, take/,
    );
    const [, command] = /take it over as docs\/operation\.md, "State lost", says: pulumi (.*)$/.exec(line) ?? [];
    assert.ok(command, line);
    adopt = command.split(" ");
    assert.deepEqual(dev.steps(), []);
  });

  it("can't be anything else", async () => {
    await dev.set("adopt", "trips");
    assert.match(
      await dev.fail("preview"),
      /Config 'bay-wheels:adopt' has 'trips', but this stack can only take over test-project-1-bay-wheels-dev, bay_wheels_dev, bay-wheels-dev\. Change it with: pulumi config set bay-wheels:adopt <names>/,
    );
  });

  it("are taken over and become what the program states, the account though a person made it", async () => {
    const { description, displayName } = dev.properties(accountType);
    const byHand = { ...dev.properties(accountType), displayName: "Trips", description: undefined };
    dev.store.keep(accountType, account, byHand);
    await dev.succeed(...adopt);
    revoke(await dev.fail("preview"));
    await dev.up();
    const steps = dev.steps().filter((step) => /data-(bucket|dataset|account)$/.test(step));
    assert.deepEqual(steps.sort(), [
      "update Account data-account",
      "update Bucket data-bucket",
      "update Dataset data-dataset",
    ]);
    const now = dev.properties(accountType);
    assert.deepEqual([now.displayName, now.description], [displayName, description]);
    assert.equal(dev.properties("bucket:Bucket").forceDestroy, true);
    assert.equal(dev.properties("dataset:Dataset").deleteContentsOnDestroy, true);
  });

  /** Does what the printed statement does. */
  function revoke(printed: string): void {
    const [, role, dataset, email] =
      /already grants access to .* bq query .* 'revoke `(.*)` on schema `(.*)` from "serviceAccount:(.*)"'/.exec(
        printed,
      ) ?? [];
    assert.deepEqual([role, dataset], ["roles/bigquery.dataEditor", "test-project-1.bay_wheels_dev"]);
    const [entry, ...others] = dev.store.all(accessType).filter(({ properties }) => properties.userByEmail === email);
    assert.deepEqual([entry?.properties.role, others], ["WRITER", []]);
    dev.store.forget(accessType, entry!.id);
  }

  it("are the stack's own from then on: the setting has no effect, nor has its removal", async () => {
    await dev.succeed("preview", "--expect-no-changes");
    await dev.succeed("config", "rm", "adopt");
    await dev.up("--expect-no-changes", "--refresh", "--skip-preview");
    assert.deepEqual(dev.steps(), []);
  });

  it("go with the stack", async () => {
    await dev.succeed("destroy", "--yes", "--skip-preview");
    assert.deepEqual([...dev.standing().keys()], []);
  });
});
