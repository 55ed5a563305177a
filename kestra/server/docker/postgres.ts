import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { GeneratedSecret } from "../../../dynamic/generatedSecret";
import type { Database } from "../serverConfiguration";
import { confined, file, memory } from "./container";
import { postgresData, postgresImage } from "./images";

export interface PostgresArgs {
  /** Name of the container. */
  container: string;
  network: docker.Network;
  labels: docker.types.input.ContainerLabel[];
}

const database = "kestra";
const passwordFile = "/run/secrets/postgres-password";

/** Seconds that Postgres gets to become healthy; an empty database is ready in a few. */
const healthyWithin = 120;

/** Postgres in a container without a published port, on its own volume. */
export class Postgres extends pulumi.ComponentResource {
  /** How the network's other containers reach it; the password is secret. */
  public readonly database: pulumi.Output<Database>;
  /** What holds the data. */
  public readonly volume: docker.Volume;

  constructor(name: string, { container, network, labels }: PostgresArgs, opts: pulumi.ComponentResourceOptions) {
    super("baywheels:kestra:Postgres", name, {}, opts);
    const inside = { parent: this };
    // Pulumi makes the name unique: a volume of a former stack, with another password, is never reused
    this.volume = new docker.Volume(`${name}-data`, { labels }, inside);
    // Postgres writes the password into an empty volume and never reads it again
    const { value: password } = new GeneratedSecret(
      `${name}-password`,
      { kind: "password", generation: this.volume.name },
      { parent: this },
    );
    const image = new docker.RemoteImage(`${name}-image`, { name: postgresImage, keepLocally: true }, inside);
    const server = new docker.Container(
      `${name}-container`,
      {
        ...confined,
        ...memory(1024),
        name: container,
        image: image.imageId,
        user: "postgres",
        envs: [`POSTGRES_DB=${database}`, `POSTGRES_USER=${database}`, `POSTGRES_PASSWORD_FILE=${passwordFile}`],
        uploads: [file(passwordFile, pulumi.secret(password))],
        volumes: [{ volumeName: this.volume.name, containerPath: postgresData }],
        networksAdvanced: [{ name: network.name, aliases: ["postgres"] }],
        labels,
        healthcheck: {
          tests: ["CMD", "pg_isready", "-h", "127.0.0.1", "-U", database, "-d", database],
          interval: "5s",
          timeout: "5s",
          retries: 12,
        },
        wait: true,
        waitTimeout: healthyWithin,
      },
      { ...inside, deleteBeforeReplace: true },
    );
    const host = server.urn.apply(() => "postgres");
    this.database = pulumi.secret(pulumi.output({ host, name: database, username: database, password }));
    this.registerOutputs({});
  }
}
