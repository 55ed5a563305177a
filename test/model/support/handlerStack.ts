import { createRequire } from "node:module";
import { handlers as flow } from "../../../kestra/resources/flow";
import type { Handlers } from "../../../dynamic/handlers";
import { handlers as entry } from "../../../kestra/resources/kvEntry";
import { withRetries } from "../../../dynamic/load";
import { handlers as files } from "../../../kestra/resources/namespaceFiles";
import { password, username } from "../../../local/lab/kestraHost";
import { identitiesIn, SimulatedEngine, type Method, type Properties } from "./engine";
import type { FaultProxy } from "./faultProxy";
import { goalsOf, writeFolders } from "./goals";
import type { Up } from "./histories/history";
import type { Outcome } from "./oracle";
import type { Program } from "./histories/program";
import { coveredBy, type Stack, type StateRecord } from "./replay";
import { forgetStated } from "../../../kestra/resources/ownership";
import type { Worlds } from "./world";

type AnyHandlers = Handlers<Properties, Properties>;

/** The handlers as a provider process calls them. */
export const allHandlers: Record<string, AnyHandlers> = {
  flow: withRetries(flow) as unknown as AnyHandlers,
  entry: withRetries(entry) as unknown as AnyHandlers,
  files: withRetries(files) as unknown as AnyHandlers,
};

const timers = createRequire(__filename)("node:timers/promises") as typeof import("node:timers/promises");

/** Does work in which no wait is longer than a moment: handlers wait for seconds before they try again. */
async function inNoTime<T>(work: () => Promise<T>): Promise<T> {
  const { setTimeout: original } = timers;
  timers.setTimeout = (ms, value, options) => original(Math.min(ms ?? 0, 2), value, options);
  try {
    return await work();
  } finally {
    timers.setTimeout = original;
  }
}

/** A stack whose engine is the simulated one, in this process. */
export class HandlerStack implements Stack {
  readonly engine = new SimulatedEngine(allHandlers);

  constructor(
    readonly worlds: Worlds,
    private readonly proxy: FaultProxy,
    private readonly root: string,
    private readonly onCall?: (method: Method, urn: string) => void,
  ) {}

  async up(program: Program, how: Up, targets: Set<string> | undefined): Promise<Outcome> {
    const { abort, faults, schedule = "serial", refresh = false } = how;
    const before = coveredBy(this.records());
    writeFolders(this.root, program);
    const connection = { kind: "address" as const, url: this.proxy.url, username, password };
    const goals = goalsOf(program, (space) => this.worlds.namespace(space), this.root, connection);
    this.proxy.arm(faults, abort && "atRequest" in abort ? abort.atRequest : undefined);
    forgetStated();
    const killAfter = abort && "afterCalls" in abort ? abort.afterCalls : undefined;
    const options = { schedule, refresh, targets, killAfter, onCall: this.onCall };
    const message = await inNoTime(() => this.engine.up(goals, options)).then(
      () => "",
      (error: Error) => error.message,
    );
    const broken = this.engine.broken.flatMap(({ kind, olds, inputs }) =>
      [olds?.outs, inputs].flatMap((each) => (each ? identitiesIn(kind, each) : [])),
    );
    return {
      succeeded: message === "",
      message,
      isPartial: targets !== undefined,
      isRefreshed: refresh,
      covered: { before, after: coveredBy(this.records()) },
      broken: new Set(broken),
    };
  }

  writes(): string[] {
    return this.proxy.writes;
  }

  records(): StateRecord[] {
    return this.engine.state.map(({ urn, kind, outs }) => ({ urn, things: identitiesIn(kind, outs) }));
  }
}
