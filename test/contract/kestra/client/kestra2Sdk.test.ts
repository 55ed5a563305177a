import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { forgetServers, KestraClient } from "../../../../kestra/client/client";
import { execute, follow, getExecution, getLogs, newestExecutions } from "../../../../kestra/client/executions";
import { createFlow, deleteFlow, getFlow, listFlows, updateFlow, validateFlows } from "../../../../kestra/client/flows";
import { getKv } from "../../../../kestra/client/kv";
import { getTrigger, setTriggerDisabled, startBackfill } from "../../../../kestra/client/triggers";
import { toolPath } from "../../../../local/tools/tools";

/** A request, normalized so that two clients can be compared. */
interface Asked {
  line: string;
  query: string[];
  body: unknown;
}

const exchange = async (...args: string[]) => {
  const python = toolPath("kestraSdk2", "bin", "python");
  const script = join("local", "oracles", "kestraSdk2", "exchange.py");
  return (await promisify(execFile)(python, ["-B", "-W", "ignore", script, ...args])).stdout;
};

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  if (chunks.length === 0) return undefined;
  const type = request.headers["content-type"]!;
  const body = new Response(Buffer.concat(chunks), { headers: { "content-type": type } });
  if (type === "application/x-yaml") return body.text();
  return type.startsWith("multipart/") ? [...(await body.formData()).entries()] : body.json();
}

describe("the client for Kestra 2.0, compared with Kestra's SDK", () => {
  let server: Server;
  let url: string;
  let answers: Record<string, unknown>;
  let asked: Asked[] = [];

  before(async () => {
    answers = JSON.parse(await exchange()) as typeof answers;
    server = createServer((request, response) => {
      void bodyOf(request).then((body) => {
        const { pathname, searchParams } = new URL(request.url!, "http://server");
        const line = `${request.method} ${pathname.replace(/^\/api\/v1(\/main)?/, "")}`;
        if (line !== "GET /configs") asked.push({ line, query: [...searchParams].map(String).sort(), body });
        if (!line.endsWith("/follow")) return void response.end(JSON.stringify(answers[line] ?? {}));
        response.setHeader("content-type", "text/event-stream");
        response.end(`event: end\ndata: ${JSON.stringify(answers["GET /executions/e1"])}\n\n`);
      });
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
    asked = [];
  });

  const client = () => new KestraClient({ kind: "address", url, username: "a@example.com", password: "Password1" });
  const labels = [{ key: "season", value: "spring" }];
  const [start, end] = ["2025-03-15T10:00:00Z", "2025-04-15T10:00:00Z"];

  it("sends the same requests as the SDK", async () => {
    await exchange(url);
    const wanted = asked;
    asked = [];
    const kestra = client();
    const source = "id: f\nnamespace: n\ntasks:\n  - {id: t, type: io.kestra.plugin.core.log.Log, message: m}\n";
    await createFlow(kestra, source);
    assert.deepEqual(await getFlow(kestra, "n", "f"), answers["GET /flows/n/f"]);
    await updateFlow(kestra, "n", "f", source);
    assert.deepEqual(await listFlows(kestra, "n"), answers["GET /flows/n"]);
    assert.deepEqual(await validateFlows(kestra, [source]), answers["POST /flows/validate"]);
    await deleteFlow(kestra, "n", "f");
    await getTrigger(kestra, "n", "f", "monthly");
    await startBackfill(kestra, "n", "f", "monthly", { start, end, labels });
    for (const disabled of [true, false]) await setTriggerDisabled(kestra, "n", "f", "monthly", disabled);
    await execute(kestra, "n", "f", { month: "2025-03" });
    await getExecution(kestra, "e1");
    const found = { flow: "f", states: ["FAILED", "SUCCESS"], since: "2026-01-02T03:04:05Z" };
    await newestExecutions(kestra, "n", { ...found, labels: { month: "2025-03" } }, 3);
    await getLogs(kestra, "e1", "INFO");
    await follow(kestra, "e1");
    await getKv(kestra, "n", "K");
    // the SDK doesn't send these: requests after a stream, and an entry's TTL
    const more = asked.filter(({ line }) => !wanted.some((other) => other.line === line)).map(({ line }) => line);
    assert.deepEqual(more, ["GET /kv"]);
    const [, ...twice] = asked.filter(({ line }) => line === "GET /executions/e1");
    const ours = asked.filter((each) => each.line !== "GET /kv" && !twice.includes(each));
    assert.deepEqual(ours, wanted);
    assert.deepEqual(
      wanted.map(({ line }) => line).filter((line) => line.startsWith("PUT /triggers")),
      ["PUT /triggers/backfill/create", "PUT /triggers/set-disabled", "PUT /triggers/set-disabled"],
    );
  });

  it("reads responses that the SDK's models accept", async () => {
    const kestra = client();
    assert.deepEqual(await getTrigger(kestra, "n", "f", "monthly"), {
      triggerId: "monthly",
      disabled: false,
      nextExecutionDate: "2026-02-15T10:00:00Z",
      backfill: { start, end, currentDate: start, paused: false, labels },
    });
    const paused = await getTrigger(kestra, "n", "f", "paused");
    assert.deepEqual([paused?.disabled, paused?.nextExecutionDate], [true, undefined]);
    assert.equal(await getTrigger(kestra, "n", "f", "none"), undefined);
    const [run] = await newestExecutions(kestra, "n");
    assert.deepEqual(
      [run!.id, run!.flowId, run!.state.current, run!.labels],
      ["e1", "f", "SUCCESS", [{ key: "month", value: "2025-03" }]],
    );
    assert.equal((await follow(kestra, (await execute(kestra, "n", "f")).id)).state.current, "SUCCESS");
    assert.equal((await getLogs(kestra, "e1", "INFO"))[0]!.message, "m");
    const entry = await getKv(kestra, "n", "K");
    assert.deepEqual([entry?.type, entry?.value, entry?.expires], ["STRING", "v", "2026-01-02T03:04:06Z"]);
  });
});
