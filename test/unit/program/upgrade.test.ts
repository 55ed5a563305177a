import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { postgresData, postgresImage } from "../../../kestra/server/docker/images";
import { passwordRemedy } from "../../../kestra/server/docker/diagnosis";
import { made, withDocker } from "../support/cloudStacks";

describe("docs/upgrade.md", () => {
  withDocker();
  const document = readFileSync("docs/upgrade.md", "utf8");

  it("names the containers, and the resources of its commands, as the program makes them", async () => {
    const { resources, inputsOf } = await made();
    const containers = ["kestra-container", "kestra-postgres-container"].map((name) => inputsOf(name).name as string);
    const named = [...document.matchAll(/bay-wheels-dev-\w+/g)].map(([name]) => name);
    assert.deepEqual([...new Set(named)].sort(), containers.sort());
    const globs = [...document.matchAll(/'\*\*::([\w-]+)'/g)].map(([, name]) => name!);
    assert.ok(globs.length >= 2);
    for (const name of globs)
      assert.ok(
        resources.some((resource) => resource.name === name),
        name,
      );
    assert.deepEqual(inputsOf("kestra-network").labels, [{ label: "bay-wheels.stack", value: "dev" }]);
    for (const filter of document.match(/label=\S+/g)!) assert.match(filter, /^label=bay-wheels\.stack=dev[`)]/);
  });

  it("names the same command for another password as the program", () => {
    assert.ok(document.includes(passwordRemedy("bay-wheels-dev-postgres")));
  });

  it("speaks of the Postgres that is in use", () => {
    const major = /^postgres:(\d+)\./.exec(postgresImage)![1]!;
    assert.ok(document.includes(`**Within ${major}.**`));
    assert.ok(document.includes(postgresData));
    assert.ok(document.includes("`postgresData`"));
  });
});
