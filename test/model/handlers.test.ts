import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KestraHost } from "../../local/lab/kestraHost";
import { checkHistories } from "./support/check";
import { FaultProxy } from "./support/faultProxy";
import { histories } from "./support/histories/generate";
import { HandlerStack } from "./support/handlerStack";
import type { History } from "./support/histories/history";
import { known } from "./support/histories/known";
import { play } from "./support/replay";
import { Worlds } from "./support/world";

/** Random histories that are played; a script plays more of them. */
const count = Number(process.env.MODEL_HANDLER_HISTORIES ?? 300);

describe("histories of programs, by the handlers in the engine's order", () => {
  let host: KestraHost;
  let proxy: FaultProxy;
  let folder: string;
  let number = 0;

  before(async () => {
    host = await KestraHost.start();
    proxy = await FaultProxy.start(host.url);
    folder = mkdtempSync(join(tmpdir(), "model-handlers-"));
  });
  after(async () => {
    proxy.stop();
    await host.dispose();
    rmSync(folder, { recursive: true });
  });

  const played = (history: History) =>
    play(history, new HandlerStack(new Worlds(host, `m${++number}`), proxy, join(folder, "files")));

  for (const [what, history] of Object.entries(known)) it(what, () => played(history));

  it(`${count} random ones`, async function () {
    this.timeout(0);
    await checkHistories("handlers", histories(5), count, played);
  });
});
