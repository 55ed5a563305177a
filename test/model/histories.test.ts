import { KestraHost } from "../../local/lab/kestraHost";
import { checkHistories } from "./support/check";
import { FaultProxy } from "./support/faultProxy";
import { histories } from "./support/histories/generate";
import type { History } from "./support/histories/history";
import { known } from "./support/histories/known";
import { PulumiProject } from "./support/pulumiProject";
import { PulumiStack } from "./support/pulumiStack";
import { play } from "./support/replay";
import { Worlds } from "./support/world";

/** Number of random histories that `npm test` plays. */
const count = Number(process.env.MODEL_HISTORIES ?? 8);

describe("histories of programs", () => {
  let host: KestraHost;
  let proxy: FaultProxy;
  let project: PulumiProject;
  let number = 0;

  before(async () => {
    host = await KestraHost.start();
    proxy = await FaultProxy.start(host.url);
    project = await PulumiProject.create();
  });
  after(async () => {
    proxy.stop();
    project.dispose();
    await host.dispose();
  });

  const played = (history: History) => play(history, new PulumiStack(new Worlds(host, `e${++number}`), proxy, project));

  for (const [what, history] of Object.entries(known))
    it(what, function () {
      this.timeout("4m");
      return played(history);
    });

  it(`${count} random ones`, async function () {
    this.timeout(0);
    await checkHistories(histories(2), count, played);
  });
});
