import { endpointKey, type ClusterEndpoint } from "../client/connection";
import { Tunnel } from "./tunnel";

const tunnels = new Map<string, Promise<Tunnel>>();

/** The tunnel to an endpoint: one for all of this process, opened when it is first asked for. */
export function tunnelTo(endpoint: ClusterEndpoint): Promise<Tunnel> {
  const key = endpointKey(endpoint);
  const known = tunnels.get(key);
  if (known !== undefined) return known;
  const opened = Tunnel.open(endpoint);
  tunnels.set(key, opened);
  opened.catch(() => tunnels.delete(key));
  return opened;
}

/** Closes all tunnels of this process, as its end would; the next request opens a new one. */
export async function closeTunnels(): Promise<void> {
  const open = [...tunnels.values()];
  tunnels.clear();
  await Promise.all(open.map(async (tunnel) => (await tunnel).close()));
}
