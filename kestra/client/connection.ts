/**
 * How the API of a running Kestra server is reached. Every resource takes one as a secret input; it never holds a token
 * that expires.
 */
export type Connection = AddressConnection | ClusterConnection;

export type AddressConnection = AddressEndpoint & Login;
export type ClusterConnection = ClusterEndpoint & Login;

/** Where a server is. */
export type Endpoint = AddressEndpoint | ClusterEndpoint;

export interface AddressEndpoint {
  kind: "address";
  /** Root of the server: `http://127.0.0.1:8080`. The address of its web interface (`…/ui/…`) works, too. */
  url: string;
}

/** A server in a cluster of Google Kubernetes Engine has no address: it is reached by a tunnel (tunnel/tunnels.ts). */
export interface ClusterEndpoint {
  kind: "cluster";
  project: string;
  /** Region or zone of the cluster. */
  location: string;
  cluster: string;
  namespace: string;
  service: string;
  /** Of the pods that the service selects. */
  port: number;
}

interface Login {
  /** An e-mail address: Kestra's rule for user names. */
  username: string;
  /** At least 8 characters with an upper-case letter, a lower-case letter and a digit: Kestra's rule. */
  password: string;
}

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
export function keyOf(endpoint: Endpoint): string {
  if (endpoint.kind === "address") return rootOf(endpoint.url);
  const { project, location, cluster, namespace, service, port } = endpoint;
  return [project, location, cluster, namespace, service, port].join("/");
}

/** The endpoint, for messages. */
export function nameOf(endpoint: Endpoint): string {
  return endpoint.kind === "address"
    ? rootOf(endpoint.url)
    : `service ${endpoint.service} of cluster ${endpoint.cluster}`;
}
