import { statSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";

/** Namespaces of Pulumi and of the default providers. Docker's isn't one: the docker command finds the engine. */
const foreign = ["gcp", "kubernetes", "pulumi"];

/** True for a key whose value is encrypted: the SDK exports it, its types leave it out. */
const sdk = pulumi.runtime as unknown as { isConfigSecret(key: string): boolean };

/** The command that changes this stack's configuration; for stack `local`, the machine may have no other Pulumi. */
export function configCommand(verb: "set" | "rm", ...words: string[]): string {
  const command = pulumi.getStack() === "local" ? `npm run pulumi -- config ${verb} -s local` : `pulumi config ${verb}`;
  return [command, ...words].join(" ");
}

/** Keys that give the Google provider another identity than the program's own requests have. */
const otherCredentials = [
  "gcp:credentials",
  "gcp:accessToken",
  "gcp:externalCredentials",
  "gcp:impersonateServiceAccount",
  "gcp:impersonateServiceAccountDelegates",
];

/**
 * Refuses a mistyped key, which would be ignored silently: every key must be known, or a provider's.
 * @param keys known keys by namespace
 */
export function refuseUnknownKeys(keys: Record<string, string[]>): void {
  const known = Object.entries(keys).flatMap(([namespace, names]) => names.map((name) => `${namespace}:${name}`));
  for (const full of Object.keys(pulumi.runtime.allConfig())) {
    if (otherCredentials.includes(full)) {
      throw new pulumi.RunError(
        `Config '${full}' isn't supported: the program finds its credentials in the environment. ` +
          "Choose the account with gcloud auth application-default login, GOOGLE_CREDENTIALS or " +
          `GOOGLE_IMPERSONATE_SERVICE_ACCOUNT, and remove the key with: ${configCommand("rm", full)}`,
      );
    }
    if (foreign.includes(full.split(":")[0]!) || known.includes(full)) continue;
    throw new pulumi.RunError(
      `Config '${full}' is unknown: known are ${known.join(", ")}. Remove it with: ${configCommand("rm", full)}`,
    );
  }
}

/**
 * Reads the values of one namespace; an empty text counts as not set. Every method throws a RunError of one line: which
 * key, what was given, what is allowed.
 */
export class Reader {
  private readonly config: pulumi.Config;

  constructor(private readonly namespace: string) {
    this.config = new pulumi.Config(namespace);
  }

  /** Any text, or one that matches a rule, which the message states in words; the fallback must match it too. */
  text(key: string, rule = /^/, inWords = "", fallback?: string): string | undefined {
    const given = this.config.get(key) || fallback;
    if (given === undefined || rule.test(given)) return given;
    throw this.wrong(key, given, inWords);
  }

  /** Names with commas or spaces between them. */
  names(key: string): string[] {
    return (this.text(key) ?? "").split(/[\s,]+/).filter((name) => name !== "");
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

  /** A value that's encrypted in the stack's settings; no message shows it. */
  secret(key: string, rule: RegExp, inWords: string): pulumi.Output<string> | undefined {
    const full = `${this.namespace}:${key}`;
    const given = pulumi.runtime.allConfig()[full];
    if (!given) return undefined;
    const remedy = `Set it with: ${configCommand("set", "--secret", full)}`;
    if (!sdk.isConfigSecret(full)) {
      throw new pulumi.RunError(
        `Config '${full}' is in plain text in the stack's settings: it must be a secret. ${remedy}`,
      );
    }
    if (rule.test(given)) return this.config.requireSecret(key);
    throw new pulumi.RunError(`Config '${full}' is invalid: ${inWords}. ${remedy}`);
  }

  private wrong(key: string, given: string, allowed: string): pulumi.RunError {
    const full = `${this.namespace}:${key}`;
    const remedy = `Change it with: ${configCommand("set", full, "<value>")}`;
    return new pulumi.RunError(`Config '${full}' is '${given}': ${allowed}. ${remedy}`);
  }
}
