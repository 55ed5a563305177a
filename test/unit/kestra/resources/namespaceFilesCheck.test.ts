import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { sha256 } from "../../../../dynamic/handlers";
import type { Connection } from "../../../../kestra/client/connection";
import { handlers as namespaceFiles } from "../../../../kestra/resources/namespaceFiles";

/** No server listens there. */
const connection: Connection = {
  kind: "address",
  url: "http://127.0.0.1:1",
  username: "a@b.c",
  password: "Password-1",
};

describe("the check of namespace files", () => {
  const files = (inputs: object) => namespaceFiles.check({}, { connection, namespace: "n", files: {}, ...inputs });
  const reasonsOf = async (inputs: object) =>
    (await files(inputs)).failures!.map(({ property, reason }) => `${property}: ${reason}`);

  it("adds the hashes of texts and assets, and nothing else, to a record of files", async () => {
    const texts = { "p/a.sql": "select 1", "p/b.sql": "" };
    const paths = { "p/package.json": "package.json" };
    const { inputs, failures } = await files({ prefix: "p", texts, paths });
    const hashes = { "p/a.sql": sha256("select 1"), "p/b.sql": sha256("") };
    const own = { "p/package.json": sha256(readFileSync("package.json")) };
    assert.deepEqual(failures, []);
    assert.deepEqual(inputs, { connection, namespace: "n", prefix: "p", texts, paths, files: { ...hashes, ...own } });
    assert.deepEqual((await files({ directory: "d", files: { a: "1" } })).inputs, {
      ...{ connection, namespace: "n", directory: "d" },
      files: { a: "1" },
    });
  });

  it("leaves the hash unknown if a preview doesn't know the text yet", async () => {
    const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
    const { inputs, failures } = await files({ texts: { a: unknown } });
    assert.deepEqual([inputs!.files, failures], [{ a: unknown }, []]);
    const olds = { connection, namespace: "n", files: { a: sha256("") } };
    assert.deepEqual(await namespaceFiles.diff("n", olds, inputs!), { changes: true, replaces: [] });
  });

  it("names the files of a record that can't be uploaded, never their text", async () => {
    const refused: [object, string[]][] = [
      [{}, ["files: 'files' is empty: add files"]],
      [{ texts: { a: null } }, ["files: 'a' is neither a text nor an asset. State one of them"]],
      [{ texts: { a: ["canary"] } }, ["files: 'a' is neither a text nor an asset. State one of them"]],
      [
        { paths: { a: "no/such" } },
        ["files: 'a' is the file 'no/such', which can't be read (ENOENT). Correct its path"],
      ],
      [{ paths: { a: "test" } }, ["files: 'a' is the file 'test', which can't be read (EISDIR). Correct its path"]],
      [
        { prefix: "p", texts: { "p/a b": "canary" } },
        ["files: files['a b']: Kestra stores a space as '+', under another name. Rename it"],
      ],
      [
        { texts: { a: "canary", "a/b/c": "canary" } },
        ["files: files['a']: another file uses this path as a folder. Rename it"],
      ],
      ...["/a", "a/", "a//b", "../a", "a/./b"].map((path): [object, string[]] => [
        { texts: { [path]: "canary" } },
        [
          `files: files['${path}']: it isn't a plain path such as 'sql/a.sql': a part is missing, or is '.' or '..'. Rename it`,
        ],
      ]),
    ];
    for (const [inputs, reasons] of refused) assert.deepEqual(await reasonsOf(inputs), reasons);
  });

  it("names a prefix that isn't a folder of the namespace", async () => {
    const plain = "it isn't a plain path such as 'sql/a.sql': a part is missing, or is '.' or '..'";
    for (const [prefix, reason] of [
      ["/dbt", plain],
      ["dbt/", plain],
      ["..", plain],
      ["_flows/x", "Kestra reserves that folder for flows"],
      ["my files", "Kestra stores a space as '+', under another name"],
    ] as const) {
      const reasons = await reasonsOf({ prefix, directory: "dbt", files: { [`${prefix}/a`]: "1" } });
      assert.deepEqual(reasons, [`prefix: prefix '${prefix}': ${reason}. Correct it`]);
    }
  });

  it("names files that Kestra would store under another name", async () => {
    const hash = "hash";
    const named = { "a b.sql": hash, "c\\d.sql": hash, "_flows/e.yaml": hash, "ok+%ü.sql": hash, "x/_flows/ok": hash };
    const { failures } = await namespaceFiles.check({}, { connection, namespace: "n", directory: "dbt", files: named });
    assert.deepEqual(failures, [
      {
        property: "files",
        reason: "dbt/a b.sql: Kestra stores a space as '+', under another name. Rename or exclude it",
      },
      {
        property: "files",
        reason: "dbt/c\\d.sql: Kestra stores a backslash under another name. Rename or exclude it",
      },
      { property: "files", reason: "dbt/_flows/e.yaml: Kestra reserves that folder for flows. Rename or exclude it" },
    ]);
  });
});
