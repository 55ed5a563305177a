import type { Handlers } from "../../../dynamic/handlers";
import { identitiesIn, type Method, type Properties } from "./engine";
import type { Identity } from "./histories/program";

/** A call of a handler. */
export interface Call {
  method: Method;
  kind: string;
  /** The things that it is about; of an update the old ones as well. */
  things: Identity[];
  /** What a check gets of the state, which the engine leaves out for a replacement. */
  hasOlds?: boolean;
}

type AnyHandlers = Handlers<Properties, Properties>;

/** What is done around a call, as `call()`. */
export type Around = <T>(call: Call, work: () => Promise<T>) => Promise<T>;

/** Handlers whose calls are noted. */
export function recorded(kind: string, handlers: AnyHandlers, around: Around): AnyHandlers {
  const about = (...all: Properties[]) => [...new Set(all.flatMap((each) => thingsIn(kind, each)))].sort();
  return {
    check: (olds, news) =>
      // a check is what finds out which flow a source is
      around({ method: "check", kind, things: about(news), hasOlds: Object.keys(olds).length > 0 }, () =>
        handlers.check(olds, news),
      ),
    diff: (id, olds, news) =>
      around({ method: "diff", kind, things: about(olds, news) }, () => handlers.diff(id, olds, news)),
    create: (inputs) => around({ method: "create", kind, things: about(inputs) }, () => handlers.create(inputs)),
    read: (id, state) => around({ method: "read", kind, things: about(state) }, () => handlers.read(id, state)),
    update: (id, olds, news) =>
      around({ method: "update", kind, things: about(olds, news) }, () => handlers.update(id, olds, news)),
    delete: (id, state) => around({ method: "delete", kind, things: about(state) }, () => handlers.delete(id, state)),
  };
}

function thingsIn(kind: string, properties: Properties): Identity[] {
  if (kind !== "flow" || properties.flowId !== undefined) return identitiesIn(kind, properties);
  const { source } = properties as { source: string };
  const [namespace, flowId] = ["namespace", "id"].map((key) => new RegExp(`^${key}: (.*)$`, "m").exec(source)![1]);
  return identitiesIn(kind, { namespace, flowId });
}

/** A call in words: `update flow red/f1`. */
export function describeCall({ method, kind, things, hasOlds }: Call): string {
  const named = things.map((thing) => thing.split(" ").slice(1).join("/")).join(" ");
  return `${method} ${kind} ${named}${hasOlds ? " (known)" : ""}`;
}
