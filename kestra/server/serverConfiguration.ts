import { stringify } from "yaml";

/** Who may use a server, and by what address. */
export interface ServerAccess {
  /** Where people and programs reach the server. */
  url: string;
  username: string;
  password: string;
  /** Base64 of 32 bytes. */
  encryptionKey: string;
}

/** The configuration of every server, in any runtime. */
function always(url: string) {
  return {
    url,
    "anonymous-usage-report": { enabled: false },
    "ui-anonymous-usage-report": { enabled: false },
    // the vendor's examples would fill a namespace of their own at the first start
    "tutorial-flows": { enabled: false },
  };
}

/**
 * Configuration of a Kestra server as YAML, by Kestra's own keys, for a server with its files in a folder: `own` adds
 * what differs, its database above all. Holds secrets.
 * @param storagePath folder of the internal storage
 */
function serverConfiguration(
  { url, username, password, encryptionKey }: ServerAccess,
  storagePath: string,
  { kestra = {}, ...own }: Record<string, object>,
): string {
  return stringify({
    ...own,
    kestra: {
      ...always(url),
      server: { "basic-auth": { username, password } },
      encryption: { "secret-key": encryptionKey },
      storage: { type: "local", local: { "base-path": storagePath } },
      ...kestra,
    },
  });
}

export interface EmbeddedConfigurationArgs extends ServerAccess {
  /** Port of the API on 127.0.0.1. */
  port: number;
  /** Port of health checks and metrics on 127.0.0.1. */
  managementPort: number;
  /** Folder for database, storage and working directories. */
  dataDir: string;
}

/** Configuration of the embedded server: H2 and all files below one folder. */
export function embeddedConfiguration({ port, managementPort, dataDir, ...access }: EmbeddedConfigurationArgs): string {
  return serverConfiguration(access, `${dataDir}/storage`, {
    micronaut: { server: { host: "127.0.0.1", port } },
    endpoints: { all: { port: managementPort } },
    datasources: { h2: { url: `jdbc:h2:file:./${dataDir}/kestra;TIME ZONE=UTC;DB_CLOSE_ON_EXIT=FALSE` } },
    // Kestra compares paths below it with absolute ones; the server puts its own folder in
    kestra: { tasks: { "tmp-dir": { path: `\${user.dir}/${dataDir}/tmp` } } },
  });
}

/** A Postgres database of a server. */
export interface Database {
  host: string;
  name: string;
  username: string;
  password: string;
}

export interface ContainerConfigurationArgs extends ServerAccess {
  database: Database;
  /** Folder in the container that outlives it. */
  storagePath: string;
}

/** Configuration of a server in a container: Postgres; ports are the image's own, 8080 and for health checks 8081. */
export function containerConfiguration({ database, storagePath, ...access }: ContainerConfigurationArgs): string {
  const { host, name, username, password } = database;
  return serverConfiguration(access, storagePath, {
    datasources: { postgres: { ...postgres(`${host}:5432/${name}`, username), password } },
    kestra: inPostgres,
  });
}

/** What Kestra keeps in Postgres. */
const inPostgres = { repository: { type: "postgres" }, queue: { type: "postgres" } };

/** A data source without its password. */
function postgres(place: string, username: string) {
  return { url: `jdbc:postgresql://${place}`, "driver-class-name": "org.postgresql.Driver", username };
}

export interface ClusterConfigurationArgs {
  /** Where people reach the server. */
  url: string;
  username: string;
  database: Omit<Database, "password">;
  /** Bucket of the internal storage, reached as whoever the server runs as. */
  storage: { bucket: string; project: string };
}

/**
 * Configuration of servers in a cluster that may be read by whoever reads its ConfigMaps; {@link clusterSecrets} is the
 * rest.
 */
export function clusterConfiguration({ url, username, database, storage }: ClusterConfigurationArgs) {
  const { host, name, username: user } = database;
  return {
    // Cloud SQL takes no connection without TLS; the endpoint's address is in no certificate
    datasources: { postgres: postgres(`${host}:5432/${name}?sslmode=require`, user) },
    kestra: {
      ...always(url),
      ...inPostgres,
      server: { "basic-auth": { username } },
      storage: { type: "gcs", gcs: { bucket: storage.bucket, "project-id": storage.project } },
    },
  };
}

export interface ClusterSecretsArgs {
  databasePassword: string;
  password: string;
  /** Base64 of 32 bytes. */
  encryptionKey: string;
}

/** The secrets of servers in a cluster, as YAML; the server reads them together with {@link clusterConfiguration}. */
export function clusterSecrets({ databasePassword, password, encryptionKey }: ClusterSecretsArgs): string {
  return stringify({
    datasources: { postgres: { password: databasePassword } },
    kestra: { server: { "basic-auth": { password } }, encryption: { "secret-key": encryptionKey } },
  });
}
