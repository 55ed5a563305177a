import { outputsOf } from "../support/openStack";

/** `./bay password`: prints the password of a stack's Kestra, and nothing else. */
export function password(stack = "local"): number {
  const { kestraPassword } = outputsOf(stack);
  if (kestraPassword === undefined) throw new Error(`Stack '${stack}' has no Kestra yet.`);
  console.log(kestraPassword);
  return 0;
}
