import * as pulumi from "@pulumi/pulumi";
import { configCommand } from "../config";
import type { Settings } from "../settings";

/**
 * The resource option that takes over what exists under a name, if `bay-wheels:adopt` holds that name. The engine reads
 * the resource and, in the same `up`, changes it to what the program states.
 * @param id the resource's own id, so that one that the stack has already isn't imported again
 */
export function adoption({ adopt }: Pick<Settings, "adopt">, name: string, id: string): { import?: string } {
  return adopt.includes(name) ? { import: id } : {};
}

/** Refuses a name of which the stack makes nothing. */
export function requireKnownNames({ adopt }: Pick<Settings, "adopt">, known: string[]): void {
  const other = adopt.find((name) => !known.includes(name));
  if (other === undefined) return;
  throw new pulumi.RunError(
    `Config 'bay-wheels:adopt' has '${other}', but this stack can only take over ${known.join(", ")}. ` +
      `Change it with: ${configCommand("set", "bay-wheels:adopt", "<names>")}`,
  );
}
