import * as pulumi from "@pulumi/pulumi";

/**
 * An error for people that ends the program from within an output. Pulumi would put the name of the property that
 * waits for the output before the message, and print a stack trace.
 */
export class ProgramError extends pulumi.RunError {
  constructor(message: string) {
    super();
    this.stack = "";
    Object.defineProperty(this, "message", { get: () => message, set: () => {} });
  }
}
