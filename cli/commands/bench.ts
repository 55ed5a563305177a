import { inForeground } from "../../local/tools/foreground";

/** `npm run bench`: runs the benchmark, a program of test/, and passes the flags to it as JSON. */
export const bench = (flags: object) =>
  inForeground(process.execPath, ["--import", "tsx", "test/bench/main.ts", JSON.stringify(flags)]);

/** `npm run bench:kestra`: the same for the resources of kestra/. */
export const benchKestra = (flags: object) =>
  inForeground(process.execPath, ["--import", "tsx", "test/bench/kestra/main.ts", JSON.stringify(flags)]);
