import { stackLabel } from "./stackName";

/** Mark what the stack owns, for bills, for people, and for the next `up` (projectFaults.ts). */
export function labels(): Record<string, string> {
  return { application: "bay-wheels", "managed-by": "pulumi", stack: stackLabel() };
}
