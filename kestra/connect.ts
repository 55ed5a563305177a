import { readFileSync } from "node:fs";
import { validateHeaderName, validateHeaderValue } from "node:http";
import * as pulumi from "@pulumi/pulumi";
import { ProgramError } from "../dynamic/programError";
import { defaultTenant, rootOf, type ClusterTarget, type Connection } from "./client/connection";

/** Omitted arguments come from the environment: see docs/kestra/connection.md. */
export interface ConnectionArgs {
  /** Address of the server (KESTRA_URL), unless it runs in a {@link cluster}. */
  url?: pulumi.Input<string>;
  /** A server in a cluster of Google Kubernetes Engine, reached through a tunnel. */
  cluster?: pulumi.Input<ClusterTarget>;
  /** User (KESTRA_USERNAME) and password (KESTRA_PASSWORD), or a {@link token}. */
  username?: pulumi.Input<string>;
  password?: pulumi.Input<string>;
  /** API token of the Enterprise Edition (KESTRA_API_TOKEN). */
  token?: pulumi.Input<string>;
  /** KESTRA_TENANT; default: `main`, the only one in the open-source edition. */
  tenant?: pulumi.Input<string>;
  /** Sent with every request (KESTRA_HEADERS, a JSON object); their values are secret. */
  headers?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** PEM text of the certificate authorities to trust (KESTRA_CA, which may also be a file's path). */
  ca?: pulumi.Input<string>;
  /** Address of a proxy; default: from HTTPS_PROXY, HTTP_PROXY and NO_PROXY. */
  proxy?: pulumi.Input<string>;
  /** Seconds to wait for a response (KESTRA_TIMEOUT); default: 60. */
  timeout?: pulumi.Input<number>;
}

type Known = pulumi.Unwrap<ConnectionArgs>;

/**
 * A secret connection for the resources of a program. An argument wins over its variable, and a user or token passed as
 * an argument wins over all login variables.
 * @throws ProgramError naming the arguments and variables; immediately if something is missing
 */
export function connect(args: ConnectionArgs = {}): pulumi.Output<Connection> {
  const all = { ...fromEnvironment(args), ...given(args) };
  if (all.url === undefined && all.cluster === undefined)
    throw fault("The address of the Kestra server is missing", "Set KESTRA_URL, or pass 'url' or 'cluster' to connect");
  if (all.token !== undefined && (all.username !== undefined || all.password !== undefined)) throw twoLogins(args);
  const isHalf = (all.username === undefined) !== (all.password === undefined);
  if (isHalf || (all.token === undefined && all.username === undefined && all.headers === undefined))
    throw missingLogin(all);
  return pulumi.secret(pulumi.output(all).apply((known) => connectionOf(known)));
}

const fault = (what: string, remedy: string) => new ProgramError(`${what}. ${remedy}.`);

/** The properties that aren't undefined. */
const given = <T extends object>(values: T): T =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T;

function twoLogins({ token, username, password }: ConnectionArgs): ProgramError {
  const isArgument = token !== undefined && (username !== undefined || password !== undefined);
  return isArgument
    ? fault("Both 'token' and 'username' or 'password' are passed to connect", "Pass only one of them")
    : fault("Both KESTRA_API_TOKEN and KESTRA_USERNAME or KESTRA_PASSWORD are set", "Unset one of them");
}

function missingLogin({ username, password }: ConnectionArgs): ProgramError {
  if (username !== undefined)
    return fault("The password of the Kestra server is missing", "Set KESTRA_PASSWORD, or pass 'password' to connect");
  if (password !== undefined)
    return fault("The user of the Kestra server is missing", "Set KESTRA_USERNAME, or pass 'username' to connect");
  return fault(
    "The user of the Kestra server is missing",
    "Set KESTRA_USERNAME and KESTRA_PASSWORD, or KESTRA_API_TOKEN, or pass 'username' and 'password', or 'token', to connect",
  );
}

/** Values from the environment for omitted arguments; an empty variable counts as unset. */
function fromEnvironment({ cluster, token, username, password }: ConnectionArgs): ConnectionArgs {
  const variable = (name: string) => process.env[name]?.trim() || undefined;
  const isUser = username !== undefined || password !== undefined;
  const user = token === undefined && {
    username: variable("KESTRA_USERNAME"),
    password: process.env.KESTRA_PASSWORD || undefined,
  };
  const headers = variable("KESTRA_HEADERS");
  const timeout = variable("KESTRA_TIMEOUT");
  const authority = variable("KESTRA_CA");
  return given({
    // these don't apply to a cluster
    ...(cluster === undefined && { url: variable("KESTRA_URL"), ca: authority && certificates(authority) }),
    ...user,
    ...(!isUser && { token: variable("KESTRA_API_TOKEN") }),
    // the Terraform provider's name, too
    tenant: variable("KESTRA_TENANT") ?? variable("KESTRA_TENANT_ID"),
    headers: headers && headersFrom(headers),
    timeout: timeout && Number(timeout),
  } as ConnectionArgs);
}

function certificates(value: string): string {
  if (value.includes("-----BEGIN")) return value;
  try {
    return readFileSync(value, "utf8");
  } catch (error) {
    throw fault(
      `KESTRA_CA can't be read (${(error as Error).message})`,
      "Set it to PEM text, or to the path of a PEM file",
    );
  }
}

function headersFrom(value: string): Record<string, string> {
  try {
    const parsed: unknown = JSON.parse(value);
    const values = Object.values(parsed as object);
    if (!Array.isArray(parsed) && values.every((each) => typeof each === "string"))
      return parsed as Record<string, string>;
  } catch {
    // the parser's own message would quote the value
  }
  throw fault("KESTRA_HEADERS isn't a JSON object of strings", `Set it to something like '{"x-team": "data"}'`);
}

/** The connection from known values. It has no undefined properties, because one read from state has none. */
function connectionOf(known: Known): Connection {
  const { url, cluster, username, password, tenant, headers, ca, proxy, timeout } = known;
  const token = known.token?.trim();
  if (url !== undefined && cluster !== undefined)
    throw fault("Both 'url' and 'cluster' are passed to connect", "Pass only one of them");
  if (timeout !== undefined && !(timeout > 0))
    throw fault("The timeout isn't a number of seconds above 0", "Correct 'timeout' or KESTRA_TIMEOUT");
  if (proxy !== undefined) checkProxy(proxy);
  checkHeaders({ ...headers }, { token, username });
  if (token !== undefined) checkToken(token);
  const common = given({
    username,
    password,
    token,
    tenant: tenant === defaultTenant ? undefined : tenant,
    headers,
    timeout,
  });
  if (cluster === undefined)
    return { kind: "address", url: rootFrom(url!), ...given({ ca, proxy }), ...common } as Connection;
  if (ca !== undefined || proxy !== undefined) {
    const remedy = "Set NODE_EXTRA_CA_CERTS and HTTPS_PROXY, which also apply to requests to Google and Kubernetes";
    throw fault("A connection to a cluster takes no 'ca' or 'proxy'", remedy);
  }
  return { kind: "cluster", ...cluster, ...common } as Connection;
}

function rootFrom(url: string): string {
  try {
    return rootOf(url);
  } catch (error) {
    throw new ProgramError((error as Error).message);
  }
}

function checkProxy(proxy: string): void {
  if (!URL.canParse(proxy) || !/^https?:$/.test(new URL(proxy).protocol))
    throw fault(
      "The proxy's address isn't valid",
      "Use http://host:port, with user:password@ before the host if it needs a login",
    );
}

function checkToken(token: string): void {
  try {
    validateHeaderValue("authorization", token);
  } catch {
    throw fault("The token contains an invalid character", "Correct 'token' or KESTRA_API_TOKEN");
  }
}

/** Headers that the client sets itself. */
const reserved = ["content-type", "content-length", "transfer-encoding", "accept", "connection", "host"];

/** Refuses headers that can't be sent or that conflict with the login; errors don't show their values. */
function checkHeaders(headers: Record<string, string>, { token, username }: Known): void {
  for (const [name, value] of Object.entries(headers)) {
    const remedy = "Correct 'headers' or KESTRA_HEADERS";
    try {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    } catch {
      throw fault(`Header '${name}' can't be sent`, remedy);
    }
    if (reserved.includes(name.toLowerCase())) throw fault(`Header '${name}' is set by the client itself`, remedy);
  }
  const names = Object.keys(headers).map((name) => name.toLowerCase());
  const hasLogin = token !== undefined || username !== undefined;
  if (names.includes("authorization") && hasLogin) {
    const other = token === undefined ? "'username' and 'password'" : "'token'";
    throw fault(`Both ${other} and an 'authorization' header set the login`, "Pass only one of them");
  }
  if (!names.includes("authorization") && !hasLogin) throw missingLogin({});
}
