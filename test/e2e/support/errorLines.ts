/** The matches up to the end of their lines, each once: the engine prints an error as it comes, and at the end. */
export const errorLines = (text: string, words: RegExp) => [
  ...new Set(text.match(new RegExp(`${words.source}.*`, "g"))?.map((line) => line.trimEnd())),
];
