import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import ignore from "ignore";
import { parseFlow, type FlowFile } from "./flowFile";
import { nameOfFlow } from "./subflows";

export interface FolderArgs {
  /** Path from the program's folder. */
  directory: string;
  /** Patterns as in `.gitignore`; default: `*.yaml` and `*.yml`, at any depth. */
  include?: string[];
  exclude?: string[];
  /** Changes a text before it's registered. */
  transform?: (source: string, file: string) => string;
}

/**
 * The flows of a folder, sorted by path.
 * @throws Error with a line for each fault: a file that isn't a flow, two files with one flow
 */
export function readFlows(args: FolderArgs): FlowFile[] {
  const faults: string[] = [];
  const flows = pathsOf(args).flatMap((path) => {
    const file = join(args.directory, path);
    try {
      const source = readFileSync(file, "utf8");
      return [parseFlow(file, args.transform?.(source, file) ?? source)];
    } catch (error) {
      faults.push((error as Error).message);
      return [];
    }
  });
  faults.push(...duplicates(flows));
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
  const files = found.filter((path) => statSync(join(directory, path)).isFile());
  if (files.length === 0)
    throw new Error(`folder '${directory}' has no flows (${include.join(", ")}). Correct 'directory' or 'include'.`);
  return files.sort();
}

function duplicates(flows: FlowFile[]): string[] {
  const files = new Map<string, string>();
  return flows.flatMap((flow) => {
    const name = nameOfFlow(flow);
    const other = files.get(name);
    files.set(name, other ?? flow.file);
    return other === undefined ? [] : [`${other} and ${flow.file} both define flow '${name}': rename or remove one of them.`];
  });
}
