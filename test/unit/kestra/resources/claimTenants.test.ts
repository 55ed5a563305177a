import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import type { Connection } from "../../../../kestra/client/connection";
import { claim, type Thing } from "../../../../kestra/resources/claims";

const things: Thing[] = [{ kind: "KV entry", namespace: "n", key: "K" }];
const user = { username: "a@b.c", password: "Password-1" };
const known = (output: pulumi.Output<Connection>) =>
  (output as unknown as { promise(): Promise<Connection> }).promise();

describe("a claimed object", () => {
  const before = { ...process.env };
  beforeEach(async () => {
    Object.assign(process.env, { KESTRA_URL: "http://h:1", KESTRA_USERNAME: "a@b.c", KESTRA_PASSWORD: "Password-1" });
    for (const name of ["KESTRA_TENANT", "KESTRA_API_TOKEN"]) delete process.env[name];
    // a separate program for each test
    await pulumi.runtime.setMocks({ newResource: ({ name }) => ({ id: name, state: {} }), call: () => ({}) });
  });
  afterEach(() => pulumi.runtime.disconnect());
  after(() => {
    for (const name of ["KESTRA_URL", "KESTRA_USERNAME", "KESTRA_PASSWORD"]) delete process.env[name];
    Object.assign(process.env, before);
  });

  const refused = /^Error: Resources 'first' and 'second' both manage KV entry 'n\/K' on the same Kestra server\./;

  it("without a connection belongs to the environment's server, the same for the whole program", async () => {
    const output = claim("first", undefined, things);
    assert.equal(await pulumi.isSecret(output), true);
    assert.deepEqual(await known(output), { kind: "address", url: "http://h:1", ...user });
    assert.throws(() => claim("second", undefined, things), refused);
    const stated: Connection = { kind: "address", url: "http://h:1/ui/", ...user, tenant: "main" };
    await assert.rejects(known(claim("second", stated, things)), refused);
  });

  it("without a connection and without an environment stops the program", () => {
    delete process.env.KESTRA_URL;
    assert.throws(() => claim("first", undefined, things), /^Error: The address of the Kestra server is missing\./);
  });

  it("is a different object in another tenant", async () => {
    const inTenant = (tenant: string): Connection => ({ kind: "address", url: "http://h:1", ...user, tenant });
    await known(claim("first", inTenant("a"), things));
    await known(claim("second", inTenant("b"), things));
    await assert.rejects(known(claim("third", inTenant("a"), things)), /Resources 'first' and 'third' both manage/);
  });
});
