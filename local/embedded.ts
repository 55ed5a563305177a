import * as pulumi from "@pulumi/pulumi";
import { credentials } from "../kestra/server/credentials";
import { access, type KestraRuntime, type Runtime, type RuntimeArgs } from "../kestra/server/runtime";
import { embeddedConfiguration } from "../kestra/server/serverConfiguration";
import { local, portsFrom } from "./services/definitions";
import { Service } from "./services/service";
import { localKeys, readLocalSettings, type LocalSettings } from "./settings";
import { versionOf } from "./tools/versions";

/** Runtime `embedded`: Kestra's own engine on this machine. */
export const embedded: Runtime<LocalSettings> = {
  platforms: ["local"],
  keys: localKeys,
  startTimeout: 300,
  readSettings: readLocalSettings,
  needs: () => ({ apis: [], credentials: "key", dataHolders: [], checks: [] }),
  start: (name, args, opts) => new EmbeddedKestra(name, args, opts).runtime,
};

/** Kestra's own engine as a process of this machine. */
export class EmbeddedKestra extends pulumi.ComponentResource {
  public readonly runtime: KestraRuntime;

  constructor(name: string, args: RuntimeArgs<LocalSettings>, opts?: pulumi.ComponentResourceOptions) {
    super("baywheels:kestra:EmbeddedKestra", name, {}, opts);
    const { settings, own, platform } = args;
    const ports = portsFrom(own.firstPort);
    const { kestra: port, kestraManagement: managementPort } = ports;
    const url = local(port);
    const login = credentials(name, settings.kestra, { parent: this });
    const { username } = login;
    const dataDir = ".local/services/kestra/data";

    const configuration = pulumi
      .all([login.password, login.encryptionKey])
      .apply(([password, encryptionKey]) =>
        embeddedConfiguration({ url, username, password, encryptionKey, port, managementPort, dataDir }),
      );
    const server = new Service(
      `${name}-server`,
      { service: "kestra", ports, version: versionOf("kestra"), configuration: pulumi.secret(configuration) },
      { parent: this, dependsOn: platform.ready },
    );
    this.runtime = access({ url, ...login, ready: server, data: [server] });
    this.registerOutputs({ url });
  }
}
