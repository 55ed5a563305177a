import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as kestra from "@bay-wheels/kestra";

interface Package {
  dependencies: Record<string, string>;
}
const packageIn = (folder: string) => JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Package;

/** What a file imports when it's loaded, or later by `import()`; types don't exist at run time. */
function importsOf(file: string): string[] {
  const statement = /^(?:import|export) (?!type )[^;]*?from "([^"]+)"|\bimport\("([^"]+)"\)/gm;
  return [...readFileSync(file, "utf8").matchAll(statement)].map(([, name, later]) => name ?? later!);
}

/** The files that the package's entry reaches, and the packages that these import. */
function reached(): { files: string[]; packages: string[] } {
  const files = new Set<string>();
  const packages = new Set<string>();
  const visit = (file: string) => {
    if (files.has(file)) return;
    files.add(file);
    for (const name of importsOf(file)) {
      if (name.startsWith(".")) visit(`${join(file, "..", name)}.ts`);
      else packages.add(name.split("/", name.startsWith("@") ? 2 : 1).join("/"));
    }
  };
  visit("kestra/index.ts");
  return { files: [...files], packages: [...packages].filter((name) => !/^node:/.test(name)) };
}

describe("package @bay-wheels/kestra", () => {
  it("exports the resources, the lookups, the connection and its errors", () => {
    assert.deepEqual(
      Object.keys(kestra).sort(),
      [
        ...["Flow", "FlowSet", "KestraError", "KestraUnreachable", "KvEntry", "NamespaceFiles", "connect"],
        ...["getFlow", "getFlowOutput", "getFlows", "getFlowsOutput", "getKv", "getKvOutput"],
      ].sort(),
    );
  });

  it("needs nothing from the program: no settings, no runtimes, none of their providers", () => {
    const { files, packages } = reached();
    assert.ok(files.length > 30, String(files.length));
    const others = files.filter(
      (file) => !/^(dynamic|kestra\/(client|flows|resources|tunnel))\/|^kestra\/\w+\.ts$/.test(file),
    );
    assert.deepEqual(
      others.sort(),
      ["gke/clusterApi", "google/credentials", "google/googleApi", "google/httpProxy"].map(
        (file) => `infra/${file}.ts`,
      ),
    );
    assert.deepEqual(
      packages.filter((name) => name.startsWith("@pulumi/")),
      ["@pulumi/pulumi"],
    );
  });

  it("lists the packages that it imports, in the program's versions", () => {
    const root = packageIn(".").dependencies;
    const own = packageIn("kestra").dependencies;
    const expected = reached().packages.map((name) => [name, root[name]]);
    assert.deepEqual(own, Object.fromEntries([["@bay-wheels/dynamic", "0.1.0"], ...expected, ["tsx", root.tsx]]));
  });
});
