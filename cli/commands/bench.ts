import { inForeground } from "../../local/tools/foreground";

/** `npm run bench`: runs the benchmark, which is a program beside the tests, with the flags as JSON. */
export const bench = (flags: object) =>
  inForeground(process.execPath, ["--import", "tsx", "test/bench/main.ts", JSON.stringify(flags)]);
