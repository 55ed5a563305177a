import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { forgetServers, KestraClient } from "../../../../kestra/client/client";
import { KestraError, KestraUnusable } from "../../../../kestra/client/errors";
import { deleteFlow, getFlow } from "../../../../kestra/client/flows";
import { handlers as kvEntry } from "../../../../kestra/resources/kvEntry";
import { password, username } from "../../../../local/lab/kestraHost";

const problems = "https://kestra.io/docs/api-reference/problems";

/** A problem as Kestra 2.0 reports it: https://kestra.io/docs/api-reference/problems. */
const problem = (slug: string, title: string, status: number, detail: string, more: object = {}) => ({
  type: `${problems}/${slug}`,
  title,
  status,
  detail,
  ...more,
});

describe("a server of another version", () => {
  let server: Server;
  let url: string;
  let version: string;
  /** Its response to everything but the version request; the path becomes the problem's `instance`. */
  let answer: ReturnType<typeof problem>;
  let asked: string[];
  let printed: string[];
  const { error: print } = console;

  before(async () => {
    server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      if (request.url === "/api/v1/configs") return void response.end(JSON.stringify({ version, uuid: "u" }));
      const instance = new URL(request.url!, url).pathname;
      response.writeHead(answer.status, { "content-type": "application/problem+json" });
      response.end(JSON.stringify({ instance, ...answer }));
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => {
    forgetServers();
    [version, asked, printed] = ["2.0.0", [], []];
    answer = problem("not-found", "Resource not found", 404, "Flow not found");
    console.error = (text: string) => printed.push(text);
  });
  afterEach(() => {
    console.error = print;
  });

  const connection = () => ({ kind: "address" as const, url, username, password });
  const client = () => new KestraClient(connection());
  const entry = () => ({ connection: connection(), namespace: "n", key: "K", type: "STRING" as const, value: "v" });

  it("older than 1.3 is refused before any other request; the error names both versions", async () => {
    for (version of ["1.2.9", "0.24.1", "v1.0"]) {
      asked = [];
      const message =
        `Kestra at ${url} has version ${version}, but this program needs 1.3.0 or newer. ` +
        "Upgrade the server, then run the same command again.";
      await assert.rejects(getFlow(client(), "n", "f"), (error: Error) => {
        assert.ok(error instanceof KestraUnusable);
        assert.equal(error.message, message);
        return true;
      });
      await assert.rejects(kvEntry.create(entry()), { message });
      assert.deepEqual(asked, ["GET /api/v1/configs", "GET /api/v1/configs"]);
    }
  });

  it("newer than 2.0 causes one warning per process", async () => {
    for (version of ["2.1.0", "2.1.0", "3.0.0-SNAPSHOT", "develop"]) {
      forgetServers();
      assert.equal(await getFlow(client(), "n", "f"), undefined);
    }
    const [first, ...others] = printed;
    assert.equal(
      first,
      `Kestra at ${url} has version 2.1.0; this program was tested up to 2.0. ` +
        "If a request fails, update this program, or use that version of Kestra.",
    );
    assert.deepEqual(
      others.map((line) => / has version (\S+);/.exec(line)![1]),
      ["3.0.0-SNAPSHOT", "develop"],
    );
  });

  it("that is supported causes no warning", async () => {
    for (version of ["1.3.0", "1.3.31", "1.4.0-rc1", "2.0.0", "2.0.7"]) {
      forgetServers();
      await getFlow(client(), "n", "f");
    }
    assert.deepEqual(printed, []);
  });

  it("2.0 reports a missing or expired object as a problem", async () => {
    assert.equal(await getFlow(client(), "n n", "f+g"), undefined);
    await deleteFlow(client(), "n", "f");
    answer = problem("resource-expired", "Resource has expired", 410, "The entry has expired");
    assert.deepEqual(await kvEntry.read("id", entry()), {});
    assert.deepEqual(printed, []);
  });

  it("2.0 isn't recognized in a problem from a proxy or about another path", async () => {
    const others = [
      { ...answer, type: "about:blank" },
      { ...answer, instance: "/api/v1/main/flows/n/g" },
      { ...answer, type: undefined as unknown as string },
    ];
    for (answer of others)
      await assert.rejects(getFlow(client(), "n", "f"), {
        name: "KestraUnreachable",
        message:
          `Kestra at ${url} cannot be reached: the server there isn't Kestra (GET /flows/n/f?source=true: status 404, ` +
          "not a Kestra error). Correct the address, or stop the other server and start Kestra.",
      });
  });

  it("2.0 lists faults, which errors show with their fields", async () => {
    const errors = [
      { detail: "must not be null", pointer: "/tasks/0/type", path: "tasks[my-task].type" },
      { detail: "must not be empty", pointer: "/id", path: "id" },
      { detail: "is odd" },
    ];
    answer = problem("validation-failed", "Validation failed", 422, "Validation failed", { errors });
    await assert.rejects(client().send("POST", "/flows"), (error: Error) => {
      assert.ok(error instanceof KestraError);
      assert.equal(
        error.message,
        "Kestra answered 422 to POST /flows: Validation failed; tasks[my-task].type: must not be null; " +
          "id: must not be empty; is odd",
      );
      return true;
    });
  });

  it("2.0 gives a trace id for an internal error, which the message shows", async () => {
    const detail = "An unexpected error occurred. Quote the traceId when contacting support.";
    answer = problem("internal-error", "Internal server error", 500, detail, { traceId: "4bf92f" });
    await assert.rejects(client().send("POST", "/flows"), {
      message: `Kestra answered 500 to POST /flows: ${detail}; traceId 4bf92f`,
    });
  });
});
