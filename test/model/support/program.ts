/** Namespaces of a history; each history has its own of these names on the server. */
export const spaces = ["red", "blue"] as const;
export type Space = (typeof spaces)[number];

export const names = ["a", "b", "c"] as const;
export const flowIds = ["f1", "f2", "f3"] as const;
export const keys = ["K1", "K2", "K3"] as const;
export const paths = ["top.sql", "models/a.sql", "models/b.sql", "models/deep/c.sql", "seeds/s.csv"] as const;

/** Values of entries; only exact readers of numbers can distinguish the neighbours of 2^53. */
export const values = [
  ["STRING", "one"],
  ["STRING", "two words"],
  ["NUMBER", "9007199254740992"],
  ["NUMBER", "9007199254740993"],
  ["JSON", '{"n":9007199254740992,"a":[1.5,"x"]}'],
  ["JSON", '{"n":9007199254740993,"a":[1.5,"x"]}'],
  ["BOOLEAN", "true"],
] as const;

/** Contents of files. */
export const contents = ["select 1\n", "select 2\r\n", ""] as const;

/** How the program writes the server's address: each is the same server. */
export const addresses = ["", "/", "/ui/", "localhost"] as const;

interface Common {
  name: string;
  space: Space;
  /** The option `deleteBeforeReplace`. */
  deleteFirst: boolean;
}
export interface FlowSpec extends Common {
  kind: "flow";
  id: string;
  /** Which text the flow has. */
  text: number;
}
export interface EntrySpec extends Common {
  kind: "entry";
  key: string;
  /** Index of {@link values}. */
  value: number;
}
export interface FilesSpec extends Common {
  kind: "files";
  /** Which of its local folders it uploads. */
  folder: number;
  /** Path -> index of {@link contents}. */
  files: Record<string, number>;
}
export type Spec = FlowSpec | EntrySpec | FilesSpec;

/** What a user's program declares. */
export interface Program {
  resources: Spec[];
  /** Index of {@link addresses}. */
  address: number;
}

/** Name of a thing on the server: kind, namespace and key, as in `file red models/a.sql`. */
export type Identity = string;

/** A resource's name in the engine: kinds have names of their own. */
export const urnOf = ({ kind, name }: Spec) => `${kind} ${name}`;

/** Text of a flow; `namespace` is the one on the server. */
export function flowSource(namespace: string, id: string, text: number): string {
  const remark = text % 2 === 1 ? "# a remark\n\n" : "";
  return (
    `${remark}id: ${id}\nnamespace: ${namespace}\ntasks:\n` +
    `  - id: say\n    type: io.kestra.plugin.core.log.Log\n    message: text ${text}\n`
  );
}

/** The things that a resource declares. */
export function identitiesOf(spec: Spec): Identity[] {
  if (spec.kind === "flow") return [`flow ${spec.space} ${spec.id}`];
  if (spec.kind === "entry") return [`entry ${spec.space} ${spec.key}`];
  return Object.keys(spec.files).map((path) => `file ${spec.space} ${path}`);
}

/** The things that a resource's inputs or outputs name. */
export function identitiesIn(kind: string, { namespace, flowId, key, files }: Record<string, unknown>): Identity[] {
  const space = String(namespace).split("-").at(-1);
  if (kind === "flow") return [`flow ${space} ${String(flowId)}`];
  if (kind === "entry") return [`entry ${space} ${String(key)}`];
  return Object.keys(files as object).map((path) => `file ${space} ${path}`);
}

/**
 * Resources without what a preview refuses: two of one name, two of one identity, a folder without files. The first
 * one of each stays.
 */
export function withoutConflicts(resources: Spec[]): Spec[] {
  const taken = new Set<string>();
  return resources.flatMap((spec): Spec[] => {
    const free = identitiesOf(spec).filter((identity) => !taken.has(identity));
    if (taken.has(urnOf(spec)) || free.length === 0) return [];
    for (const each of [urnOf(spec), ...free]) taken.add(each);
    if (spec.kind !== "files") return [spec];
    const stays = ([path]: [string, number]) => free.includes(`file ${spec.space} ${path}`);
    return [{ ...spec, files: Object.fromEntries(Object.entries(spec.files).filter(stays)) }];
  });
}
