import { stringify } from "yaml";

/** Prints a token of whom the Google provider acts as (infra/google/credentials.ts), from the project's root. */
const credentialPlugin = { command: "node", args: ["--import", "tsx", "kestra/server/gke/execCredential.ts"] };

/**
 * A kubeconfig that holds no secret and never expires, so that the state can keep it and a destroy next year can use
 * it: its user requests a fresh token each time.
 * https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
 * @param endpoint host of the Kubernetes API, with a publicly trusted certificate
 */
export function kubeconfig(endpoint: string): string {
  const name = "bay-wheels";
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name, cluster: { server: `https://${endpoint}` } }],
    users: [
      {
        name,
        user: {
          exec: { apiVersion: "client.authentication.k8s.io/v1", ...credentialPlugin, interactiveMode: "Never" },
        },
      },
    ],
    contexts: [{ name, context: { cluster: name, user: name } }],
    "current-context": name,
  });
}
