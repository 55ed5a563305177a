import {
  isMap,
  isNode,
  isScalar,
  LineCounter,
  parseAllDocuments,
  parseDocument,
  visit,
  type Document,
  type Pair,
  type YAMLMap,
} from "yaml";
import { idOf } from "./flowId";

/** A flow file as written, with the identity that it states. */
export interface FlowFile {
  /** Path for messages, relative to the project's root. */
  file: string;
  source: string;
  namespace: string;
  id: string;
}

/** A fault of a flow file: which file, which line (from 1), what is wrong. */
export function flowFault(file: string, line: number, reason: string): Error {
  return new Error(`${file}:${line}: ${reason}`);
}

/** The first document of a text, which is all that Kestra reads, and how many hold anything. */
function parse(source: string): { document: Document.Parsed; lines: LineCounter; documents: number } {
  const lines = new LineCounter();
  const options = { lineCounter: lines, prettyErrors: false };
  const documents = [...parseAllDocuments(source, options)] as Document.Parsed[];
  const documentsWithContent = documents.filter(
    ({ contents }) => !(isScalar(contents) && contents.value === null),
  ).length;
  return { document: documents[0] ?? parseDocument(source, options), lines, documents: documentsWithContent };
}

/**
 * Reads what can be known of a flow without a server: YAML syntax, `id` and `namespace`.
 * @throws Error `file:line: reason`.
 */
export function parseFlow(file: string, source: string): FlowFile {
  const { document, lines, documents } = parse(source);
  const [error] = document.errors;
  if (error) throw flowFault(file, lines.linePos(error.pos[0]).line, `not valid YAML: ${error.message}`);
  if (!isMap(document.contents)) throw flowFault(file, 1, "a flow is a YAML map with id, namespace and tasks");
  if (documents > 1)
    throw flowFault(file, 1, `holds ${documents} flows: Kestra reads only the first. Write one flow per file`);
  const [namespace, id] = (["namespace", "id"] as const).map((key) => {
    const node: unknown = document.get(key, true);
    const line = isNode(node) ? lines.linePos(node.range![0]).line : 1;
    const { text, reason, isText } = idOf(node);
    if (reason !== undefined) throw flowFault(file, line, `${key}: ${reason}`);
    if (text === undefined || text === "") throw flowFault(file, 1, `the flow has no ${key}: add a line '${key}: …'`);
    if (key === "namespace" && !isText)
      throw flowFault(file, line, `namespace: ${text} isn't a string: put it in quotes`);
    return text;
  }) as [string, string];
  return { file, source, namespace, id };
}

/**
 * The line of a flow's source that one of the server's constraints is about. The server names a task by the ids that
 * lead to it (`group.group.inner.uri: must not be null`), other things by their place (`triggers[0].cron: must not be
 * null`), a type by its name (`Invalid type: io.example.Task`), an unknown property by its name and the type that lacks
 * it. Line 1 where it gives no hint.
 */
export function lineOfConstraint(source: string, constraint: string): number {
  const { document, lines } = parse(source);
  const type = /Invalid type: ([\w.$]+)/.exec(constraint)?.[1];
  const field = /Unrecognized (?:field|property) ["']?([\w-]+)["']?(?: \(class ([\w.$]+)\))?/.exec(constraint);
  const duplicate = /Duplicate \w+ id with name \[([^\]]+)\]/.exec(constraint)?.[1];
  const path = /^([\w.[\]-]+): /.exec(constraint)?.[1];
  let offset: number | undefined;
  if (type !== undefined) offset = offsetOfKey(document, (_map, pair) => textOf(pair.value) === type);
  else if (field) offset = offsetOfField(document, field[1]!, field[2]);
  else if (duplicate !== undefined) offset = lastOffsetOfId(document, duplicate);
  else if (path !== undefined) offset = offsetOfPath(document, path);
  return offset === undefined ? 1 : lines.linePos(offset).line;
}

const textOf = (node: unknown) => (isScalar(node) && typeof node.value === "string" ? node.value : undefined);
const startOf = (node: unknown) => (isNode(node) ? node.range?.[0] : undefined);

/** Every key of every map of the document, in the order of the file. */
function pairsOf(document: Document.Parsed): [YAMLMap, Pair][] {
  const pairs: [YAMLMap, Pair][] = [];
  visit(document, {
    Map: (_key, map) => {
      for (const pair of map.items) pairs.push([map, pair]);
    },
  });
  return pairs;
}

/** Offset of the first key that fits. */
function offsetOfKey(document: Document.Parsed, fits: (map: YAMLMap, pair: Pair) => boolean): number | undefined {
  const offsets = pairsOf(document).flatMap(([map, pair]) => (fits(map, pair) ? [startOf(pair.key) ?? Infinity] : []));
  return offsets.length === 0 ? undefined : Math.min(...offsets);
}

/**
 * The key in a map of that type; where the type is none that a file names (the flow itself), the outermost key of that
 * name.
 */
function offsetOfField(document: Document.Parsed, field: string, type: string | undefined): number | undefined {
  const named = (pair: Pair) => textOf(pair.key) === field;
  return (
    offsetOfKey(document, (map, pair) => named(pair) && textOf(map.get("type", true)) === type) ??
    offsetOfKey(document, (map, pair) => named(pair) && map === document.contents) ??
    offsetOfKey(document, (_map, pair) => named(pair))
  );
}

function lastOffsetOfId(document: Document.Parsed, id: string): number | undefined {
  const offsets = pairsOf(document).flatMap(([, pair]) =>
    textOf(pair.key) === "id" && textOf(pair.value) === id ? [startOf(pair.key) ?? 0] : [],
  );
  return offsets.length === 0 ? undefined : Math.max(...offsets);
}

/**
 * Offset of the deepest node on a path such as `tasks[1].tasks[0].from`, or of the task that the last id on the path
 * names.
 */
function offsetOfPath(document: Document.Parsed, path: string): number | undefined {
  const keys = path
    .split(/[.[\]]+/)
    .filter((key) => key !== "")
    .map((key) => (/^\d+$/.test(key) ? Number(key) : key));
  for (let length = keys.length; length > 0; length--) {
    const parent = document.getIn(keys.slice(0, length - 1), true);
    const pair = isMap(parent) ? parent.items.find((item) => textOf(item.key) === keys[length - 1]) : undefined;
    const offset = startOf(pair?.key ?? document.getIn(keys.slice(0, length), true));
    if (offset !== undefined) return offset;
    const id = String(keys[length - 1]);
    const task = offsetOfKey(document, (map, pair) => textOf(pair.key) === "id" && textOf(pair.value) === id);
    if (task !== undefined) return task;
  }
  return undefined;
}
