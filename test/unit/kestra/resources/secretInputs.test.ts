import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import type { Connection } from "../../../../kestra/client/connection";
import { KvEntry, type KvEntryArgs } from "../../../../kestra/resources/kvEntry";
import { NamespaceFiles, type NamespaceFilesArgs } from "../../../../kestra/resources/namespaceFiles";

const connection: Connection = {
  kind: "address",
  url: "http://127.0.0.1:1",
  username: "a@b.c",
  password: "Password-1",
};

/** How a secret value is sent to the engine. */
const secret = (value: unknown) => ({ [pulumi.runtime.specialSigKey]: pulumi.runtime.specialSecretSig, value });

describe("a resource's inputs, as sent to the engine,", () => {
  let stated: Record<string, unknown>;
  beforeEach(async () => {
    stated = {};
    await pulumi.runtime.setMocks({
      newResource: ({ name, inputs }) => {
        const { __provider, connection: of, ...others } = inputs as Record<string, unknown>;
        assert.deepEqual([typeof __provider, of], ["string", secret(connection)]);
        stated = others;
        return { id: name, state: {} };
      },
      call: () => ({}),
    });
  });

  async function entry(args: Partial<KvEntryArgs>): Promise<unknown> {
    new KvEntry("entry", { connection, namespace: "n", key: "K", value: "v", ...args });
    await pulumi.runtime.disconnect();
    return stated;
  }

  it("mark an entry's value as secret, whatever it is", async () => {
    assert.deepEqual(await entry({}), { namespace: "n", key: "K", value: secret("v") });
  });

  it("mark a number as secret, too, but not the rest of the entry", async () => {
    const rest = { type: "NUMBER", ttl: "PT1H", description: "for tests" } as const;
    assert.deepEqual(await entry({ value: 5, ...rest }), { namespace: "n", key: "K", value: secret(5), ...rest });
  });

  it("don't mark the value of a plain entry, and don't contain the argument `plain`", async () => {
    assert.deepEqual(await entry({ plain: true }), { namespace: "n", key: "K", value: "v" });
  });

  it("mark a plain entry that contains a secret as secret as a whole", async () => {
    const value = { a: pulumi.secret("s"), b: 1 };
    assert.deepEqual(await entry({ value, plain: true }), {
      ...{ namespace: "n", key: "K" },
      value: secret({ a: "s", b: 1 }),
    });
  });

  const files = (args: Partial<NamespaceFilesArgs>) =>
    new NamespaceFiles("files", { connection, namespace: "n", ...args });

  it("contain each text of a record, its secrets marked, and the paths of local files", async () => {
    files({
      prefix: "p",
      files: {
        "a.sql": "a",
        "b.sql": pulumi.secret("b"),
        "c.sql": new pulumi.asset.StringAsset("c"),
        "d.sql": new pulumi.asset.FileAsset("local/d.sql"),
        "e.sql": pulumi.output(undefined) as unknown as pulumi.Output<string>,
      },
    });
    await pulumi.runtime.disconnect();
    assert.deepEqual(stated, {
      namespace: "n",
      prefix: "p",
      files: {},
      // the mock marks the whole record as secret; the engine, only that text
      texts: secret({ "p/a.sql": "a", "p/b.sql": "b", "p/c.sql": "c", "p/e.sql": null }),
      paths: { "p/d.sql": "local/d.sql" },
    });
  });

  const remote = new pulumi.asset.RemoteAsset("https://example.com/a") as unknown as string;
  const archive = new pulumi.asset.FileArchive("a.zip") as unknown as string;
  const refused: [string, Partial<NamespaceFilesArgs>, string][] = [
    ["neither a folder nor files", {}, "pass either 'directory' or 'files'"],
    ["both", { directory: "dbt", files: { a: "a" } }, "pass either 'directory' or 'files'"],
    [
      "patterns for stated files",
      { files: { a: "a" }, exclude: ["b"] },
      "'exclude' works only with 'directory'. Remove those files from 'files'",
    ],
    [
      "an asset elsewhere",
      { files: { a: remote } },
      "files['a'] is a RemoteAsset. Download it, and pass it as a FileAsset",
    ],
    [
      "an archive",
      { files: { a: archive } },
      "files['a'] is an archive. Pass its files one by one, or its folder as 'directory'",
    ],
  ];
  for (const [name, args, reason] of refused)
    it(`refuses ${name}`, () => {
      assert.throws(() => files(args), { message: `NamespaceFiles 'files': ${reason}.` });
    });
});
