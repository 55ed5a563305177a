/**
 * How the API of a running Kestra server is reached. Every resource takes one as a secret input and keeps it in state,
 * so it never holds a Google token, which expires within the hour.
 */
export type Connection = AddressConnection | ClusterConnection;

export type AddressConnection = AddressEndpoint & Transport & Access;
export type ClusterConnection = ClusterEndpoint & Access;

/** Where a server is. */
export type Endpoint = AddressEndpoint | ClusterEndpoint;

export interface AddressEndpoint {
  kind: "address";
  /** Root of the server: `http://127.0.0.1:8080`. The address of its web interface (`…/ui/…`) works, too. */
  url: string;
}

/** A server in a cluster of Google Kubernetes Engine, reached through a tunnel (tunnel/tunnels.ts). */
export interface ClusterTarget {
  project: string;
  /** Region or zone of the cluster. */
  location: string;
  cluster: string;
  namespace: string;
  service: string;
  /** Of the pods that the service selects. */
  port: number;
}

export interface ClusterEndpoint extends ClusterTarget {
  kind: "cluster";
}

/** How an address is reached. */
interface Transport {
  /** PEM text of the certificate authorities to trust; default: those that Node trusts. */
  ca?: string;
  /** Address of a proxy; default: from HTTPS_PROXY, HTTP_PROXY and NO_PROXY. */
  proxy?: string;
}

/** What every request uses. */
type Access = Login & {
  /** Default: `main`, the only one in the open-source edition. */
  tenant?: string;
  /** Sent with every request; secret. */
  headers?: Record<string, string>;
  /** Seconds to wait for a response; default: 60. */
  timeout?: number;
};

/** A user, a token, or the login in {@link Access.headers}. */
type Login = User | Token | { username?: undefined; password?: undefined; token?: undefined };

/** A user with a password. */
export interface User {
  /** An e-mail address: Kestra's rule for user names. */
  username: string;
  /** At least 8 characters with an upper-case letter, a lower-case letter and a digit: Kestra's rule. */
  password: string;
  token?: undefined;
}

interface Token {
  /** An API token of the Enterprise Edition. */
  token: string;
  username?: undefined;
  password?: undefined;
}

/** Tenant of a connection that doesn't name one. */
export const defaultTenant = "main";

/** The tenant in request paths. */
export const tenantOf = ({ tenant = defaultTenant }: { tenant?: string }) => tenant;

/**
 * Root of a server from an address as people copy it, without a trailing slash: `https://host/ui/flows?x=1` ->
 * `https://host`. A path before Kestra's own stays, if no part of it is called `ui`.
 * @throws Error when it isn't an http address, or may hold a password, which would end up in messages
 */
export function rootOf(address: string): string {
  if (address.includes("@"))
    throw new Error("The address of the Kestra server holds a user or password ('@'): pass them separately.");
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (!url || !/^https?:$/.test(url.protocol))
    throw new Error(`'${address}' isn't the address of a Kestra server: use http://host:port or https://host.`);
  return url.origin + url.pathname.replace(/\/ui(\/.*)?$/, "").replace(/\/+$/, "");
}

/** A text that is the same for every way to write one endpoint. */
export function endpointKey(endpoint: Endpoint): string {
  if (endpoint.kind === "address") return rootOf(endpoint.url);
  const { project, location, cluster, namespace, service, port } = endpoint;
  return [project, location, cluster, namespace, service, port].join("/");
}

/** The same string for every connection to one tenant of an endpoint: tenants share nothing. */
export const keyOf = (connection: Connection) => JSON.stringify([endpointKey(connection), tenantOf(connection)]);

/** The endpoint, for messages. */
export function nameOf(endpoint: Endpoint): string {
  return endpoint.kind === "address"
    ? rootOf(endpoint.url)
    : `service ${endpoint.service} of cluster ${endpoint.cluster}`;
}
