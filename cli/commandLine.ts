import { parseArgs } from "node:util";

/** A command line that is refused before anything is changed. The exit code is 2. */
export class UsageError extends Error {}

/** Which values a flag accepts. */
interface Rule {
  accepts(value: string): boolean;
  /** Completes "it must be …". */
  words: string;
}

/** Whole numbers from `least` on. */
export const atLeast = (least: number): Rule => ({
  accepts: (value) => Number.isInteger(Number(value)) && Number(value) >= least,
  words: `a whole number of at least ${least}`,
});

/** Whole numbers from 1 on, between commas. */
export const numbers: Rule = {
  accepts: (value) => /^[1-9]\d*(,[1-9]\d*)*$/.test(value),
  words: "whole numbers such as 10,100",
};

/** One of these texts. */
export const oneOf = (...texts: string[]): Rule => ({
  accepts: (value) => texts.includes(value),
  words: `${texts.slice(0, -1).join(", ")} or ${texts.at(-1)}`,
});

/** A month of trips. */
export const month: Rule = {
  accepts: (value) => /^20\d\d-(0[1-9]|1[0-2])$/.test(value),
  words: "a month like 2018-01",
};

/** A flag of a command: `--name`, or `--name <value>`. */
interface Flag {
  type: "boolean" | "string";
  short?: string;
  /** Name of the value in the help. */
  value?: string;
  rule?: Rule;
  help: string;
}

type Flags = Record<string, Flag>;

/** The stack that a command works on: every command about data and executions has it. */
export const stackFlag = { type: "string", short: "s", value: "name", help: "the stack; default: local" } as const;

/** What a machine reads, on stdout: a JSON document, or one per line where the output grows. */
export const jsonFlag = { type: "boolean", help: "print JSON" } as const;

/** The positional argument of a command, optional unless `required`. */
interface Argument {
  /** In the help and in messages. */
  name: string;
  /** Its only values; default: any text that the rule accepts. */
  choices?: string[];
  rule?: Rule;
  required?: boolean;
}

/** A parsed command line. */
interface Given<F extends Flags> {
  flags: { [Name in keyof F]?: { boolean: boolean; string: string }[F[Name]["type"]] };
  /** The argument; undefined if an optional one is left out. */
  argument: string | undefined;
}

/** A command: `./bay <name> <arguments>`, or `npm run <name> -- <arguments>`. */
export interface Command<F extends Flags = Flags> {
  /** One line: what it does. */
  summary: string;
  /** More lines for the help. */
  details?: string;
  flags?: F;
  argument?: Argument;
  /** Command lines for the help, without `./bay <name>`, and what each does. */
  examples?: [string, string][];
  /** Returns the exit code. */
  run(given: Given<F>): Promise<number>;
}

/** A command that hands its arguments on to another program, which checks them itself. */
export interface Relay {
  summary: string;
  details?: string;
  usage: string;
  relay(args: string[]): Promise<number>;
}

export type Commands = Record<string, Command | Relay>;

/** Infers the type of `run`'s parameter from the flags. */
export const command = <const F extends Flags>(definition: Command<F>) => definition as unknown as Command;

const helpFlag: Flag = { type: "boolean", short: "h", help: "show this help" };

/** Two aligned columns. */
function columns(rows: [string, string][]): string {
  const width = Math.max(...rows.map(([cell]) => cell.length));
  return rows.map(([cell, text]) => `  ${cell.padEnd(width)}  ${text}`).join("\n");
}

/** All commands, one per line. */
function overview(commands: Commands): string {
  const rows = Object.entries(commands).map(([name, { summary }]): [string, string] => [name, summary]);
  const help = "More about a command: ./bay <command> --help. With npm: npm run <command> -- [arguments]";
  return `Usage: ./bay <command> [arguments]\n\n${columns(rows)}\n\n${help}`;
}

