import { stackLabel } from "./stackName";

/** Whose a thing is, for bills, for whoever finds it, and for the next `up` (projectFaults.ts). */
export function labels(): Record<string, string> {
  return { application: "bay-wheels", "managed-by": "pulumi", stack: stackLabel() };
}
