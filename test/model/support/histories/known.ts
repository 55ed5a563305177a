import type { Edit } from "./edits";
import type { Hand, History, Step, Up } from "./history";
import type { EntrySpec, FilesSpec, FlowSpec, Spec } from "./program";

export const flow = (name: string, id: string, text = 0, more: Partial<FlowSpec> = {}): FlowSpec => ({
  kind: "flow",
  name,
  space: "red",
  id,
  text,
  ...more,
});
export const entry = (name: string, key: string, value = 0, more: Partial<EntrySpec> = {}): EntrySpec => ({
  kind: "entry",
  name,
  space: "red",
  key,
  value,
  ...more,
});
export const files = (name: string, ...paths: string[]): FilesSpec => ({
  kind: "files",
  name,
  space: "red",
  folder: 0,
  files: Object.fromEntries(paths.map((path) => [path, 0])),
});
export const up = (edits: Edit[] = [], more: Partial<Up> = {}): Up => ({ do: "up", edits, ...more });
const put = (identity: string, content: number, more: Partial<Hand> = {}): Hand => ({
  do: "hand",
  identity,
  content,
  ...more,
});
const erase = (identity: string): Hand => ({ do: "hand", identity });
const rename: Edit = { edit: "rename", at: 0, to: "c" };
const swap: Edit = { edit: "swap", at: 0, other: 0 };

const history = (resources: Spec[], ...steps: Step[]): History => ({ start: { resources, address: 0 }, steps });
const one = [flow("a", "f1")];
const two = [flow("a", "f1"), flow("b", "f2", 1)];
const all = [flow("a", "f1"), entry("a", "K1"), files("a", "models/a.sql")];
const content = (at: number): Edit => ({ edit: "content", at, to: 2 });
const changes = [content(0), { edit: "content", at: 1, to: 1 } as Edit, { edit: "content", at: 2, to: 1 } as Edit];
/** Where a request that changes something is among the first ones. */
const early = [1, 2, 3, 4];

/** Histories of what people do, each of which once went wrong or may well. */
export const known: Record<string, History> = {
  "rename a flow": history(one, up([rename])),
  "rename an entry": history([entry("a", "K1")], up([rename])),
  "rename a folder of files": history([files("a", "models/a.sql")], up([rename])),
  "swap the ids of two flows": history(two, up([swap])),
  "swap the ids of two flows, the first deleted before it is replaced": history(
    [flow("a", "f1", 0, { deleteFirst: true }), flow("b", "f2", 1)],
    up([swap]),
  ),
  "swap the keys of two entries": history([entry("a", "K1"), entry("b", "K2", 1)], up([swap])),
  "move a file to another folder": history(
    [files("a", "top.sql", "models/a.sql"), files("b", "seeds/s.csv")],
    up([{ edit: "moveFile", at: 0, other: 0, path: 1 }]),
  ),
  "move a file to a folder that comes first": history(
    [files("b", "seeds/s.csv"), files("a", "top.sql", "models/a.sql")],
    up([{ edit: "moveFile", at: 1, other: 0, path: 1 }]),
  ),
  "a run is killed between create and delete of a rename": history(one, up([rename], { abort: { afterCalls: 1 } })),
  "a run is killed in the middle of a swap": history(two, up([swap], { abort: { afterCalls: 2 } })),
  "only the new name is targeted": history(one, up([rename], { targets: 0b10 })),
  "only the old name is targeted": history(one, up([rename], { targets: 0b01 })),
  "what another record of the state stands for is deleted before it is replaced": history(
    [flow("a", "f1"), flow("b", "f2", 1)],
    up([swap], { abort: { afterCalls: 1 } }),
    up([
      swap,
      { edit: "deleteFirst", at: 0 },
      { edit: "identify", at: 0, resource: flow("a", "f3", 0, { deleteFirst: true }) },
    ]),
  ),
  "a file that is gone already leaves the program": history(
    [files("a", "models/a.sql", "top.sql")],
    put("file red models/b.sql", 0),
    erase("file red models/a.sql"),
    up([{ edit: "identify", at: 0, resource: files("a", "top.sql") }]),
  ),
  "the last file of a folder goes": history(
    [files("a", "models/deep/c.sql", "top.sql")],
    up([{ edit: "identify", at: 0, resource: files("a", "top.sql") }]),
  ),
  "a number next to another one above 2^53": history([entry("a", "K1", 3)], up([content(0)])),
  "a number changed by hand to its neighbour": history(
    [entry("a", "K1", 3)],
    put("entry red K1", 2),
    up([], { refresh: true }),
  ),
  "a number in JSON next to another one above 2^53": history(
    [entry("b", "K2")],
    put("entry red K1", 4),
    up([{ edit: "add", resource: entry("a", "K1", 5) }]),
  ),
  "an entry with a time to live is adopted": history(
    [entry("b", "K2")],
    put("entry red K1", 0, { expires: true }),
    up([{ edit: "add", resource: entry("a", "K1") }]),
  ),
  "an entry gets a time to live by hand": history(
    [entry("a", "K1")],
    put("entry red K1", 0, { expires: true }),
    up([], { refresh: true }),
  ),
  "an address with a slash": history(one, up([{ edit: "address", to: 1 }, rename])),
  "an address of the user interface": history(one, up([{ edit: "address", to: 2 }, rename])),
  "another address of the server": history(one, up([{ edit: "address", to: 3 }, rename])),
  ...Object.fromEntries(
    (["reset", "lost", "uniqueKey"] as const).map((kind) => [
      `requests fail: ${kind}`,
      history(all, ...early.map((at) => up(changes.slice(0, at), { faults: [{ at, kind }] }))),
    ]),
  ),
  ...Object.fromEntries(
    ([429, 502, 503, 504] as const).map((status) => [
      `requests fail: ${status}`,
      history(all, up(changes, { faults: [{ at: 2, kind: { status, retryAfter: "1" } }] })),
    ]),
  ),
};
