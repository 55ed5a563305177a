import { untilInterrupted } from "../../cli/support/interruption";
import { bench } from "./bench";

untilInterrupted(() => bench(JSON.parse(process.argv[2]!) as Parameters<typeof bench>[0]))
  .then((code) => (process.exitCode = code))
  .catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
