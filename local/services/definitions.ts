import { join } from "node:path";
import { paths } from "../paths";
import { toolPath } from "../tools/tools";
import { requireToolchain, toolchains } from "../tools/toolchains";

export const serviceNames = ["storage", "bigquery", "openData", "kestra"] as const;
export type ServiceName = (typeof serviceNames)[number];

/** Ports of the local services, all on 127.0.0.1. */
export interface Ports {
  kestra: number;
  kestraManagement: number;
  storage: number;
  bigquery: number;
  bigqueryGrpc: number;
  openData: number;
}

/** The six neighbouring ports from the first on. */
export function portsFrom(first: number): Ports {
  const [kestra, kestraManagement, storage, bigquery, bigqueryGrpc, openData] = Array.from(
    { length: 6 },
    (_, i) => first + i,
  ) as [number, number, number, number, number, number];
  return { kestra, kestraManagement, storage, bigquery, bigqueryGrpc, openData };
}

/** What a service is started with; nothing in it depends on the machine. */
export interface ServiceInputs {
  service: ServiceName;
  ports: Ports;
  /** Version of what is run (a content hash), so that a rebuilt tool restarts its service. */
  version: string;
  /** Further settings of the service, by name. */
  options?: Record<string, string>;
  /** Configuration file, secret: written with mode 0600 beside the service's data. */
  configuration?: string;
}

/** How a service runs on this machine. */
export interface Definition {
  title: string;
  command: string;
  args: string[];
  env: Record<string, string>;
  /** Ports that the service listens on. */
  ports: number[];
  /** Answers 200 when the service is ready. */
  health: string;
}

/** Folder of a service: `pid`, `log`, `configuration.yml`, `data/`. */
export const folderOf = (service: ServiceName) => join(paths.services, service);

/** URL of a port on this machine. */
export const local = (port: number) => `http://127.0.0.1:${port}`;

const dataOf = (service: ServiceName) => join(folderOf(service), "data");

/** Environment by which Google's clients, and Kestra's tasks with them, find the emulators. */
function emulatorEnvironment(ports: Ports): Record<string, string> {
  return { STORAGE_EMULATOR_HOST: local(ports.storage), BIGQUERY_EMULATOR_HOST: local(ports.bigquery) };
}

function storage({ ports }: ServiceInputs): Definition {
  const url = local(ports.storage);
  const listen = ["-scheme", "http", "-host", "127.0.0.1", "-port", String(ports.storage)];
  const names = ["-public-host", `127.0.0.1:${ports.storage}`, "-external-url", url];
  // level info: method, path and status of each request, which test/e2e/5-roles reads; no body, no header
  const log = ["-log-level", "info"];
  return {
    title: "Cloud Storage emulator",
    command: toolPath("storage", "fake-gcs-server"),
    args: [...listen, ...names, "-backend", "filesystem", "-filesystem-root", dataOf("storage"), ...log],
    env: {},
    ports: [ports.storage],
    health: `${url}/_internal/healthcheck`,
  };
}

function bigquery({ ports }: ServiceInputs): Definition {
  const listen = ["--port", String(ports.bigquery), "--grpc-port", String(ports.bigqueryGrpc)];
  const data = ["--data-dir", dataOf("bigquery"), "--storage-root", dataOf("storage")];
  // as for Cloud Storage
  const log = ["--log-level", "info"];
  return {
    title: "BigQuery emulator",
    command: toolPath("bigquery", "bin", "python"),
    args: [join("local", "bigquery", "main.py"), ...listen, ...data, ...log],
    env: {},
    ports: [ports.bigquery, ports.bigqueryGrpc],
    health: `${local(ports.bigquery)}/readyz`,
  };
}

function openData({ ports, options = {} }: ServiceInputs): Definition {
  const port = ["--port", String(ports.openData), "--data-dir", dataOf("openData")];
  const { dataDir, tripsPerMonth, irregularities } = options;
  // one word, because no switch at all is an empty text
  const switches = irregularities === undefined ? [] : [`--irregularities=${irregularities}`];
  const source = dataDir ? ["--folder", dataDir] : ["--trips", tripsPerMonth!, ...switches];
  return {
    title: "Open-data server",
    command: process.execPath,
    args: ["--import", "tsx", join("local", "openData", "server.ts"), ...port, ...source],
    env: {},
    ports: [ports.openData],
    health: `${local(ports.openData)}/health`,
  };
}

/** Java options that make the host ready in a few seconds with little memory. */
const javaOptions = [
  "-Xmx512m",
  // without it, a host out of memory would hang instead: see docs/local-cloud.md
  "-XX:+ExitOnOutOfMemoryError",
  "-XX:+UseSerialGC",
  "-XX:TieredStopAtLevel=1",
  `-XX:SharedArchiveFile=${toolPath("kestra", "kestra-host.jsa")}`,
  "-Xlog:cds=off",
  "-Xlog:cds+dynamic=off",
  "--enable-native-access=ALL-UNNAMED",
  "-Duser.timezone=UTC",
];

function kestra({ ports }: ServiceInputs): Definition {
  const jdk = requireToolchain(toolchains.jdk);
  return {
    title: "Kestra",
    command: join(jdk, "bin", "java"),
    args: [...javaOptions, "-jar", toolPath("kestra", "kestra-host.jar")],
    env: {
      MICRONAUT_CONFIG_FILES: join(folderOf("kestra"), "configuration.yml"),
      PATH: `${join(process.cwd(), toolPath("dbt", "bin"))}:${process.env.PATH}`,
      ...emulatorEnvironment(ports),
    },
    ports: [ports.kestra, ports.kestraManagement],
    health: `${local(ports.kestraManagement)}/health`,
  };
}

const definitions = { storage, bigquery, openData, kestra };

/** How the service runs here. */
export function define(inputs: ServiceInputs): Definition {
  return definitions[inputs.service](inputs);
}
