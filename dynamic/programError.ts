import * as pulumi from "@pulumi/pulumi";

/**
 * A user-facing error that ends the program from within an output. For any other error, Pulumi prefixes the message
 * with the property that waits for the output, and prints a stack trace.
 */
export class ProgramError extends pulumi.RunError {
  constructor(message: string) {
    super();
    this.stack = "";
    Object.defineProperty(this, "message", { get: () => message, set: () => {} });
  }
}
