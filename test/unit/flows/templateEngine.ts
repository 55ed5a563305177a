import { parse } from "yaml";

interface Node {
  type?: string;
  variables?: Record<string, unknown>;
  env?: Record<string, string>;
}

/** What can be rendered: a variable of the flow, whole or a part of it, or a file of the program. */
const programText = /^(?:vars\.(\w+)(?:\.\w+|\[[^[\]]*\])*|read\('[\w./-]+'\))$/;

/** All texts and all maps below a value. */
function below(value: unknown): { texts: string[]; nodes: Node[] } {
  if (typeof value === "string") return { texts: [value], nodes: [] };
  if (typeof value !== "object" || value === null) return { texts: [], nodes: [] };
  const parts = Object.values(value).map(below);
  return { texts: parts.flatMap(({ texts }) => texts), nodes: [value, ...parts.flatMap(({ nodes }) => nodes)] };
}

/** A function's argument: what is behind its opening parenthesis, up to the closing one. */
function argument(text: string): string {
  let depth = 1;
  const end = [...text].findIndex((each) => (depth += each === "(" ? 1 : each === ")" ? -1 : 0) === 0);
  return text.slice(0, end).trim();
}

/** Variables that a flow states itself, and that none of its tasks sets: they hold the program's text. */
export function ownVariables(source: string): Set<string> {
  const flow = parse(source) as Node;
  const own = new Set(Object.keys(flow.variables ?? {}));
  for (const { type, variables } of below(flow).nodes)
    if (type?.endsWith(".SetVariables")) for (const name of Object.keys(variables!)) own.delete(name);
  return own;
}

/**
 * Where templates run text that may come from outside as a template: it could read the key. `render` renders what comes
 * out again, and so isn't used at all; `renderOnce` renders only the program's text; Kestra renders a script's `env`
 * twice. (So does plugin-gcp with `from` and `to` of an upload, which are URIs: no brace stands there.)
 * @param source a flow, or else a file of SQL whose own variables are `own`
 */
export function templateFaults(source: string, own?: Set<string>): string[] {
  const { texts, nodes } = own ? { texts: [source], nodes: [] } : below(parse(source));
  const known = own ?? ownVariables(source);
  const calls = texts.flatMap((text) =>
    [...text.matchAll(/\brenderOnce\s*\(/g)].map((m) => text.slice(m.index + m[0].length)),
  );
  const foreign = calls.map(argument).filter((each) => {
    const [matches, name] = programText.exec(each) ?? [];
    return !matches || (name !== undefined && !known.has(name));
  });
  return [
    ...texts.flatMap((text) => text.match(/\brender\s*\(|\{%-?\s*(?:include|import|from|extends|embed)\b/g) ?? []),
    ...foreign.map((each) => `renderOnce(${each})`),
    ...nodes.flatMap(({ env }) => Object.values(env ?? {}).filter((each) => /\{[{%](?! kv\('\w+'(?:\)|, errorOnMissing=false\) \?\? '\d+') \}\})/.test(each))),
  ];
}
