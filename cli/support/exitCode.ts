import { KestraUnreachable } from "../../kestra/client/errors";
import { UsageError } from "../commandLine";

/** A server other than Kestra that gives no answer. */
export class Unreachable extends Error {}

/** Exit code of a command that ends with an error: 2 usage, 3 a server can't be reached, 1 everything else. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) return 2;
  return error instanceof KestraUnreachable || error instanceof Unreachable ? 3 : 1;
}
