import { readFileSync } from "node:fs";
import { Flow, type FlowArgs } from "../../../../kestra/resources/flow";
import { KvEntry, type KvEntryArgs } from "../../../../kestra/resources/kvEntry";
import { NamespaceFiles, type NamespaceFilesArgs } from "../../../../kestra/resources/namespaceFiles";

/** A resource of the program, as the test writes it. */
export interface Declared {
  kind: "flow" | "entry" | "files";
  name: string;
  args: unknown;
  deleteBeforeReplace: boolean;
}

/** The program of a `ModelStack`: the resources that a file lists. */
for (const { kind, name, args, deleteBeforeReplace } of JSON.parse(
  readFileSync("resources.json", "utf8"),
) as Declared[]) {
  const opts = deleteBeforeReplace ? { deleteBeforeReplace } : {};
  if (kind === "flow") new Flow(name, args as FlowArgs, opts);
  else if (kind === "entry") new KvEntry(name, args as KvEntryArgs, opts);
  else new NamespaceFiles(name, args as NamespaceFilesArgs, opts);
}
