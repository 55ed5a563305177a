import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { credentials, type Credentials } from "../credentials";
import { ServerReady, type ServerReadyArgs } from "../../resources/serverReady";
import { access, type KestraRuntime, type RuntimeArgs } from "../runtime";
import { containerConfiguration } from "../serverConfiguration";
import { confined, file, memory } from "./container";
import type { DockerContainer } from "./diagnosis";
import { findEngine } from "./engine";
import { kestraDockerfile, kestraImageTag } from "./images";
import { MachineIdentity } from "./machineIdentity";
import { Postgres } from "./postgres";
import type { DockerSettings } from "./settings";

const configurationFile = "/app/secrets/application.yml";
const storagePath = "/app/storage";

/**
 * Kestra and its Postgres in containers of the Docker engine that the `docker` command uses; reached only at a port of
 * 127.0.0.1 there.
 */
export class DockerKestra extends pulumi.ComponentResource {
  public readonly runtime: KestraRuntime;

  constructor(name: string, args: RuntimeArgs<DockerSettings>, opts?: pulumi.ComponentResourceOptions) {
    super("baywheels:kestra:DockerKestra", name, {}, opts);
    const { settings, own, platform: data } = args;
    const { port, startTimeout: timeout } = settings.kestra;
    const { host, certPath, platform } = findEngine();
    const provider = new docker.Provider(`${name}-docker`, { host, certPath }, { parent: this });
    const inside = { parent: this, provider };
    const prefix = `bay-wheels-${pulumi.getStack()}`;
    const container = `${prefix}-kestra`;
    const labels = [{ label: "bay-wheels.stack", value: pulumi.getStack() }];

    const network = new docker.Network(`${name}-network`, { labels }, inside);
    const postgres = new Postgres(
      `${name}-postgres`,
      { container: `${prefix}-postgres`, network, labels },
      { parent: this, provider },
    );
    const storage = new docker.Volume(`${name}-storage`, { labels }, inside);
    const image = buildImage(name, prefix, platform, inside);
    const url = `http://127.0.0.1:${port}`;
    const login = credentials(name, settings.kestra, { parent: this });
    const configuration = configurationOf(url, login, postgres);
    const server = new docker.Container(
      `${name}-container`,
      serverArgs({ container, image, configuration, storage, network, port, labels }),
      { ...inside, deleteBeforeReplace: true, dependsOn: postgres },
    );

    const account = own.credentials === "key" ? undefined : data.serviceAccountEmail;
    const ready = waitUntilReady(
      name,
      { url, login, server: server.id, docker: { container, engine: host }, timeout, account },
      { parent: this },
    );
    this.runtime = access({ url, ...login, ready, data: [postgres.volume, storage] });
    this.registerOutputs({ url });
  }
}

interface ReadyArgs extends Pick<ServerReadyArgs, "server" | "timeout"> {
  url: string;
  login: Credentials;
  docker: DockerContainer;
  /** Email of the service account that the server must run as; undefined: flows have a key. */
  account?: pulumi.Input<string>;
}

/** What everything on the server waits for: that it answers, and is the account if it must be. */
function waitUntilReady(name: string, args: ReadyArgs, opts: pulumi.CustomResourceOptions): pulumi.Resource {
  const { url, login, server, docker, timeout, account } = args;
  const { username, password } = login;
  const endpoint = { kind: "address", url } as const;
  const ready = new ServerReady(`${name}-ready`, { endpoint, username, password, server, docker, timeout }, opts);
  if (account === undefined) return ready;
  const identity = { container: docker.container, server, account };
  return new MachineIdentity(`${name}-identity`, identity, { ...opts, dependsOn: ready });
}

/** Kestra's image with dbt; another content has another name. */
function buildImage(name: string, prefix: string, platform: string, opts: pulumi.CustomResourceOptions) {
  const built = new docker.Image(
    `${name}-build`,
    {
      imageName: `${prefix.toLowerCase()}:${kestraImageTag(platform)}`,
      build: { context: ".", dockerfile: kestraDockerfile, platform },
      skipPush: true,
    },
    opts,
  );
  // the build alone would leave its image behind when the stack is destroyed, or when a newer image comes
  return new docker.RemoteImage(`${name}-image`, { name: built.imageName }, { ...opts, dependsOn: built });
}

/** The server's whole configuration file; secret. */
function configurationOf(url: string, login: Credentials, postgres: Postgres): pulumi.Output<string> {
  const { username } = login;
  return pulumi.secret(
    pulumi
      .all([postgres.database, login.password, login.encryptionKey])
      .apply(([database, password, encryptionKey]) =>
        containerConfiguration({ url, username, password, encryptionKey, database, storagePath }),
      ),
  );
}

interface ServerArgs {
  /** Name of the container. */
  container: string;
  image: docker.RemoteImage;
  configuration: pulumi.Output<string>;
  storage: docker.Volume;
  network: docker.Network;
  /** Port on 127.0.0.1. */
  port: number;
  labels: docker.types.input.ContainerLabel[];
}

function serverArgs({ container, image, configuration, storage, network, port, labels }: ServerArgs) {
  return {
    ...confined,
    ...memory(4096),
    name: container,
    image: image.imageId,
    user: "kestra",
    command: ["server", "standalone"],
    // half of the memory is left for the tasks that run beside the server: dbt
    envs: [`MICRONAUT_CONFIG_FILES=${configurationFile}`, "JAVA_OPTS=-XX:MaxRAMPercentage=50"],
    uploads: [file(configurationFile, configuration)],
    volumes: [{ volumeName: storage.name, containerPath: storagePath }],
    networksAdvanced: [{ name: network.name, aliases: ["kestra"] }],
    ports: [{ internal: 8080, external: port, ip: "127.0.0.1" }],
    labels,
    healthcheck: {
      tests: ["CMD", "curl", "-fsS", "http://127.0.0.1:8081/health/readiness"],
      interval: "10s",
      timeout: "5s",
      // in Docker's own spelling: any other would be a change at every refresh
      startPeriod: "2m0s",
      retries: 6,
    },
  };
}
