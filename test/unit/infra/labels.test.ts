import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { made, madeInCluster, withDocker } from "../support/cloudStacks";

type Inputs = Record<string, unknown>;

/** The folder of a vendor's package. */
const folderOf = (vendor: string) => dirname(require.resolve(`@pulumi/${vendor}/package.json`));

/** The arguments that a vendor declares of a type, such as `gcp:projects/iAMMember:IAMMember`, as text. */
function argsOf(vendor: string, path: string, name: string): string {
  const room = vendor === "kubernetes" ? path.replace("helm.sh", "helm") : dirname(path).replace("index", "");
  const folder = join(folderOf(vendor), room);
  const file = readdirSync(folder).find((each) => each.toLowerCase() === `${name.toLowerCase()}.d.ts`);
  assert.ok(file, `${folder} declares no ${name}`);
  const text = readFileSync(join(folder, file), "utf8");
  return lines(text, new RegExp(`interface ${name}Args \\{[\\s\\S]*?\\n\\}`));
}

/** The same of an input that is an object. */
function nestedOf(vendor: string, module: string, name: string): string {
  const all = readFileSync(join(folderOf(vendor), "types", "input.d.ts"), "utf8");
  const text = all.slice(all.indexOf(`namespace ${module} {`));
  return lines(text, new RegExp(`interface ${name} \\{[\\s\\S]*?\\n {4}\\}`));
}

function lines(text: string, pattern: RegExp): string {
  const [found] = pattern.exec(text) ?? [];
  assert.ok(found, `nothing matches ${pattern.source}`);
  return found;
}

/**
 * The path of the input by which a resource carries labels, by its vendor's own types; undefined if it can't. Within
 * another input, `labels` may mean something else, such as a filter: only `userLabels` counts there.
 */
function placeOf(type: string, inputs: Inputs): string[] | undefined {
  const [vendor, path, name] = type.split(":") as [string, string, string];
  const args = argsOf(vendor, path, name);
  const top = /^ {4}(labels|resourceLabels|userLabels)\??:/m.exec(args)?.[1];
  if (top !== undefined) return [top];
  if (vendor === "kubernetes") return /^ {4}metadata\??:/m.test(args) ? ["metadata", "labels"] : undefined;
  for (const [, input, module, nested] of args.matchAll(/^ {4}(\w+)\??: .*?inputs\.(\w+)\.(\w+)/gm)) {
    const isGiven = inputs[input!] !== undefined;
    if (isGiven && /^ {8}userLabels\??:/m.test(nestedOf(vendor, module!, nested!))) return [input!, "userLabels"];
  }
  return undefined;
}

const at = (value: unknown, path: string[]): unknown =>
  path.reduce((inner: unknown, key) => (inner as Inputs | undefined)?.[key], value);

describe("labels", () => {
  withDocker();

  for (const [stack, make] of [
    ["dev", made],
    ["gke", madeInCluster],
  ] as const)
    it(`are on everything of stack ${stack} that can carry them`, async () => {
      const { resources, inputsOf } = await make();
      const labelled: string[] = [];
      for (const { type, name } of resources.filter(({ type }) => /^(gcp|docker|kubernetes):/.test(type))) {
        const place = placeOf(type, inputsOf(name));
        if (place === undefined) continue;
        labelled.push(name);
        const found = at(inputsOf(name), place);
        if (type.startsWith("docker:")) {
          assert.deepEqual(found, [{ label: "bay-wheels.stack", value: stack }], name);
          continue;
        }
        const { application, stack: owner, "managed-by": manager } = (found ?? {}) as Record<string, string>;
        assert.deepEqual([application, manager, owner], ["bay-wheels", "pulumi", stack], name);
      }
      const some =
        stack === "dev" ? ["data-dataset", "kestra-container"] : ["kestra-database-instance", "kestra-namespace"];
      for (const name of ["data-bucket", ...some]) assert.ok(labelled.includes(name), `${name} can carry labels`);
    });
});
