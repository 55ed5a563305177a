import * as pulumi from "@pulumi/pulumi";
import type { KestraSettings } from "../infra/settings";
import { GeneratedSecret } from "../dynamic/generatedSecret";

/** Name of the administrator: Kestra takes e-mail addresses only; nothing is ever sent to it. */
const username = "admin@bay-wheels.local";

/** What a server and those who use it must know; the texts are secret. */
export interface Credentials {
  username: string;
  password: pulumi.Output<string>;
  encryptionKey: pulumi.Output<string>;
}

/** The settings' secrets, and generated ones in place of those that are not set. */
export function credentials(name: string, settings: KestraSettings, opts: pulumi.CustomResourceOptions): Credentials {
  const { passwordRotation: generation } = settings;
  const password =
    settings.password ?? new GeneratedSecret(`${name}-password`, { kind: "password", generation }, opts).value;
  const encryptionKey =
    settings.encryptionKey ?? new GeneratedSecret(`${name}-encryption-key`, { kind: "encryptionKey" }, opts).value;
  return { username, password: pulumi.secret(password), encryptionKey: pulumi.secret(encryptionKey) };
}
