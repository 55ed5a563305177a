import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KestraHost } from "../../local/lab/kestraHost";
import { FaultProxy } from "./support/faultProxy";
import { statedBy } from "./support/oracle";
import type { Space } from "./support/histories/program";
import { PulumiProject } from "./support/pulumiProject";
import { PulumiStack } from "./support/pulumiStack";
import { comparable, realTraces, scenarios, simulatedTraces } from "./support/traces";
import { Worlds } from "./support/world";

describe("the simulated engine calls handlers as the real one does", () => {
  let host: KestraHost;
  let proxy: FaultProxy;
  let project: PulumiProject;
  let folder: string;
  let number = 0;

  before(async () => {
    host = await KestraHost.start();
    proxy = await FaultProxy.start(host.url);
    project = await PulumiProject.create();
    folder = mkdtempSync(join(tmpdir(), "model-traces-"));
  });
  after(async () => {
    proxy.stop();
    project.dispose();
    await host.dispose();
    rmSync(folder, { recursive: true });
  });

  for (const [what, runs] of Object.entries(scenarios))
    it(`${what}; all that is stated is there`, async function () {
      this.timeout("4m");
      number++;
      const stack = new PulumiStack(new Worlds(host, `r${number}`), proxy, project, true);
      const real = await realTraces(runs, stack);
      const simulated = await simulatedTraces(runs, new Worlds(host, `s${number}`), proxy.url, join(folder, "files"));
      assert.deepEqual(comparable(runs, simulated), comparable(runs, real));
      const namespace = (space: Space) => `r${number}-${space}`;
      const stated = new Map(runs.at(-1)!.resources.flatMap((spec) => [...statedBy(spec, namespace)]));
      assert.deepEqual((await new Worlds(host, `r${number}`).read(["red"])).things, stated);
    });
});
