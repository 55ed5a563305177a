import { statSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";

/** Namespaces of the configuration that belong to Pulumi and to the default providers. Docker is found by DOCKER_HOST or its context. */
const foreign = ["gcp", "kubernetes", "pulumi"];

/** True for a key whose value is encrypted: the SDK exports it, its types leave it out. */
const sdk = pulumi.runtime as unknown as { isConfigSecret(key: string): boolean };

/** How the configuration of this stack is changed: stack `local` has its own way to the CLI, which a machine may have by no other. */
export function configCommand(verb: "set" | "rm", ...words: string[]): string {
  const command = pulumi.getStack() === "local" ? `npm run pulumi -- config ${verb} -s local` : `pulumi config ${verb}`;
  return [command, ...words].join(" ");
}

/** Keys of the Google provider by which it is somebody else than the application-default credentials, as whom the program itself asks Google. */
const otherCredentials = ["gcp:credentials", "gcp:accessToken", "gcp:impersonateServiceAccount"];

/**
 * A mistyped key would be ignored silently, so every key must be a known one, or a provider's.
 * @param keys known keys by namespace
 */
export function refuseUnknownKeys(keys: Record<string, string[]>): void {
  const known = Object.entries(keys).flatMap(([namespace, names]) => names.map((name) => `${namespace}:${name}`));
  for (const full of Object.keys(pulumi.runtime.allConfig())) {
    if (otherCredentials.includes(full)) {
      throw new pulumi.RunError(
        `Config '${full}' is not taken: the program asks Google as the application-default credentials. Use gcloud auth application-default login, ` +
          `with --impersonate-service-account where it is to be another account, and remove it with: ${configCommand("rm", full)}`,
      );
    }
    if (foreign.includes(full.split(":")[0]!) || known.includes(full)) continue;
    throw new pulumi.RunError(
      `Config '${full}' is unknown: known are ${known.join(", ")}. Remove it with: ${configCommand("rm", full)}`,
    );
  }
}

/**
 * Reads values of one namespace of the configuration; an empty text counts as none. Every method throws a RunError of one line: which
 * key, what was given, what is allowed.
 */
export class Reader {
  private readonly config: pulumi.Config;

  constructor(private readonly namespace: string) {
    this.config = new pulumi.Config(namespace);
  }

  /** Any text, or one that follows a rule, which the message tells in words; the rule holds for the fallback as well. */
  text(key: string, rule = /^/, inWords = "", fallback?: string): string | undefined {
    const given = this.config.get(key) || fallback;
    if (given === undefined || rule.test(given)) return given;
    throw this.wrong(key, given, inWords);
  }

  oneOf<T extends string>(key: string, allowed: readonly T[]): T | undefined {
    return this.text(key, new RegExp(`^(${allowed.join("|")})$`), `allowed are ${allowed.join(", ")}`) as T | undefined;
  }

  boolean(key: string): boolean {
    return this.oneOf(key, ["true", "false"]) === "true";
  }

  /** A whole number within bounds, both included. */
  integer(key: string, fallback: number, from: number, to: number): number {
    const given = this.config.get(key) || String(fallback);
    if (/^\d+$/.test(given) && Number(given) >= from && Number(given) <= to) return Number(given);
    throw this.wrong(key, given, `a whole number from ${from} to ${to} is needed`);
  }

  folder(key: string): string | undefined {
    const given = this.text(key);
    if (given === undefined || statSync(given, { throwIfNoEntry: false })?.isDirectory()) return given;
    throw this.wrong(key, given, "there is no such folder");
  }

  /** A value that is encrypted in the stack's settings; its text is never told. */
  secret(key: string, rule: RegExp, inWords: string): pulumi.Output<string> | undefined {
    const full = `${this.namespace}:${key}`;
    const given = pulumi.runtime.allConfig()[full];
    if (!given) return undefined;
    const remedy = `Set it with: ${configCommand("set", "--secret", full)}`;
    if (!sdk.isConfigSecret(full)) {
      throw new pulumi.RunError(
        `Config '${full}' stands in plain text in the stack's settings: it must be a secret. ${remedy}`,
      );
    }
    if (rule.test(given)) return this.config.requireSecret(key);
    throw new pulumi.RunError(`Config '${full}' cannot be used: ${inWords}. ${remedy}`);
  }

  private wrong(key: string, given: string, allowed: string): pulumi.RunError {
    const full = `${this.namespace}:${key}`;
    const remedy = `Change it with: ${configCommand("set", full, "<value>")}`;
    return new pulumi.RunError(`Config '${full}' is '${given}': ${allowed}. ${remedy}`);
  }
}
