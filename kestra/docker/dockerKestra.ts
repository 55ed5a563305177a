import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../../infra/settings";
import { credentials } from "../credentials";
import { ServerReady } from "../resources/serverReady";
import { access, type KestraRuntime } from "../runtime";
import { containerConfiguration } from "../serverConfiguration";
import { confined, file, memory } from "./container";
import { findEngine } from "./engine";
import { kestraDockerfile, kestraImageTag } from "./images";
import { Postgres } from "./postgres";

export interface DockerKestraArgs {
  settings: Settings;
}

const configurationFile = "/app/secrets/application.yml";
const storagePath = "/app/storage";

/**
 * Kestra and its Postgres in containers of the Docker engine that the `docker` command uses; reached at a port of 127.0.0.1 there and
 * from nowhere else.
 */
export class DockerKestra extends pulumi.ComponentResource {
  public readonly runtime: KestraRuntime;

  constructor(name: string, { settings }: DockerKestraArgs, opts?: pulumi.ComponentResourceOptions) {
    super("baywheels:kestra:DockerKestra", name, {}, opts);
    const { port, startTimeout } = settings.kestra;
    const engine = findEngine();
    const { host, certPath } = engine;
    const provider = new docker.Provider(`${name}-docker`, { host, certPath }, { parent: this });
    const inside = { parent: this, provider };
    const project = `bay-wheels-${pulumi.getStack()}`;
    const labels = [{ label: "bay-wheels.stack", value: pulumi.getStack() }];

    const network = new docker.Network(`${name}-network`, { labels }, inside);
    const postgres = new Postgres(
      `${name}-postgres`,
      { container: `${project}-postgres`, network, labels },
      { parent: this, provider },
    );
    const storage = new docker.Volume(`${name}-storage`, { labels }, inside);

    const url = `http://127.0.0.1:${port}`;
    const { username, password, encryptionKey } = credentials(name, settings.kestra, { parent: this });
    const configuration = pulumi
      .all([postgres.database, password, encryptionKey])
      .apply(([database, password, encryptionKey]) =>
        containerConfiguration({ url, username, password, encryptionKey, database, storagePath }),
      );
    const built = new docker.Image(
      `${name}-build`,
      {
        imageName: `${project.toLowerCase()}:${kestraImageTag(engine.platform)}`,
        build: { context: ".", dockerfile: kestraDockerfile, platform: engine.platform },
        skipPush: true,
      },
      inside,
    );
    // the build alone would leave its image behind when the stack goes, or a newer image comes
    const image = new docker.RemoteImage(`${name}-image`, { name: built.imageName }, { ...inside, dependsOn: built });
    const container = `${project}-kestra`;
    const server = new docker.Container(
      `${name}-container`,
      {
        ...confined,
        ...memory(4096),
        name: container,
        image: image.imageId,
        user: "kestra",
        command: ["server", "standalone"],
        // half of the memory is left to what tasks run beside the server: dbt
        envs: [`MICRONAUT_CONFIG_FILES=${configurationFile}`, "JAVA_OPTS=-XX:MaxRAMPercentage=50"],
        uploads: [file(configurationFile, pulumi.secret(configuration))],
        volumes: [{ volumeName: storage.name, containerPath: storagePath }],
        networksAdvanced: [{ name: network.name, aliases: ["kestra"] }],
        ports: [{ internal: 8080, external: port, ip: "127.0.0.1" }],
        labels,
        healthcheck: {
          tests: ["CMD", "curl", "-fsS", "http://127.0.0.1:8081/health/readiness"],
          interval: "10s",
          timeout: "5s",
          // as Docker writes it: another spelling would be a change at every refresh
          startPeriod: "2m0s",
          retries: 6,
        },
      },
      { ...inside, deleteBeforeReplace: true, dependsOn: postgres },
    );
    const ready = new ServerReady(
      `${name}-ready`,
      {
        endpoint: { kind: "address", url },
        username,
        password,
        server: server.id,
        docker: { container, engine: host },
        timeout: startTimeout,
      },
      { parent: this },
    );
    this.runtime = access({ url, username, password, encryptionKey, ready, data: [postgres.volume, storage] });
    this.registerOutputs({ url });
  }
}
