import * as pulumi from "@pulumi/pulumi";
import type { Platform } from "../infra/platform";
import type { Settings } from "../infra/settings";
import { local, portsFrom } from "./services/definitions";
import { Service } from "./services/service";
import { versionOf } from "./tools/versions";
import { credentials } from "../kestra/credentials";
import { access, type KestraRuntime } from "../kestra/runtime";
import { embeddedConfiguration } from "../kestra/serverConfiguration";

export interface EmbeddedKestraArgs {
  settings: Settings;
  platform: Platform;
}

/** Kestra's own engine as a process of this machine. */
export class EmbeddedKestra extends pulumi.ComponentResource {
  public readonly runtime: KestraRuntime;

  constructor(name: string, { settings, platform }: EmbeddedKestraArgs, opts?: pulumi.ComponentResourceOptions) {
    super("baywheels:kestra:EmbeddedKestra", name, {}, opts);
    const ports = portsFrom(settings.local.firstPort);
    const { kestra: port, kestraManagement: managementPort } = ports;
    const url = local(port);
    const { username, password, encryptionKey } = credentials(name, settings.kestra, { parent: this });
    const dataDir = ".local/services/kestra/data";

    const configuration = pulumi
      .all([password, encryptionKey])
      .apply(([password, encryptionKey]) =>
        embeddedConfiguration({ url, username, password, encryptionKey, port, managementPort, dataDir }),
      );
    const server = new Service(
      `${name}-server`,
      { service: "kestra", ports, version: versionOf("kestra"), configuration: pulumi.secret(configuration) },
      { parent: this, dependsOn: platform.ready },
    );
    this.runtime = access({ url, username, password, encryptionKey, ready: server, data: [server] });
    this.registerOutputs({ url });
  }
}
