import type { ClusterEndpoint } from "../../kestra/client/connection";
import { faultHeader, Tunnel } from "../../kestra/tunnel/tunnel";
import { bay, ownOutputs } from "../support/openStack";
import { stack as localStack } from "../support/stack";

/** Milliseconds that the first answer through the tunnel may take. */
const patience = 60_000;

/**
 * `./bay ui`: opens Kestra of a stack with runtime `gke` on this machine until Ctrl-C, by the tunnel that Pulumi's
 * resources use. Each connection of the browser looks its pod up where the last one failed, so it goes on by itself
 * when a pod is replaced.
 */
export async function ui(stack?: string): Promise<number> {
  if (stack === localStack) {
    console.log(`Stack '${stack}' needs no tunnel: npm start prints Kestra's address.`);
    return 0;
  }
  const { kestraUrl, kestraUser, kestraEndpoint } = ownOutputs(stack);
  if (kestraUrl === undefined || kestraEndpoint === undefined)
    throw new Error("The stack has no Kestra yet. Bring it up with: pulumi up");
  if (kestraEndpoint.kind === "address") {
    console.log(`No tunnel is needed: Kestra is at ${kestraUrl}.`);
    return 0;
  }
  const tunnel = await open(kestraEndpoint, Number(new URL(kestraUrl).port));
  try {
    await tryOut(tunnel);
    const password = stack === undefined ? "pulumi stack output kestraPassword --show-secrets" : bay(stack, "password");
    console.log(
      `Kestra is at ${tunnel.url} until you press Ctrl-C:\n  user      ${kestraUser}\n  password  ${password}`,
    );
    await ended();
  } finally {
    await tunnel.close();
  }
  return 0;
}

async function open(endpoint: ClusterEndpoint, port: number): Promise<Tunnel> {
  const tunnel = await Tunnel.open(endpoint, { port }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EADDRINUSE") throw error;
    throw new Error(
      `Port ${port} is taken by another program. Stop that program, or choose another port: ` +
        "pulumi config set bay-wheels:kestraPort <port>, then pulumi up",
    );
  });
  tunnel.hold();
  return tunnel;
}

/**
 * Asks once, so that a fault shows here and not in the browser.
 * @throws Error with one line, unless it may pass by itself
 */
async function tryOut(tunnel: Tunnel): Promise<void> {
  const asked = fetch(tunnel.url, { redirect: "manual", signal: AbortSignal.timeout(patience) });
  const answer = await asked.catch(() => undefined);
  const fault = answer?.headers.get(faultHeader);
  if (answer && !fault) return;
  const text = answer ? await answer.text() : "its pod ended the connection, or is too busy";
  const [reason, remedy] = text.trim().split("\n");
  if (fault === "lasting") throw new Error(`Kestra can't be reached: ${reason}. ${remedy}`);
  console.log(`Kestra doesn't answer yet: ${reason}`);
}

/** Ctrl-C, or another signal that ends a process. */
function ended(): Promise<void> {
  return new Promise((come) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => come());
  });
}