/** The help of a command. */
export function helpOf(name: string, command: Command | Relay): string {
  const { summary, details } = command;
  const parts = "relay" in command ? { usage: command.usage } : partsOf(command, name);
  const text = [`${summary}.`, details].filter((part) => part !== undefined).join("\n");
  const { usage, ...sections } = parts;
  return [`Usage: ./bay ${name} ${usage}`, text, ...Object.values(sections)].join("\n\n");
}

function partsOf({ flags = {}, argument, examples }: Command, command: string) {
  const rows = Object.entries({ ...flags, help: helpFlag }).map(([name, { short, value, help }]): [string, string] => {
    const letter = short === undefined ? "    " : `-${short}, `;
    return [`${letter}--${name}${value === undefined ? "" : ` <${value}>`}`, help];
  });
  const [open, close] = argument?.required ? ["<", ">"] : ["[", "]"];
  const named = argument === undefined ? "" : ` ${open}${argument.name}${close}`;
  const lines = examples?.map(([args, text]): [string, string] => [`./bay ${command} ${args}`.trimEnd(), text]);
  return {
    usage: `[flags]${named}`,
    ...(argument?.choices && { choices: `${argument.name}: ${argument.choices.join(", ")}` }),
    flags: columns(rows),
    ...(lines && { examples: `Examples:\n${columns(lines)}` }),
  };
}

/** Node's parser; its messages are cut before their advice on quoting. */
function parse(args: string[], flags: Flags) {
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, { type, short }]) => [name, { type, ...(short && { short }) }]),
  );
  try {
    return parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    throw new UsageError((error as Error).message.split(/\. |\.?\n/)[0]);
  }
}

/** Parses a command line; undefined when it asks for help. */
function read({ flags: known, argument }: Command, args: string[]): Given<Flags> | undefined {
  const { values, positionals } = parse(args, { ...known, help: helpFlag });
  const { help, ...flags } = values as Record<string, string | boolean>;
  if (help === true) return undefined;
  for (const [name, value] of Object.entries(flags)) {
    const rule = known?.[name]?.rule;
    if (rule !== undefined && !rule.accepts(String(value)))
      throw new UsageError(`--${name} ${value}: it must be ${rule.words}`);
  }
  checkArgument(argument, positionals);
  return { flags, argument: positionals[0] };
}

/** @throws UsageError when the argument is missing, surplus or none of its values */
function checkArgument(argument: Argument | undefined, [word, surplus]: string[]): void {
  const choices = argument?.choices;
  const isUnknown = word !== undefined && (argument === undefined || choices?.includes(word) === false);
  const unexpected = isUnknown ? word : surplus;
  if (unexpected !== undefined) {
    const expected = choices === undefined ? "" : `: ${argument?.name} is one of ${choices.join(", ")}`;
    throw new UsageError(`Unexpected argument '${unexpected}'${expected}`);
  }
  if (word === undefined && argument?.required) throw new UsageError(`The ${argument.name} is missing`);
  if (word !== undefined && argument?.rule?.accepts(word) === false)
    throw new UsageError(`'${word}': it must be ${argument.rule.words}`);
}

/**
 * Runs the named command; returns its exit code.
 * @throws UsageError before any tool, service or stack is touched
 */
export async function runCommand(commands: Commands, [name, ...args]: string[]): Promise<number> {
  if (name === "--help" || name === "-h") {
    console.log(overview(commands));
    return 0;
  }
  const found = name !== undefined && Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (name === undefined || found === undefined)
    throw new UsageError(`${name === undefined ? "No command" : `Unknown command '${name}'`}.\n${overview(commands)}`);
  if ("relay" in found) {
    if (args[0] === "--help" || args[0] === "-h") console.log(`${helpOf(name, found)}\n`);
    return found.relay(args);
  }
  let given: Given<Flags> | undefined;
  try {
    given = read(found, args);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`./bay ${name}: ${error.message}. Help: ./bay ${name} --help`);
  }
  if (given !== undefined) return found.run(given);
  console.log(helpOf(name, found));
  return 0;
}
