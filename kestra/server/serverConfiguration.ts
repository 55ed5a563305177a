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

/** The internal storage in a folder. */
const inFolder = (path: string) => ({ type: "local", local: { "base-path": path } });

/**
 * Configuration of a Kestra server as YAML, by Kestra's own keys: `own` adds what differs, its database above all. It
 * holds secrets.
 */
function serverConfiguration(
  { url, username, password, encryptionKey }: ServerAccess,
  storage: object,
  { kestra = {}, ...own }: Record<string, object>,
): string {
  return stringify({
    ...own,
    kestra: {
      ...always(url),
      server: { "basic-auth": { username, password } },
      encryption: { "secret-key": encryptionKey },
      storage,
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
  return serverConfiguration(access, inFolder(`${dataDir}/storage`), {
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
  return serverConfiguration(access, inFolder(storagePath), inPostgres(database));
}

/** A server whose data is in Postgres. */
function inPostgres({ host, name, username, password }: Database, query = "") {
  const url = `jdbc:postgresql://${host}:5432/${name}${query}`;
  return {
    datasources: { postgres: { url, "driver-class-name": "org.postgresql.Driver", username, password } },
    kestra: { repository: { type: "postgres" }, queue: { type: "postgres" } },
  };
}

export interface ClusterConfigurationArgs extends ServerAccess {
  database: Database;
  /** Bucket of the internal storage, reached as whoever the server runs as. */
  storage: { bucket: string; project: string };
}

/** Configuration of servers in a cluster: Cloud SQL, and Cloud Storage without a key. */
export function clusterConfiguration({ database, storage, ...access }: ClusterConfigurationArgs): string {
  const gcs = { bucket: storage.bucket, "project-id": storage.project };
  // Cloud SQL takes no connection without TLS; the endpoint's address is in no certificate
  return serverConfiguration(access, { type: "gcs", gcs }, inPostgres(database, "?sslmode=require"));
}
