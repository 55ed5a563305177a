import { KestraHost } from "../../local/lab/kestraHost";
import { checkHistories } from "./support/check";
import { FaultProxy } from "./support/faultProxy";
import { histories } from "./support/histories/generate";
import type { History } from "./support/histories/history";
import { PulumiProject } from "./support/pulumiProject";
import { PulumiStack } from "./support/pulumiStack";
import { play } from "./support/replay";
import { Worlds } from "./support/world";

/** Random histories that are played; a script plays more of them. */
const count = Number(process.env.MODEL_ENGINE_HISTORIES ?? 20);

describe("histories of programs, by the real engine", () => {
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

  const played = (history: History) =>
    play(history, new PulumiStack(new Worlds(host, `e${++number}`), proxy, project), { isBrief: true });

  it(`${count} random ones`, async function () {
    this.timeout(0);
    await checkHistories("engine", histories(2), count, played);
  });
});
