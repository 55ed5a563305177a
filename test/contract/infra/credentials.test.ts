import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { generate } from "selfsigned";
import { Proxy } from "../kestra/support/proxy";

const hosts = ["oauth2.googleapis.com", "iamcredentials.googleapis.com"];

const { privateKey } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
});
const keyOf = (email: string) =>
  JSON.stringify({ type: "service_account", client_email: email, private_key: privateKey });

/** https://cloud.google.com/apis/docs/getting-started#enabling_apis: how Google refuses an API that isn't enabled. */
const notEnabled =
  "IAM Service Account Credentials API has not been used in project 42 before or it is disabled. Enable it by visiting " +
  "https://console.developers.google.com/apis/api/iamcredentials.googleapis.com/overview?project=42 then retry. If you " +
  "enabled this API recently, wait a few minutes for the action to propagate to our systems and retry.";

/** Google's token endpoints: each token says whose it is, and who asked for it. */
async function answer(request: IncomingMessage): Promise<[number, object]> {
  const [, account] = /serviceAccounts\/(.*):generateAccessToken$/.exec(request.url!) ?? [];
  const body = await text(request);
  if (account === "no@p") return [403, { error: { status: "PERMISSION_DENIED", message: "getAccessToken denied" } }];
  if (account === "new@p") return [403, { error: { status: "PERMISSION_DENIED", message: notEnabled } }];
  if (account !== undefined) {
    const asking = request.headers.authorization!.replace("Bearer ", "");
    return [200, { accessToken: `${account} by ${asking}`, expireTime: new Date(Date.now() + 3.6e6).toISOString() }];
  }
  const assertion = new URLSearchParams(body).get("assertion");
  const { iss } = assertion
    ? (JSON.parse(Buffer.from(assertion.split(".")[1]!, "base64url").toString()) as { iss: string })
    : { iss: "person" };
  return [200, { access_token: iss, expires_in: 3600, token_type: "Bearer" }];
}

const program =
  'require("tsx/cjs/api").require("./infra/google/credentials.ts", `${process.cwd()}/index.ts`).accessToken()' +
  ".then(console.log, ({ message }) => console.log(message));";

describe("the program's own requests act as the Google provider does, over HTTP", function () {
  this.timeout("1m");
  let folder: string;
  let google: Server;
  let proxy: Proxy;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "credentials-"));
    const { private: key, cert } = await generate([{ name: "commonName", value: hosts[0]! }], {
      keyType: "ec",
      algorithm: "sha256",
      extensions: [
        { name: "basicConstraints", cA: true },
        { name: "subjectAltName", altNames: hosts.map((value) => ({ type: 2 as const, value })) },
      ],
    });
    google = createServer({ key, cert }, (request, response) => {
      void answer(request).then(([status, body]) =>
        response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body)),
      );
    });
    await new Promise<void>((listening) => google.listen(0, "127.0.0.1", listening));
    const { port } = google.address() as AddressInfo;
    proxy = await Proxy.start(Object.fromEntries(hosts.map((host) => [host, port])));
    const person = { type: "authorized_user", client_id: "i", client_secret: "s", refresh_token: "r" };
    writeFileSync(join(folder, "ca.pem"), cert);
    writeFileSync(join(folder, "adc.json"), JSON.stringify(person));
    writeFileSync(join(folder, "key.json"), keyOf("file@p"));
    writeFileSync(join(folder, "token"), "token-in-a-file\n");
  });
  after(async () => {
    await proxy.stop();
    google.close();
    rmSync(folder, { recursive: true });
  });

  /** The token, or the error, with these variables; `folder/` stands for the folder of the test's files. */
  async function told(variables: Record<string, string>): Promise<string> {
    const own = Object.entries(variables).map(([name, value]) => [name, value.replace(/^folder/, folder)]);
    const env = {
      PATH: process.env.PATH,
      NODE_EXTRA_CA_CERTS: join(folder, "ca.pem"),
      HTTPS_PROXY: proxy.url,
      METADATA_SERVER_DETECTION: "none",
      GOOGLE_APPLICATION_CREDENTIALS: join(folder, "adc.json"),
      ...(Object.fromEntries(own) as Record<string, string>),
    };
    return (await promisify(execFile)(process.execPath, ["-e", program], { env })).stdout.trim();
  }

  const rows: [string, Record<string, string>, string][] = [
    ["application-default credentials, when nothing is set", { GOOGLE_CREDENTIALS: "" }, "person"],
    ["a key as text, before them", { GOOGLE_CREDENTIALS: keyOf("text@p") }, "text@p"],
    ["the first of three keys", { GCLOUD_KEYFILE_JSON: keyOf("c@p"), GOOGLE_CLOUD_KEYFILE_JSON: keyOf("b@p") }, "b@p"],
    ["a key's path", { GCLOUD_KEYFILE_JSON: "folder/key.json" }, "file@p"],
    ["a token, before a key", { GOOGLE_OAUTH_ACCESS_TOKEN: "a-token", GOOGLE_CREDENTIALS: keyOf("a@p") }, "a-token"],
    ["a token's path", { GOOGLE_OAUTH_ACCESS_TOKEN: "folder/token" }, "token-in-a-file"],
    ["an account, on a person's behalf", { GOOGLE_IMPERSONATE_SERVICE_ACCOUNT: "sa@p" }, "sa@p by person"],
    [
      "an account, on a key's",
      { GOOGLE_IMPERSONATE_SERVICE_ACCOUNT: "sa@p", GOOGLE_CREDENTIALS: keyOf("a@p") },
      "sa@p by a@p",
    ],
    [
      "an account, on a token's",
      { GOOGLE_IMPERSONATE_SERVICE_ACCOUNT: "sa@p", GOOGLE_OAUTH_ACCESS_TOKEN: "a-token" },
      "sa@p by a-token",
    ],
    [
      "an account that may not be impersonated",
      { GOOGLE_IMPERSONATE_SERVICE_ACCOUNT: "no@p" },
      "Google Cloud doesn't accept your credentials (PERMISSION_DENIED: unable to impersonate: getAccessToken denied). " +
        "Grant yourself roles/iam.serviceAccountTokenCreator on 'no@p', or unset GOOGLE_IMPERSONATE_SERVICE_ACCOUNT, " +
        "then run the same command again",
    ],
    [
      "an account of a project that hasn't enabled the API",
      { GOOGLE_IMPERSONATE_SERVICE_ACCOUNT: "new@p" },
      "Google Cloud doesn't accept your credentials (PERMISSION_DENIED: unable to impersonate: IAM Service Account " +
        "Credentials API has not been used in project 42 before or it is disabled). Run: gcloud services enable " +
        "iamcredentials.googleapis.com cloudresourcemanager.googleapis.com serviceusage.googleapis.com --project 42, " +
        "then run the same command again",
    ],
    [
      "a text that is no key, without telling it",
      { GOOGLE_CREDENTIALS: '{"private_key": canary' },
      "Google Cloud doesn't accept your credentials (GOOGLE_CREDENTIALS is neither JSON nor the path of a file with it). " +
        "Correct GOOGLE_CREDENTIALS, or unset it and run: gcloud auth application-default login, then run the same command again",
    ],
  ];
  for (const [what, variables, expected] of rows) it(what, async () => assert.equal(await told(variables), expected));
});
