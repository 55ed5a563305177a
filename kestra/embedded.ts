import * as pulumi from "@pulumi/pulumi";
import { local, type Ports } from "../sandbox/services/definitions";
import { Service } from "../sandbox/services/service";
import { versionOf } from "../sandbox/setup/versions";
import { GeneratedSecret } from "./resources/generatedSecret";
import type { KestraRuntime } from "./runtime";
import { serverConfiguration } from "./serverConfiguration";

export interface EmbeddedKestraArgs {
  ports: Ports;
  /** What must be up before flows can run. */
  dependsOn: pulumi.Resource[];
}

/** Kestra's own engine as a process of this machine, with generated password and encryption key. */
export class EmbeddedKestra extends pulumi.ComponentResource {
  public readonly runtime: KestraRuntime;

  constructor(name: string, { ports, dependsOn }: EmbeddedKestraArgs, opts?: pulumi.ComponentResourceOptions) {
    super("baywheels:kestra:EmbeddedKestra", name, {}, opts);
    const username = "admin@bay-wheels.local";
    const password = pulumi.secret(
      new GeneratedSecret(`${name}-password`, { kind: "password" }, { parent: this }).value,
    );
    const encryptionKey = new GeneratedSecret(`${name}-encryption-key`, { kind: "encryptionKey" }, { parent: this })
      .value;
    const { kestra: port, kestraManagement: managementPort } = ports;

    const configuration = pulumi.all([password, encryptionKey]).apply(([password, encryptionKey]) =>
      serverConfiguration({
        port,
        managementPort,
        dataDir: ".local/services/kestra/data",
        username,
        password,
        encryptionKey,
      }),
    );
    const server = new Service(
      `${name}-server`,
      { service: "kestra", ports, version: versionOf("kestra"), configuration: pulumi.secret(configuration) },
      { parent: this, dependsOn },
    );

    const url = server.id.apply(() => local(port));
    const connection = pulumi.secret(
      pulumi.all([url, password]).apply(([url, password]) => ({ kind: "address" as const, url, username, password })),
    );
    this.runtime = { connection, url, username, password, data: server };
    this.registerOutputs({ url });
  }
}
