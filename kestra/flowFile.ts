import { isMap, isScalar, LineCounter, parseDocument, visit, type Document } from "yaml";

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

function parse(source: string): { document: Document.Parsed; lines: LineCounter } {
  const lines = new LineCounter();
  return { document: parseDocument(source, { lineCounter: lines, prettyErrors: false }), lines };
}

/**
 * Reads what can be known of a flow without a server: YAML syntax, `id` and `namespace`.
 * @throws Error `file:line: reason`.
 */
export function parseFlow(file: string, source: string): FlowFile {
  const { document, lines } = parse(source);
  const [error] = document.errors;
  if (error) throw flowFault(file, lines.linePos(error.pos[0]).line, `not valid YAML: ${error.message}`);
  if (!isMap(document.contents)) throw flowFault(file, 1, "a flow is a YAML map with id, namespace and tasks");
  const [namespace, id] = ["namespace", "id"].map((key) => {
    const value = document.get(key);
    if (typeof value !== "string" || value === "")
      throw flowFault(file, 1, `the flow has no ${key}: add a line '${key}: …'`);
    return value;
  }) as [string, string];
  return { file, source, namespace, id };
}

/**
 * The line of a flow's source that one of the server's constraints speaks of: `tasks[1].tasks[0].from: must not be null` is led
 * to that task, `Invalid type: io.example.Task` to the line that names the type, `Unrecognized field "x"` to that key.
 * Line 1 where the server gives no hint.
 */
export function lineOfConstraint(source: string, constraint: string): number {
  const { document, lines } = parse(source);
  const path = /(?:^|[\s"'(])((?:tasks|triggers|inputs|errors|finally|outputs)\[\d+\](?:[.[][\w\]]+)*)/.exec(
    constraint,
  )?.[1];
  const type = /Invalid type: ([\w.]+)/.exec(constraint)?.[1];
  const field = /Unrecognized (?:field|property) ["']?([\w-]+)/.exec(constraint)?.[1];
  let offset: number | undefined;
  if (path !== undefined) offset = offsetOfPath(document, path);
  if (type !== undefined || (offset === undefined && field !== undefined)) {
    visit(document, {
      Pair: (_key, pair) => {
        const found =
          type !== undefined
            ? isScalar(pair.value) && pair.value.value === type
            : isScalar(pair.key) && pair.key.value === field;
        if (!found || !isScalar(pair.key)) return undefined;
        offset = pair.key.range?.[0];
        return visit.BREAK;
      },
    });
  }
  return offset === undefined ? 1 : lines.linePos(offset).line;
}

/** Offset of the deepest node on a path like `tasks[1].tasks[0].from` that the document has. */
function offsetOfPath(document: Document.Parsed, path: string): number | undefined {
  const keys = path
    .split(/[.[\]]+/)
    .filter((key) => key !== "")
    .map((key) => (/^\d+$/.test(key) ? Number(key) : key));
  for (let length = keys.length; length > 0; length--) {
    const node = document.getIn(keys.slice(0, length), true) as { range?: [number, number, number] | null } | undefined;
    if (node?.range) return node.range[0];
  }
  return undefined;
}
