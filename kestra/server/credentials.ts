import * as pulumi from "@pulumi/pulumi";
import type { KestraSettings } from "../../infra/settings";
import { GeneratedSecret } from "../../dynamic/generatedSecret";

/** The administrator's name: Kestra accepts only email addresses; nothing is ever sent to it. */
const username = "admin@bay-wheels.local";

/** What a server and its clients must know. */
export interface Credentials {
  username: string;
  /** Secret. */
  password: pulumi.Output<string>;
  /** Secret. */
  encryptionKey: pulumi.Output<string>;
}

/** The settings' secrets; those that aren't set are generated. */
export function credentials(name: string, settings: KestraSettings, opts: pulumi.CustomResourceOptions): Credentials {
  const { passwordRotation: generation } = settings;
  const password =
    settings.password ?? new GeneratedSecret(`${name}-password`, { kind: "password", generation }, opts).value;
  const encryptionKey =
    settings.encryptionKey ?? new GeneratedSecret(`${name}-encryption-key`, { kind: "encryptionKey" }, opts).value;
  return { username, password: pulumi.secret(password), encryptionKey: pulumi.secret(encryptionKey) };
}
