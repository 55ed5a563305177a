import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import ignore from "ignore";
import { parseFlow, type FlowFile } from "./flowFile";
import { nameOfFlow } from "./subflows";

export interface FolderArgs {
  /** Path relative to the program's folder. */
  directory: string;
  /** Patterns as in `.gitignore`; default: `*.yaml` and `*.yml`, at any depth. */
  include?: string[];
  exclude?: string[];
  /** Changes a source before it's validated and registered. */
  transform?: (source: string, file: string) => string;
}

/**
 * The flows of a folder, sorted by path.
 * @throws Error with one line per fault: a file that isn't a flow, or two files with the same flow or name
 */
export function readFlows(args: FolderArgs): FlowFile[] {
  const faults: string[] = [];
  const flows = pathsOf(args).flatMap((path) => {
    const file = join(args.directory, path);
    try {
      const source = readFileSync(file, "utf8");
      return [parseFlow(file, args.transform?.(source, file) ?? source)];
    } catch (error) {
      const { message } = error as Error;
      faults.push(message.startsWith(file) ? message : `${file}: ${message}`);
      return [];
    }
  });
  faults.push(...clashes(flows), ...duplicates(flows));
  if (faults.length > 0) throw new Error(faults.join("\n"));
  return flows;
}

function pathsOf({ directory, include = ["*.yaml", "*.yml"], exclude = [] }: FolderArgs): string[] {
  const matching = (patterns: string[]) => ignore({ ignorecase: false }).add(patterns);
  const [wanted, unwanted] = [matching(include), matching(exclude)];
  let paths: string[];
  try {
    paths = readdirSync(directory, { recursive: true, encoding: "utf8" });
  } catch (error) {
    throw new Error(`folder '${directory}' can't be read (${(error as Error).message}). Correct 'directory'.`);
  }
  const found = paths.filter((path) => wanted.ignores(path) && !unwanted.ignores(path));
  const files = found.filter((path) => isFile(join(directory, path)));
  if (files.length === 0)
    throw new Error(`folder '${directory}' has no flows (${include.join(", ")}). Correct 'directory' or 'include'.`);
  return files.sort();
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const fault = code === "ENOENT" ? "is a broken link" : `is a link that can't be followed (${code})`;
    throw new Error(`${path} ${fault}. Remove it or exclude it.`);
  }
}

function duplicates(flows: FlowFile[]): string[] {
  return repeated(flows, nameOfFlow).map(
    ([one, other, name]) => `${one} and ${other} both define flow '${name}': rename or remove one of them.`,
  );
}

/** Files that would get the same resource name, which is the path without its ending. */
function clashes(flows: FlowFile[]): string[] {
  return repeated(flows, ({ file }) => withoutEnding(file)).map(
    ([one, other]) => `${one} and ${other} differ only in their extension: rename one of them.`,
  );
}

/** A flow's path without `.yaml` or `.yml`. */
const withoutEnding = (file: string) => file.replace(/\.ya?ml$/, "");

/** Each file with the same key as an earlier one: the first file, this file, and the key. */
function repeated(flows: FlowFile[], keyOf: (flow: FlowFile) => string): [string, string, string][] {
  const files = new Map<string, string>();
  return flows.flatMap((flow) => {
    const key = keyOf(flow);
    const other = files.get(key);
    files.set(key, other ?? flow.file);
    return other === undefined ? [] : [[other, flow.file, key]];
  });
}
