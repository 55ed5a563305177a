import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { command, helpOf, month, runCommand, UsageError, type Command } from "../../../cli/commandLine";
import { commands } from "../../../cli/table";
import { printedBy, TemporaryFolder } from "../../../local/lab/temporaryFolder";

const names = Object.keys(commands);
const relays = names.filter((name) => "relay" in commands[name]!);
const parsed = names.filter((name) => !relays.includes(name));
/** Commands whose argument isn't a free text. */
const withChoices = parsed.filter((name) => {
  const { argument } = commands[name] as Command;
  return argument === undefined || argument.choices !== undefined;
});

describe("the commands", () => {
  it("are those of package.json, and so are the suites", () => {
    const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as { scripts: Record<string, string> };
    const called = Object.entries(scripts).flatMap(([script, line]) => {
      const [, name, suite] = /^node cli\/bootstrap\.mjs ([\w:]+)(?: (\w+))?$/.exec(line) ?? [];
      return name === undefined ? [] : [[script, [name, suite].filter(Boolean).join(":")]];
    });
    assert.deepEqual(Object.fromEntries(called), Object.fromEntries(called.map(([script]) => [script, script])));
    const folders = readdirSync("test").filter((folder) =>
      readdirSync(join("test", folder), { recursive: true, encoding: "utf8" }).some((name) =>
        name.endsWith(".test.ts"),
      ),
    );
    const suites = ["quick", ...folders];
    const expected = [...names, ...suites.map((suite) => `test:${suite}`)];
    assert.deepEqual(called.map(([script]) => script).sort(), expected.sort());
    const { argument } = commands.test as { argument: { choices: string[] } };
    assert.deepEqual([...argument.choices].sort(), suites.sort());
  });

  describe("in a folder where nothing is set up", () => {
    let folder: TemporaryFolder;
    beforeEach(() => (folder = new TemporaryFolder()));
    afterEach(() => folder.dispose());
    const untouched = () => assert.deepEqual(readdirSync(".", { recursive: true }), ["bin"]);

    const wrong: [string[], string][] = parsed.flatMap((name): [string[], string][] => [
      [[name, "--frobnicate"], `./bay ${name}: Unknown option '--frobnicate'. Help: ./bay ${name} --help`],
      [[name, "--help=x"], `./bay ${name}: Option '-h, --help' does not take an argument. Help: ./bay ${name} --help`],
    ]);
    const choices = ": suite is one of quick, unit, contract, e2e, model, kills, live";
    const choicesOf: Record<string, string> = { test: choices, schedule: ": state is one of on, off" };
    for (const name of withChoices) {
      const expected = choicesOf[name] ?? "";
      wrong.push([
        [name, "surplus"],
        `./bay ${name}: Unexpected argument 'surplus'${expected}. Help: ./bay ${name} --help`,
      ]);
    }
    wrong.push(
      [["test", "unit", "more"], `./bay test: Unexpected argument 'more'${choices}. Help: ./bay test --help`],
      [["ui", "-s"], "./bay ui: Option '-s, --stack <value>' argument missing. Help: ./bay ui --help"],
      [
        ["bench", "--history", "2"],
        "./bay bench: --history 2: it must be a whole number of at least 3. Help: ./bay bench --help",
      ],
      [
        ["bench", "--trips", "many"],
        "./bay bench: --trips many: it must be a whole number of at least 1000. Help: ./bay bench --help",
      ],
      [
        ["bench:kestra", "--flows", "10,many"],
        "./bay bench:kestra: --flows 10,many: it must be whole numbers such as 10,100. Help: ./bay bench:kestra --help",
      ],
      [
        ["bench", "--since", "2018-13"],
        "./bay bench: --since 2018-13: it must be a month like 2018-01. Help: ./bay bench --help",
      ],
    );
    wrong.push(
      [
        ["report", "--from", "2026-9"],
        "./bay report: --from 2026-9: it must be a month like 2018-01. Help: ./bay report --help",
      ],
      [
        ["report", "--from", "2026-09", "--to", "2026-08"],
        "./bay report: --from 2026-09 is after --to 2026-08. Help: ./bay report --help",
      ],
    );
    for (const [args, message] of wrong)
      it(`refuse '${args.join(" ")}' before anything is done`, async () => {
        await assert.rejects(runCommand(commands, args), new UsageError(message));
        untouched();
      });

    for (const name of names)
      for (const flag of ["--help", "-h"])
        it(`answer '${name} ${flag}', and do nothing`, async () => {
          const [text] = await printedBy(async () => assert.equal(await runCommand(commands, [name, flag]), 0));
          assert.match(text!, new RegExp(`^Usage: \\./bay ${name} `));
          assert.ok(text!.includes(`\n\n${commands[name]!.summary}.`), text);
          untouched();
        });

    it("hand a call for Pulumi's help on, and create no stack", async () => {
      folder.script("bin/pulumi", '[ "$1" = version ] && echo v3.250.0 && exit 0', 'echo "$*" >> calls');
      folder.script("bin/pulumi-language-nodejs");
      for (const args of [["up", "--help"], ["stack", "-h"], ["help", "up"], []])
        assert.equal(await runCommand(commands, ["pulumi", ...args]), 0);
      assert.equal(readFileSync("calls", "utf8"), "up --help\nstack -h\nhelp up\n\n");
      assert.equal(existsSync(".local"), false);
    });
  });

  it("get their flags by name and letter, and their argument", async () => {
    const seen: object[] = [];
    const table = {
      try: command({
        summary: "Try",
        flags: {
          yes: { type: "boolean", short: "y", help: "yes" },
          stack: { type: "string", short: "s", value: "name", help: "name" },
        },
        argument: { name: "suite", choices: ["unit"] },
        run: (given) => Promise.resolve(seen.push({ ...given, flags: { ...given.flags } })),
      }),
    };
    assert.equal(await runCommand(table, ["try", "-ys", "dev", "unit"]), 1);
    assert.equal(await runCommand(table, ["try", "--stack=dev"]), 2);
    assert.deepEqual(seen, [
      { flags: { yes: true, stack: "dev" }, argument: "unit" },
      { flags: { stack: "dev" }, argument: undefined },
    ]);
  });

  describe("with a free argument", () => {
    const seen: unknown[] = [];
    const table = {
      try: command({
        summary: "Try",
        details: "More.",
        flags: { all: { type: "boolean", help: "all of it" } },
        argument: { name: "month", rule: month, required: true },
        examples: [["2025-03", "one month"]],
        run: ({ argument }) => Promise.resolve(seen.push(argument)),
      }),
    };

    for (const [args, message] of [
      [["2025-13"], "'2025-13': it must be a month like 2018-01"],
      [[""], "'': it must be a month like 2018-01"],
      [[], "The month is missing"],
      [["2025-03", "2025-04"], "Unexpected argument '2025-04'"],
    ] as const)
      it(`refuse ${JSON.stringify(args)}`, async () => {
        const refused = new UsageError(`./bay try: ${message}. Help: ./bay try --help`);
        await assert.rejects(runCommand(table, ["try", ...args]), refused);
        assert.deepEqual(seen, []);
      });

    it("take one that the rule accepts, and show it with the examples in the help", async () => {
      assert.equal(await runCommand(table, ["try", "2025-03"]), 1);
      assert.deepEqual(seen, ["2025-03"]);
      const help = [
        "Usage: ./bay try [flags] <month>\n",
        "Try.",
        "More.\n",
        "      --all   all of it",
        "  -h, --help  show this help\n",
        "Examples:",
        "  ./bay try 2025-03  one month",
      ];
      assert.equal(helpOf("try", table.try), help.join("\n"));
    });
  });

  describe("as processes", () => {
    const cli = (...args: string[]) => {
      const { status, stdout, stderr } = spawnSync(
        process.execPath,
        ["--import", "tsx", resolve("cli/main.ts"), ...args],
        { encoding: "utf8" },
      );
      return { status, stdout, stderr };
    };
    const list = new RegExp(`Usage: \\./bay <command> .*\n\n${names.map((name) => `  ${name} +\\S.*\n`).join("")}`);

    it("end with 2 and a message on stderr when they are refused", () => {
      assert.deepEqual(cli("destroy", "--frobnicate"), {
        status: 2,
        stdout: "",
        stderr: "./bay destroy: Unknown option '--frobnicate'. Help: ./bay destroy --help\n",
      });
    });

    for (const args of [["nonsense"], ["toString"], [""], []])
      it(`list all where ${JSON.stringify(args)} is none`, () => {
        const { status, stdout, stderr } = cli(...args);
        assert.deepEqual([status, stdout], [2, ""]);
        assert.match(stderr, /^(Unknown command '\w*'|No command)\.\n/);
        assert.match(stderr, list);
      });

    it("end with 0 and the list on stdout for --help", () => {
      const { status, stdout, stderr } = cli("--help");
      assert.deepEqual([status, stderr], [0, ""]);
      assert.match(stdout, list);
    });
  });
});
