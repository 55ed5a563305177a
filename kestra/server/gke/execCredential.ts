import { accessToken } from "../../../infra/google/credentials";

/** Milliseconds that a token is valid at least: Google's library renews it five minutes before it expires. */
const lifetime = 4 * 60_000;

// Kubernetes' clients run this (kubeconfig.ts), and again when the token expires
accessToken().then(
  (token) => {
    const expirationTimestamp = new Date(Date.now() + lifetime).toISOString();
    const status = { token, expirationTimestamp };
    const credential = { apiVersion: "client.authentication.k8s.io/v1", kind: "ExecCredential", status };
    process.stdout.write(JSON.stringify(credential));
  },
  (error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  },
);
