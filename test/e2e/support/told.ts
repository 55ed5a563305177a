/** What of a text has these words up to the end of its line, each once: the engine tells an error as it comes, and at the end. */
export const told = (text: string, words: RegExp) => [
  ...new Set(text.match(new RegExp(`${words.source}.*`, "g"))?.map((line) => line.trimEnd())),
];
