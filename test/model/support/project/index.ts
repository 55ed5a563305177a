import { readFileSync } from "node:fs";
import type { CustomResourceOptions } from "@pulumi/pulumi";
import { Flow, type FlowArgs } from "../../../../kestra/resources/flow";
import { KvEntry, type KvEntryArgs } from "../../../../kestra/resources/kvEntry";
import { NamespaceFiles, type NamespaceFilesArgs } from "../../../../kestra/resources/namespaceFiles";

/** A resource of the program, as the test writes it. */
export interface Stated {
  kind: "flow" | "entry" | "files";
  name: string;
  args: unknown;
  opts: CustomResourceOptions;
}

/** The program of a {@link PulumiStack}: the project's resources, as a file lists them. */
for (const { kind, name, args, opts } of JSON.parse(readFileSync("resources.json", "utf8")) as Stated[]) {
  if (kind === "flow") new Flow(name, args as FlowArgs, opts);
  else if (kind === "entry") new KvEntry(name, args as KvEntryArgs, opts);
  else new NamespaceFiles(name, args as NamespaceFilesArgs, opts);
}
