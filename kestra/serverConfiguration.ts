import { stringify } from "yaml";

export interface ServerConfigurationArgs {
  /** Port of the API on 127.0.0.1. */
  port: number;
  /** Port of health checks and metrics on 127.0.0.1. */
  managementPort: number;
  /** Folder for database, storage and working directories. */
  dataDir: string;
  username: string;
  password: string;
  /** Base64 of 32 bytes. */
  encryptionKey: string;
}

/** Configuration of the embedded server, as YAML: Kestra's own keys. Holds secrets. */
export function serverConfiguration(args: ServerConfigurationArgs): string {
  const { port, managementPort, dataDir, username, password, encryptionKey } = args;
  return stringify({
    micronaut: { server: { host: "127.0.0.1", port } },
    endpoints: { all: { port: managementPort } },
    datasources: { h2: { url: `jdbc:h2:file:./${dataDir}/kestra;TIME ZONE=UTC;DB_CLOSE_ON_EXIT=FALSE` } },
    kestra: {
      url: `http://127.0.0.1:${port}`,
      server: { "basic-auth": { username, password } },
      encryption: { "secret-key": encryptionKey },
      storage: { type: "local", local: { "base-path": `${dataDir}/storage` } },
      // Kestra compares paths below it with absolute ones; the server puts its own folder in
      tasks: { "tmp-dir": { path: `\${user.dir}/${dataDir}/tmp` } },
      "anonymous-usage-report": { enabled: false },
    },
  });
}
