import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { sha256 } from "../../../../dynamic/handlers";
import { NamespaceFiles } from "../../../../kestra/resources/namespaceFiles";
import { TemporaryFolder } from "../../../../local/lab/temporaryFolder";

const connection = {
  kind: "address" as const,
  url: "http://127.0.0.1:8080",
  username: "a@b.c",
  password: "Password-1",
};

describe("the folder of namespace files", () => {
  let folder: TemporaryFolder;
  let stated: Record<string, unknown>;
  beforeEach(async () => {
    folder = new TemporaryFolder();
    stated = {};
    await pulumi.runtime.setMocks({
      newResource: ({ name, inputs }) => {
        stated = (inputs as { files: Record<string, unknown> }).files;
        return { id: name, state: {} };
      },
      call: () => ({}),
    });
  });
  afterEach(() => folder.dispose());

  const files = (directory: string) => new NamespaceFiles("dbt-files", { connection, namespace: "n", directory });
  const link = (target: string, path: string) => symlinkSync(target, join(folder.path, path));

  it("has linked files and folders as if they stood there", async () => {
    folder.write("shared/macros/m.sql", "m");
    folder.write("shared/one.sql", "1");
    folder.write("dbt/own.sql", "own");
    link("../shared/one.sql", "dbt/linked.sql");
    link("../shared/macros", "dbt/macros");
    link("../shared/macros", "dbt/macros2");
    files("dbt");
    await pulumi.runtime.disconnect();
    assert.deepEqual(stated, {
      "linked.sql": sha256("1"),
      "macros/m.sql": sha256("m"),
      "macros2/m.sql": sha256("m"),
      "own.sql": sha256("own"),
    });
  });

  it("leaves out what is excluded, at any depth", async () => {
    const listed = ["dbt_project.yml", "models/target.sql"];
    for (const path of [...listed, "models/target/b.sql", "target/run.json", "logs/dbt.log", ".user.yml"])
      folder.write(`dbt/${path}`, "x");
    const exclude = ["target", "logs", ".user.yml"];
    new NamespaceFiles("dbt-files", { connection, namespace: "n", directory: "dbt", exclude });
    await pulumi.runtime.disconnect();
    assert.deepEqual(Object.keys(stated), listed);
  });

  it("leaves out files that match .gitignore patterns, those of the root's .kestraignore first", async () => {
    const listed = ["a.sql", "keep.log", "models/.kestraignore", "models/TMP/a.sql", "models/raw/a.sql", "raw"];
    const left = [".kestraignore", "models/a.tmp", "models/x.log", "secret/keep.log", "tmp/a.sql", "models/tmp/a.sql"];
    for (const path of [...listed, ...left]) folder.write(`dbt/${path}`, "x");
    folder.write("dbt/models/.kestraignore", "raw\n");
    folder.write("dbt/.kestraignore", "# remark\n*.log\n\n/raw/\ntmp/\nsecret\n");
    // a link to a folder, excluded by its name
    link("../dbt/models", "dbt/linked");
    new NamespaceFiles("dbt-files", {
      ...{ connection, namespace: "n", directory: "dbt" },
      exclude: ["*.tmp", "!keep.log", "linked"],
    });
    await pulumi.runtime.disconnect();
    assert.deepEqual(Object.keys(stated), listed);
  });

  it("is uploaded below its prefix", async () => {
    folder.write("dbt/models/a.sql", "a");
    new NamespaceFiles("dbt-files", { connection, namespace: "n", directory: "dbt", prefix: "x/y" });
    await pulumi.runtime.disconnect();
    assert.deepEqual(stated, { "x/y/models/a.sql": sha256("a") });
  });

  it("may have broken links that are excluded", async () => {
    folder.write("dbt/a.sql", "a");
    link("gone", "dbt/broken");
    new NamespaceFiles("dbt-files", { connection, namespace: "n", directory: "dbt", exclude: ["broken"] });
    await pulumi.runtime.disconnect();
    assert.deepEqual(Object.keys(stated), ["a.sql"]);
  });

  const refused: [string, () => void, string][] = [
    ["it is missing", () => {}, "folder 'dbt' doesn't exist. Create it, or correct 'directory'."],
    ["it is a file", () => folder.write("dbt", ""), "'dbt' isn't a folder. Correct 'directory'."],
    [
      "a link leads nowhere",
      () => {
        mkdirSync("dbt");
        link("gone.sql", "dbt/a.sql");
      },
      "dbt/a.sql is a broken link. Remove or exclude it.",
    ],
    [
      "a link leads to itself",
      () => {
        mkdirSync("dbt");
        link("a.sql", "dbt/a.sql");
      },
      "dbt/a.sql links to itself. Remove or exclude it.",
    ],
    [
      "a link leads to a folder around it",
      () => {
        mkdirSync("dbt/models", { recursive: true });
        link("..", "dbt/models/up");
      },
      "dbt/models/up links to one of its parent folders. Remove or exclude it.",
    ],
    [
      "it holds a pipe",
      () => {
        mkdirSync("dbt");
        execFileSync("/usr/bin/mkfifo", ["dbt/pipe"]);
      },
      "dbt/pipe is neither a file nor a folder. Remove or exclude it.",
    ],
  ];
  for (const [name, prepare, reason] of refused) {
    it(`is refused in words where ${name}`, () => {
      prepare();
      assert.throws(() => files("dbt"), { name: "Error", message: `NamespaceFiles 'dbt-files': ${reason}` });
    });
  }
});
