import { createInterface } from "node:readline";

/** The person's terminal, if there is one. */
export interface Terminal {
  stdin: NodeJS.ReadableStream & { isTTY?: boolean };
  stdout: NodeJS.WritableStream & { isTTY?: boolean };
}

/** Asks a question that only 'y' or 'yes' affirms. */
export async function confirms(question: string, { stdin, stdout }: Terminal): Promise<boolean> {
  stdout.write(`${question} [y/N] `);
  const lines = createInterface({ input: stdin, terminal: false });
  const answer = await lines[Symbol.asyncIterator]().next();
  lines.close();
  return !answer.done && /^y(es)?$/i.test(answer.value.trim());
}
