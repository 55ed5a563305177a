import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { accessToken } from "../../infra/google/credentials";
import { KestraClient } from "../../kestra/client/client";
import type { Endpoint } from "../../kestra/client/connection";
import { findPulumi } from "../../local/tools/pulumiOnPath";
import { toolPath } from "../../local/tools/tools";
import { stack as localStack, stackOutputs } from "./stack";
import type { Warehouse } from "./warehouse";

/** What a stack says of itself (index.ts); a stack that isn't up, or that an older version created, lacks some. */
export interface Outputs {
  /** Where a person opens Kestra. */
  kestraUrl?: string;
  kestraUser?: string;
  /** `[secret]` unless secrets are asked for. */
  kestraPassword?: string;
  /** Like the password, secret. */
  kestraEncryptionKey?: string;
  /** Where Kestra's API is. */
  kestraEndpoint?: Endpoint;
  project?: string;
  location?: string;
  bucket?: string;
  dataset?: string;
  bigqueryUrl?: string;
  tripsUrl?: string;
  countiesUrl?: string;
  datasetLink?: string;
  bucketLink?: string;
}

/** A stack that is up, for the commands that work on it. */
export interface OpenStack {
  name: string;
  outputs: Outputs;
  kestra: KestraClient;
  warehouse: Warehouse;
}

/** A command line for a person to run next, on the same stack. */
export const bay = (stack: string, line: string) => `./bay ${line}${stack === localStack ? "" : ` -s ${stack}`}`;

/** Pulumi's CLI: the person's own or, where none fits, what set-up has built already; nothing is built for this. */
function cli(): string {
  const own = findPulumi();
  if (own !== undefined) return join(own, "pulumi");
  const built = toolPath("pulumi", "pulumi");
  if (existsSync(built)) return built;
  throw new Error("Pulumi was not found: version 3.230 or newer is needed, from https://www.pulumi.com/docs/install.");
}

/**
 * Outputs of a stack of the person's own Pulumi, which may ask for a passphrase and says itself why it fails.
 * @param stack undefined: the selected one
 * @param more further arguments, such as `--show-secrets`
 */
export function ownOutputs(stack: string | undefined, ...more: string[]): Outputs {
  const args = ["stack", "output", "--json", ...more, ...(stack === undefined ? [] : ["-s", stack])];
  const { status, stdout, error } = spawnSync(cli(), args, { encoding: "utf8", stdio: ["inherit", "pipe", "inherit"] });
  if (error) throw new Error(`Pulumi can't be run: ${error.message}.`);
  if (status !== 0)
    throw new Error("The stack's outputs can't be read: see Pulumi's message above. Name another stack with -s.");
  return JSON.parse(stdout) as Outputs;
}

/** Outputs of a stack, secrets in plain text: for use in memory only. */
export function outputsOf(stack: string): Outputs {
  return stack === localStack ? stackOutputs() : ownOutputs(stack, "--show-secrets");
}

/**
 * Opens a stack by name: `local` from the state in this folder, others by the person's own Pulumi. Nothing is asked of
 * its servers yet.
 * @throws Error when the stack isn't up
 */
export function openStack(name = localStack): OpenStack {
  const outputs = outputsOf(name);
  const { kestraUrl: url, kestraUser: username, kestraPassword: password, project, dataset, bigqueryUrl } = outputs;
  if (!url || !username || !password || !project || !dataset || !bigqueryUrl)
    throw new Error(
      `Stack '${name}' isn't up. Bring it up with: ${name === localStack ? "npm start" : `pulumi up -s ${name}`}`,
    );
  const endpoint = outputs.kestraEndpoint ?? { kind: "address", url };
  const isGoogle = new URL(bigqueryUrl).hostname.endsWith(".googleapis.com");
  return {
    name,
    outputs,
    kestra: new KestraClient({ ...endpoint, username, password }),
    warehouse: {
      url: bigqueryUrl,
      project,
      dataset,
      location: outputs.location,
      ...(isGoogle && { token: accessToken }),
    },
  };
}
