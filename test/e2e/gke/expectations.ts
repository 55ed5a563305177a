import assert from "node:assert/strict";
import { parse } from "yaml";
import type { GkeStack } from "../support/gkeStack";

/** A flow without the one property that depends on the runtime. */
function withoutServiceAccount(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutServiceAccount);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([key]) => key !== "serviceAccount");
  return Object.fromEntries(kept.map(([key, inner]) => [key, withoutServiceAccount(inner)]));
}

/** A registered flow is its file without the lines that name a key; comments stay as well. */
export function assertKeyless(source: string, file: string): void {
  assert.doesNotMatch(source, /serviceAccount:/);
  assert.deepEqual(parse(source), withoutServiceAccount(parse(file)));
  const lines = file.split("\n");
  assert.deepEqual(
    source.split("\n").filter((line) => !lines.includes(line)),
    [],
  );
}

/** The secrets of the servers' configuration, by what they are for. */
export async function secretsOf(gke: GkeStack): Promise<Record<string, string>> {
  const { kestraPassword } = await gke.outputs();
  const { stringData } = gke.properties("core/v1:Secret") as { stringData: Record<string, string> };
  const configuration = parse(stringData["application.yml"]!) as {
    datasources: { postgres: { password: string } };
    kestra: { encryption: { "secret-key": string }; server: { "basic-auth": { password: string } } };
  };
  assert.equal(configuration.kestra.server["basic-auth"].password, kestraPassword);
  const secrets = {
    password: kestraPassword!,
    postgres: configuration.datasources.postgres.password,
    encryption: configuration.kestra.encryption["secret-key"],
  };
  for (const secret of Object.values(secrets)) assert.ok(secret.length > 20);
  return secrets;
}
