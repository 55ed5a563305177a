import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { Connection } from "../connection";
import { sha256 } from "../handlers/handlers";
import { shim } from "./shim";

export interface NamespaceFilesArgs {
  connection: pulumi.Input<Connection>;
  namespace: string;
  /** Local folder, from the project's root; its files get their path below it. */
  directory: string;
  /** Names of files and folders that stay at home, at any depth. */
  exclude?: string[];
}

const provider = shim("./kestra/handlers/namespaceFiles.ts");

/** Files below a folder, as paths with `/`, sorted. */
function list(directory: string, exclude: string[], below = ""): string[] {
  return readdirSync(join(directory, below), { withFileTypes: true })
    .filter((entry) => !exclude.includes(entry.name))
    .flatMap((entry) => {
      const path = below === "" ? entry.name : `${below}/${entry.name}`;
      return entry.isDirectory() ? list(directory, exclude, path) : [path];
    })
    .sort();
}

/**
 * The files of a local folder as namespace files. Only files that differ are written; files that left the folder are deleted after
 * the others are in place; files that somebody else put into the namespace are not touched.
 */
export class NamespaceFiles extends pulumi.dynamic.Resource {
  constructor(name: string, args: NamespaceFilesArgs, opts?: pulumi.CustomResourceOptions) {
    const { connection, namespace, directory, exclude = [] } = args;
    const files = Object.fromEntries(
      list(directory, exclude).map((path) => [path, sha256(readFileSync(join(directory, path)))]),
    );
    super(
      provider,
      name,
      { connection: pulumi.secret(connection), namespace, directory, files },
      opts,
      "kestra",
      "NamespaceFiles",
    );
  }
}
