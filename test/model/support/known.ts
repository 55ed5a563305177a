import type { FaultKind, Hand, History, Up } from "./history";
import type { EntrySpec, FilesSpec, FlowSpec, Spec } from "./program";

const flow = (name: string, id: string, text = 0, deleteFirst = false): FlowSpec => {
  return { kind: "flow", name, space: "red", id, text, deleteFirst };
};
const entry = (name: string, key: string, value = 0): EntrySpec => {
  return { kind: "entry", name, space: "red", key, value, deleteFirst: false };
};
const files = (name: string, content: number, ...paths: string[]): FilesSpec => {
  const all = Object.fromEntries(paths.map((path) => [path, content]));
  return { kind: "files", name, space: "red", folder: 0, files: all, deleteFirst: false };
};
const up = (put: Spec[], how: Partial<Up> = {}): Up => ({ do: "up", put, ...how });
const hand = (identity: string, content?: number, expires = false): Hand => ({
  do: "hand",
  identity,
  content,
  expires,
});

/** The first try of each request of a run fails, in these ways in turn. */
const faults = (...kinds: FaultKind[]): Partial<Up> => ({
  parallel: true,
  faults: Array.from({ length: 60 }, (_, i) => ({ at: i + 1, kind: kinds[i % kinds.length]! })),
});
const changes = (to: number): Spec[] => [flow("a", "f1", to), entry("a", "K1", to), files("a", to, "models/a.sql")];
/** The first resource behind {@link changes} goes. */
const remove = 0b1000;

/** Histories of what people do, each of which once went wrong or may well. */
export const known: Record<string, History> = {
  "renames, swaps and moves, each at another form of the address": [
    up([
      ...[flow("a", "f1"), flow("b", "f2", 1), flow("d", "f3", 0, true), flow("e", "f4", 1)],
      ...[entry("a", "K1"), entry("b", "K2", 1), entry("n", "K3", 3)],
      ...[files("a", 0, "top.sql", "models/a.sql", "models/deep/c.sql"), files("b", 0, "seeds/s.csv")],
    ]),
    up([flow("c", "f1"), entry("c", "K1"), files("c", 0, "seeds/s.csv")], { address: 1 }),
    up(
      [
        ...[flow("c", "f2", 1), flow("b", "f1"), flow("d", "f4", 1, true), flow("e", "f3")],
        ...[entry("c", "K2", 1), entry("b", "K1"), entry("n", "K3", 2)],
        // a file moves to a folder that comes later
        ...[files("a", 0, "top.sql", "models/a.sql"), files("c", 0, "seeds/s.csv", "models/deep/c.sql")],
      ],
      { address: 2 },
    ),
    // a file moves to a folder that comes first, and the last file of another folder goes
    up([files("c", 0, "seeds/s.csv", "models/a.sql")], { address: 3 }),
  ],
  "changes by hand of what the program has, will have and never has": [
    up([entry("n", "K3", 3), entry("t", "K5"), files("a", 0, "models/a.sql", "top.sql")]),
    ...[hand("flow red f1", 1), hand("file red models/b.sql", 0)],
    // a neighbour of the number that only an exact reader can distinguish
    ...[hand("entry red K3", 2), hand("entry red K1", 4)],
    ...[hand("entry red K4", 0, true), hand("entry red K5", 0, true)],
    hand("file red models/a.sql"),
    up([entry("a", "K1", 5), entry("d", "K4"), files("a", 0, "top.sql")]),
  ],
  "runs killed between create and delete of a rename, within a swap, and before something is deleted first": [
    up([flow("a", "f1"), flow("b", "f2", 1)]),
    up([flow("c", "f1")], { abort: { afterCalls: 1 } }),
    up([], { refresh: true }),
    up([flow("c", "f2", 1), flow("b", "f1")], { abort: { afterCalls: 2 } }),
    up([], { refresh: true }),
    up([flow("c", "f1"), flow("b", "f2", 1)], { abort: { afterCalls: 1 } }),
    up([flow("c", "f3", 0, true), flow("b", "f2", 1)]),
  ],
  "only the old name of one resource and the new name of another are targeted": [
    up([flow("a", "f1"), entry("a", "K1")]),
    // of: entry a, entry c, flow a, flow c
    up([flow("c", "f1"), entry("c", "K1")], { targets: 0b1001 }),
  ],
  "each request fails once: reset, lost, refused by the database, refused on the way": [
    up(changes(0)),
    up([...changes(1), flow("n", "f3")], faults("reset")),
    up([...changes(2), entry("n", "K3")], { remove, ...faults("lost") }),
    up([...changes(0), files("n", 1, "top.sql")], { remove, ...faults("uniqueKey") }),
    up(changes(1), {
      remove,
      ...faults(...([429, 502, 503, 504] as const).map((status) => ({ status, retryAfter: "1" }))),
    }),
  ],
};
