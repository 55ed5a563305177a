import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { kestraVersion } from "../../../../kestra/server/version";

const read = (path: string) => readFileSync(path, "utf8");

describe("the version of Kestra", () => {
  it("is the local engine's", () => {
    assert.ok(read("local/engine/pom.xml").includes(`<kestra.version>${kestraVersion}</kestra.version>`));
  });

  it("is the one that the documents name", () => {
    const minor = kestraVersion.replace(/\.\d+$/, "");
    const pages = readdirSync("docs").filter((name) => name.endsWith(".md"));
    for (const page of ["README.md", ...pages.map((name) => `docs/${name}`)])
      for (const [version] of read(page).matchAll(/(?<=engine |Kestra )\d+\.\d+\.\d+/g))
        if (version.startsWith(`${minor}.`)) assert.ok(version === kestraVersion, `${page}: ${version}`);
  });

  it("is the version that the example starts", () => {
    assert.ok(read("examples/kestra-only/README.md").includes(` kestra/kestra:v${kestraVersion} server local\n`));
  });
});
