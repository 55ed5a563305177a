import { readFileSync } from "node:fs";
import type { CustomResourceOptions, Resource } from "@pulumi/pulumi";
import { Flow, type FlowArgs } from "../../../../kestra/resources/flow";
import { KvEntry, type KvEntryArgs } from "../../../../kestra/resources/kvEntry";
import { NamespaceFiles, type NamespaceFilesArgs } from "../../../../kestra/resources/namespaceFiles";

/** A resource of the program, as the test writes it. */
export interface Stated {
  kind: "flow" | "entry" | "files";
  name: string;
  args: unknown;
  deleteBeforeReplace: boolean;
}

function made({ kind, name, args }: Stated, opts: CustomResourceOptions): Resource {
  if (kind === "flow") return new Flow(name, args as FlowArgs, opts);
  if (kind === "entry") return new KvEntry(name, args as KvEntryArgs, opts);
  return new NamespaceFiles(name, args as NamespaceFilesArgs, opts);
}

/** The program of a `PulumiStack`: the project's resources, as a file lists them. */
for (const stated of JSON.parse(readFileSync("resources.json", "utf8")) as Stated[]) {
  const { deleteBeforeReplace } = stated;
  made(stated, deleteBeforeReplace ? { deleteBeforeReplace } : {});
}
