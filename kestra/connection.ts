/**
 * How the API of a running Kestra server is reached. Every resource takes one as a secret input; it never holds a token
 * that expires.
 */
export type Connection = AddressConnection | ClusterConnection;

export type AddressConnection = AddressPlace & Login;
export type ClusterConnection = ClusterPlace & Login;

/** Where a server is. */
export type Place = AddressPlace | ClusterPlace;

export interface AddressPlace {
  kind: "address";
  /** Root of the server, without a trailing slash: `http://127.0.0.1:8080`. */
  url: string;
}

/** A server in a cluster of Google Kubernetes Engine has no address: it is reached by a tunnel (tunnel/tunnels.ts). */
export interface ClusterPlace {
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

/** The place, for messages. */
export function nameOf(place: Place): string {
  return place.kind === "address" ? place.url : `service ${place.service} of cluster ${place.cluster}`;
}
