import { accessToken } from "../../infra/googleApi";

/** Milliseconds that a token is good for at least: Google's library asks for another one when the last five minutes of its hour begin. */
const lifetime = 4 * 60_000;

// what kubeconfig.ts has Kubernetes' clients run, again when the time is over
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
