import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { PassThrough } from "node:stream";
import { UsageError } from "../../../cli/commandLine";
import { destroy } from "../../../cli/commands/destroy";
import { printedBy, TemporaryFolder } from "../../../local/lab/temporaryFolder";

describe("npm run destroy", () => {
  let folder: TemporaryFolder;
  beforeEach(() => {
    folder = new TemporaryFolder();
    symlinkSync("/usr/bin/du", "bin/du");
    folder.script(
      "bin/pulumi",
      '[ "$1" = version ] && echo v3.250.0 && exit 0',
      'echo "$*" >> calls',
      '[ "$*" = "stack ls --json" ] && echo \'[{"name":"local"}]\'',
      "exit 0",
    );
    folder.script("bin/pulumi-language-nodejs");
    mkdirSync(".local/state", { recursive: true });
    folder.write(".local/services/storage/data/object", "x".repeat(100_000));
  });
  afterEach(() => folder.dispose());

  /** A terminal, or what takes its place, at which somebody has typed; and what was written to it. */
  function terminal(typed: string, { input = true, output = true } = {}) {
    const stdin = Object.assign(new PassThrough(), { isTTY: input });
    const stdout = Object.assign(new PassThrough().setEncoding("utf8"), { isTTY: output });
    stdin.end(typed);
    return { stdin, stdout, asked: () => (stdout.read() as string | null) ?? "" };
  }
  const files = () => readdirSync(".local", { recursive: true }).sort();
  const calls = () => (existsSync("calls") ? readFileSync("calls", "utf8").trim().split("\n") : []);
  const destroying = ["destroy --yes --skip-preview", "stack rm --yes --preserve-config"];

  for (const answer of ["y\n", "YES\n", " yes \n"])
    it(`deletes when it is answered ${JSON.stringify(answer)}`, async () => {
      const person = terminal(answer);
      const printed = await printedBy(async () => assert.equal(await destroy(false, person), 0));
      assert.equal(person.asked(), "Destroy it? [y/N] ");
      assert.match(printed.at(-1)!, /^Stack 'local' is gone, /);
      assert.deepEqual(calls(), ["stack ls --json", ...destroying]);
      assert.deepEqual(files(), []);
    });

  for (const answer of ["n\n", "\n", "", "yes please\n", "no\ny\n"])
    it(`changes nothing when it is answered ${JSON.stringify(answer)}`, async () => {
      const before = files();
      const printed = await printedBy(async () => assert.equal(await destroy(false, terminal(answer)), 1));
      assert.equal(printed.at(-1), "Nothing was changed.");
      assert.deepEqual([files(), calls()], [before, []]);
    });

  it("says what goes first: the folder, the services, and how much data they have", async () => {
    const [text] = await printedBy(() => destroy(false, terminal("n\n")));
    const lines = text!.split("\n");
    assert.equal(
      lines[0],
      `This deletes stack 'local' in ${folder.path}: it stops its services (running: none) and deletes`,
    );
    assert.match(lines[1]!, /^ {2}1\d\dK {2}\.local\/services\/storage$/);
    assert.match(lines[2]!, /^ {2}\S+ {2}\.local\/state$/);
    assert.equal(lines[3], "The built tools and the settings stay.");
  });

  for (const missing of [{ input: false }, { output: false }, { input: false, output: false }])
    it(`needs --yes without a terminal: ${JSON.stringify(missing)}`, async () => {
      const before = files();
      const person = terminal("y\n", missing);
      await printedBy(() =>
        assert.rejects(
          destroy(undefined, person),
          new UsageError(
            "npm run destroy: there's no terminal to ask on, so nothing was changed. " +
              "Confirm with: npm run destroy -- --yes",
          ),
        ),
      );
      assert.equal(person.asked(), "");
      assert.deepEqual([files(), calls()], [before, []]);
      await printedBy(async () => assert.equal(await destroy(true, person), 0));
      assert.deepEqual([files(), calls()], [[], ["stack ls --json", ...destroying]]);
    });

  it("refuses to delete a state folder that also holds another stack", async () => {
    folder.script(
      "bin/pulumi",
      '[ "$1" = version ] && echo v3.250.0 && exit 0',
      'echo "$*" >> calls',
      'echo \'[{"name":"local"},{"name":"dev"}]\'',
    );
    const before = files();
    await printedBy(() =>
      assert.rejects(destroy(true), /^Error: Nothing was changed: stack 'dev' is in \.local\/state/),
    );
    assert.deepEqual([files(), calls()], [before, ["stack ls --json"]]);
  });

  it("says that there is nothing to destroy, and needs neither answer nor Pulumi", async () => {
    await printedBy(() => destroy(true));
    const { length } = calls();
    const printed = await printedBy(async () => assert.equal(await destroy(false, terminal("", { input: false })), 0));
    assert.deepEqual(printed, ["There's nothing to destroy: stack 'local' isn't here. Create it with: npm start"]);
    assert.equal(calls().length, length);
  });
});
