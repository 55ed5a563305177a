import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { keyOf, type Connection } from "../../../../kestra/client/connection";
import { connect, type ConnectionArgs } from "../../../../kestra/connect";

const url = "https://kestra.example.com";
const cluster = { project: "p", location: "l", cluster: "c", namespace: "n", service: "s", port: 8080 };
const user = { username: "a@b.c", password: "Canary-Password-1" };
const pem = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";

/** The connection; it must be secret. */
async function made(args?: ConnectionArgs): Promise<Connection> {
  const output = connect(args);
  assert.equal(await pulumi.isSecret(output), true);
  return (output as unknown as { promise(): Promise<Connection> }).promise();
}

describe("connect", () => {
  const before = { ...process.env };
  const forget = () => {
    for (const name of Object.keys(process.env)) if (name.startsWith("KESTRA_")) delete process.env[name];
  };
  beforeEach(forget);
  after(() => {
    forget();
    Object.assign(process.env, before);
  });
  const set = (variables: Record<string, string>) => Object.assign(process.env, variables);

  it("takes everything from its arguments, including unknown values, but nothing undefined", async () => {
    const token = pulumi.output(Promise.resolve(" token \n"));
    const others = { tenant: "t", headers: { "x-team": pulumi.secret("v") }, ca: pem, proxy: "http://p:1", timeout: 5 };
    assert.deepEqual(await made({ url: `${url}/ui/main/flows`, token, ...others }), {
      ...{ kind: "address", url, token: "token", tenant: "t", headers: { "x-team": "v" } },
      ...{ ca: pem, proxy: "http://p:1", timeout: 5 },
    });
    const bare = await made({ url, ...user, tenant: "main", token: undefined });
    assert.deepEqual(Object.entries(bare), Object.entries({ kind: "address", url, ...user }));
    assert.deepEqual(await made({ cluster, ...user }), { kind: "cluster", ...cluster, ...user });
  });

  it("takes everything from the environment", async () => {
    const folder = mkdtempSync(join(tmpdir(), "connect-"));
    writeFileSync(join(folder, "ca.pem"), pem);
    set({ KESTRA_URL: url, KESTRA_USERNAME: user.username, KESTRA_PASSWORD: user.password, KESTRA_TENANT_ID: "t" });
    set({ KESTRA_HEADERS: '{"x-team": "v"}', KESTRA_TIMEOUT: "2.5", KESTRA_CA: join(folder, "ca.pem") });
    const headers = { "x-team": "v" };
    const all = { kind: "address", url, ca: pem, ...user, tenant: "t", headers, timeout: 2.5 };
    assert.deepEqual(await made(), all);
    rmSync(folder, { recursive: true });
    set({ KESTRA_CA: pem.trim(), KESTRA_TENANT: "u", KESTRA_TIMEOUT: "" });
    const { timeout, ...others } = all;
    assert.equal(timeout, 2.5);
    assert.deepEqual(await made(), { ...others, ca: pem.trim(), tenant: "u" });
  });

  it("prefers arguments, and treats a login as a whole", async () => {
    set({ KESTRA_URL: "http://other", KESTRA_API_TOKEN: "other", KESTRA_TENANT: "other", KESTRA_CA: pem });
    assert.deepEqual(await made({ url, ...user, tenant: "main", ca: "x" }), { kind: "address", url, ca: "x", ...user });
    assert.deepEqual(await made({ cluster, token: "t", tenant: "u" }), {
      kind: "cluster",
      ...cluster,
      token: "t",
      tenant: "u",
    });
    delete process.env.KESTRA_API_TOKEN;
    set({ KESTRA_USERNAME: "other", KESTRA_PASSWORD: user.password });
    assert.deepEqual(await made({ url, token: "t" }), {
      kind: "address",
      url,
      ca: pem.trim(),
      token: "t",
      tenant: "other",
    });
    assert.equal((await made({ url, username: "a@b.c" })).password, user.password);
  });

  const where = "Set KESTRA_URL, or pass 'url' or 'cluster' to connect.";
  const login =
    "The user of the Kestra server is missing. Set KESTRA_USERNAME and KESTRA_PASSWORD, or KESTRA_API_TOKEN, or pass " +
    "'username' and 'password', or 'token', to connect.";
  const missing: [string, Record<string, string>, ConnectionArgs, string][] = [
    ["an address", {}, user, `The address of the Kestra server is missing. ${where}`],
    ["who asks", { KESTRA_URL: url, KESTRA_PASSWORD: "" }, {}, login],
    [
      "a password",
      {},
      { url, username: "a@b.c" },
      "The password of the Kestra server is missing. Set KESTRA_PASSWORD, or pass 'password' to connect.",
    ],
    [
      "a user",
      { KESTRA_PASSWORD: user.password },
      { url },
      "The user of the Kestra server is missing. Set KESTRA_USERNAME, or pass 'username' to connect.",
    ],
    [
      "one of two users, by arguments",
      {},
      { url, ...user, token: "canary" },
      "Both 'token' and 'username' or 'password' are passed to connect. Pass only one of them.",
    ],
    [
      "one of two users, by variables",
      { KESTRA_API_TOKEN: "canary", KESTRA_USERNAME: "a@b.c", KESTRA_PASSWORD: user.password },
      { url },
      "Both KESTRA_API_TOKEN and KESTRA_USERNAME or KESTRA_PASSWORD are set. Unset one of them.",
    ],
    [
      "headers that are none",
      { KESTRA_HEADERS: "x-team=canary" },
      { url, ...user },
      `KESTRA_HEADERS isn't a JSON object of strings. Set it to something like '{"x-team": "data"}'.`,
    ],
    [
      "a file of authorities",
      { KESTRA_CA: "/no/such.pem" },
      { url, ...user },
      "KESTRA_CA can't be read (ENOENT: no such file or directory, open '/no/such.pem'). Set it to PEM text, or to " +
        "the path of a PEM file.",
    ],
  ];
  for (const [what, variables, args, message] of missing) {
    it(`stops a program that lacks ${what} at once, with a remedy`, () => {
      set(variables);
      assert.throws(
        () => connect(args),
        (error: Error) => error instanceof pulumi.RunError && error.message === message,
      );
    });
  }

  const wrong: [string, ConnectionArgs, string][] = [
    [
      "an address that is none",
      { url: "kestra:8080", ...user },
      "'kestra:8080' isn't the address of a Kestra server: use http://host:port or https://host.",
    ],
    [
      "two servers",
      { url, cluster, ...user },
      "Both 'url' and 'cluster' are passed to connect. Pass only one of them.",
    ],
    [
      "a timeout below 1",
      { url, ...user, timeout: 0 },
      "The timeout isn't a number of seconds above 0. Correct 'timeout' or KESTRA_TIMEOUT.",
    ],
    [
      "a proxy without a scheme",
      { url, ...user, proxy: "user:canary@proxy:8080" },
      "The proxy's address isn't valid. Use http://host:port, with user:password@ before the host if it needs a login.",
    ],
    [
      "a token of two lines",
      { url, token: "canary\nsecond" },
      "The token contains an invalid character. Correct 'token' or KESTRA_API_TOKEN.",
    ],
    [
      "a header of two lines",
      { url, ...user, headers: { "x-team": "canary\nsecond" } },
      "Header 'x-team' can't be sent. Correct 'headers' or KESTRA_HEADERS.",
    ],
    [
      "a header of the client's own",
      { url, ...user, headers: { "Content-Type": "canary" } },
      "Header 'Content-Type' is set by the client itself. Correct 'headers' or KESTRA_HEADERS.",
    ],
    [
      "a user and an authorization header",
      { url, ...user, headers: { Authorization: "canary" } },
      "Both 'username' and 'password' and an 'authorization' header set the login. Pass only one of them.",
    ],
    [
      "a token and an authorization header",
      { url, token: "canary", headers: { Authorization: "canary" } },
      "Both 'token' and an 'authorization' header set the login. Pass only one of them.",
    ],
    ["headers that set no login", { url, headers: { "x-team": "canary" } }, login],
    [
      "a proxy for a cluster",
      { cluster, ...user, proxy: "http://p:1" },
      "A connection to a cluster takes no 'ca' or 'proxy'. Set NODE_EXTRA_CA_CERTS and HTTPS_PROXY, which " +
        "also apply to requests to Google and Kubernetes.",
    ],
  ];
  for (const [what, args, message] of wrong) {
    it(`refuses ${what}, without its value`, async () => {
      await assert.rejects(made(args), (error: Error) => error instanceof pulumi.RunError && error.message === message);
    });
  }

  it("accepts headers as the only login", async () => {
    const headers = { Authorization: "Bearer t" };
    assert.deepEqual(await made({ url, headers }), { kind: "address", url, headers });
  });

  it("gives every tenant of an endpoint exactly one key", async () => {
    const keys = await Promise.all(
      [{}, { tenant: "main" }, { tenant: "t" }, { url: `${url}/ui/`, ...user, timeout: 9 }].map(async (args) =>
        keyOf(await made({ url, ...user, ...args })),
      ),
    );
    assert.deepEqual([keys[0] === keys[1], keys[0] === keys[2], keys[0] === keys[3]], [true, false, true]);
  });
});
