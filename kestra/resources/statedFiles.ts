import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { isUnknown, sha256 } from "../../dynamic/handlers";
import { unsure, type Files } from "./fileTransfer";
import { refuse } from "./localFiles";

/** A file as the program states it: its text, or an asset on this machine. */
export type StatedFile = pulumi.Input<string> | pulumi.asset.Asset;

type Inputs = Record<string, pulumi.Input<string>>;

/** Splits stated files into texts and local files; throws an error with the path of one that can't be uploaded. */
export function sortedByKind(name: string, files: Record<string, StatedFile>): { texts: Inputs; paths: Inputs } {
  const texts: Inputs = {};
  const paths: Inputs = {};
  for (const [path, file] of Object.entries<unknown>(files)) {
    const no = (reason: string) => refuse(name, `files['${path}'] is ${reason}`);
    if (pulumi.asset.Archive.isInstance(file))
      no("an archive. Pass its files one by one, or its folder as 'directory'");
    if (file instanceof pulumi.asset.RemoteAsset) no("a RemoteAsset. Download it, and pass it as a FileAsset");
    if (file instanceof pulumi.asset.FileAsset) paths[path] = file.path;
    else {
      const text = file instanceof pulumi.asset.StringAsset ? file.text : (file as pulumi.Input<string>);
      // an undefined value wouldn't be sent, and its file would be dropped silently
      texts[path] = pulumi.output(text).apply((known) => (known as string | undefined) ?? (null as unknown as string));
    }
  }
  return { texts, paths };
}

/** Hashes of texts and local files; some may be unknown during a preview. */
export function hashesOfStated(
  texts: Record<string, unknown> = {},
  paths: Record<string, string> = {},
): { hashes: Files; failures: pulumi.dynamic.CheckFailure[] } {
  const hashes: Files = {};
  const failures: pulumi.dynamic.CheckFailure[] = [];
  const hash = (path: string, stated: unknown, contentOf: (stated: string) => string | Buffer) => {
    const no = (reason: string) => {
      hashes[path] = unsure;
      failures.push({ property: "files", reason: `'${path}' ${reason}` });
    };
    if (typeof stated !== "string") return no("is neither a text nor an asset. State one of them");
    try {
      hashes[path] = isUnknown(stated) ? stated : sha256(contentOf(stated));
    } catch (error) {
      no(`is the file '${stated}', which can't be read (${(error as NodeJS.ErrnoException).code}). Correct its path`);
    }
  };
  for (const [path, text] of Object.entries(texts)) hash(path, text, (stated) => stated);
  for (const [path, file] of Object.entries(paths)) hash(path, file, (stated) => readFileSync(stated));
  return { hashes, failures };
}
