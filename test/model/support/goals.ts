import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Properties } from "./recording";
import {
  addresses,
  contents,
  flowSource,
  values,
  type FilesSpec,
  type Program,
  type Space,
  type Spec,
} from "./histories/program";

/** The local folder that a resource uploads, below `root`. */
export const folderOf = (root: string, { name, folder }: FilesSpec) => join(root, `${name}-${folder}`);

/** Makes the folders below `root` hold just the program's files. */
export function writeFolders(root: string, { resources }: Program): void {
  rmSync(root, { recursive: true, force: true });
  for (const spec of resources) {
    if (spec.kind !== "files") continue;
    for (const [path, content] of Object.entries(spec.files)) {
      const file = join(folderOf(root, spec), path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, contents[content]!);
    }
  }
}

/** Arguments of a resource, but for the connection, as a user's program gives them to its constructor. */
export function argsOf(spec: Spec, namespace: (space: Space) => string, root: string): Properties {
  const space = namespace(spec.space);
  if (spec.kind === "flow") return { file: `flows/${spec.id}.yaml`, source: flowSource(space, spec.id, spec.text) };
  if (spec.kind === "files") return { namespace: space, directory: folderOf(root, spec) };
  const [type, value] = values[spec.value]!;
  return { namespace: space, key: spec.key, type, value };
}

/** A server's address as a program writes it. */
export function addressOf(url: string, address: number): string {
  const written = addresses[address]!;
  return written === "localhost" ? url.replace("127.0.0.1", written) : url + written;
}
