import assert from "node:assert/strict";
import { errorOf, KestraHost, register, run, yaml, type Answer } from "../../../lab/kestraHost";
import type { Execution, FileEntry, KvEntry, Page, Verdict } from "../../../lab/kestraTypes";

const namespace = "api";
const flow = (id: string, more = "") => `
id: ${id}
namespace: ${namespace}
inputs:
  - {id: count, type: INT, required: false}
labels: {kind: test}
tasks:
  - {id: say, type: io.kestra.plugin.core.log.Log, message: hello}
${more}`;

describe("Kestra host: the API", () => {
  let host: KestraHost;
  before(async () => {
    host = await KestraHost.start();
    await register(host, flow("greeting"));
    await register(host, flow("off", "disabled: true"));
  });
  after(() => host.dispose());

  const start = (id: string, form = new FormData()) => host.send("POST", `/executions/${namespace}/${id}`, form);
  const kv = (key: string, body: string, headers: Record<string, string> = {}) =>
    host.send("PUT", `/namespaces/${namespace}/kv/${key}`, body, "text/plain", headers);
  const disable = (flowId: string, triggerId: string) =>
    host.sendAtOnce(
      "PUT",
      "/triggers",
      JSON.stringify({ namespace, flowId, triggerId, disabled: true }),
      "application/json",
    );

  describe("refuses, with Kestra's status and message:", () => {
    const refusals: Record<string, [() => Promise<Answer<unknown>>, number, RegExp]> = {
      "a second flow of the same id": [
        () => host.send("POST", "/flows", flow("greeting"), yaml),
        422,
        /^Invalid entity: flow.id: Flow id already exists$/,
      ],
      "broken YAML": [() => host.send("POST", "/flows", "id: [unclosed", yaml), 422, /source: YAML parsing error/],
      "an update of an unknown flow": [
        () => host.sendAtOnce("PUT", `/flows/${namespace}/unknown`, flow("unknown"), yaml),
        404,
        /^Not Found$/,
      ],
      "an unknown filter": [
        () => host.send("GET", "/flows/search?filters[colour][EQUALS]=red"),
        400,
        /^Invalid query filters/,
      ],
      "page 0": [() => host.send("GET", "/flows/search?page=0"), 422, /greater than or equal to 1/],
      "a wrong input": [
        () => {
          const form = new FormData();
          form.append("count", "seven");
          return start("greeting", form);
        },
        422,
        /^Invalid entity: .*count/,
      ],
      "a start of an unknown flow": [() => start("unknown"), 404, /^Not Found: Requested Flow is not found\.$/],
      "a start of a disabled flow": [() => start("off"), 409, /^Illegal state: Requested Flow is disabled\.$/],
      "a file outside Kestra's storage": [
        async () => {
          const { id } = await run(host, namespace, "greeting");
          return host.send("GET", `/executions/${id}/file?path=file%3A%2F%2F%2Fetc%2Fpasswd`);
        },
        422,
        /Scheme/,
      ],
      "an entry that has expired": [
        async () => {
          await kv("short", "1", { ttl: "PT0.001S" });
          return host.send("GET", `/namespaces/${namespace}/kv/short`);
        },
        410,
        /^Resource has expired: The requested value has expired$/,
      ],
      "a bad key": [() => kv("-bad-", "1"), 422, /^Illegal argument: Key must start with an alphanumeric character/],
      "a trigger of an unknown flow": [() => disable("unknown", "monthly"), 404, /^Not Found: Flow of trigger monthly/],
      "an unknown trigger": [() => disable("greeting", "yearly"), 404, /^Not Found: Flow greeting has no trigger/],
    };
    for (const [what, [call, status, message]] of Object.entries(refusals))
      it(what, async () => {
        const answer = await call();
        assert.equal(answer.status, status, answer.text);
        assert.match(errorOf(answer).message, message);
      });
  });

  it("finds executions by the older parameters, by filters and by labels", async () => {
    const { id } = await run(host, namespace, "greeting");
    const found = async (query: string) =>
      (await host.send<Page<Execution>>("GET", `/executions/search?size=100&${query}`)).json.results.map(
        (each) => each.id,
      );
    for (const query of [
      `namespace=${namespace}&flowId=greeting&state=SUCCESS&state=FAILED`,
      `filters[namespace][PREFIX]=${namespace}&filters[state][IN]=SUCCESS,FAILED&filters[timeRange][EQUALS]=PT1H`,
      `filters[labels][EQUALS][kind]=test&sort=state.startDate:desc`,
    ])
      assert.ok((await found(query)).includes(id), query);
    assert.deepEqual(await found(`namespace=${namespace}&state=KILLED`), []);
  });

  it("ends the stream of an unknown execution at once, without an event", async () => {
    assert.equal((await host.send("GET", "/executions/no-such-execution/follow")).text, "");
  });

  it("gives a verdict on the empty part before a second ---, too", async () => {
    const sources = `${flow("first")}---\n---\n${flow("second")}`;
    const verdicts = (await host.send<Verdict[]>("POST", "/flows/validate", sources, yaml)).json;
    assert.deepEqual(
      verdicts.map(({ index, flow }) => [index, flow]),
      [
        [0, "first"],
        [1, undefined],
        [2, "second"],
      ],
    );
  });

  it("reads the type of an entry from its text, as Ion", async () => {
    const cases: [string, string, unknown][] = [
      // Kestra's own reading of midnight in UTC
      ["2025-03-01T00:00:00Z", "DATE", "2025-03-01"],
      ["1.2.3", "STRING", "1.2.3"],
      ["two words", "STRING", "two"],
    ];
    for (const [literal, type, value] of cases) {
      await kv("typed", literal);
      const { json } = await host.send<KvEntry>("GET", `/namespaces/${namespace}/kv/typed`);
      assert.deepEqual([json.type, json.value], [type, value], literal);
    }
  });

  describe("deletes files as Kestra does:", () => {
    const files = `/namespaces/${namespace}/files`;
    const put = (path: string, other = files) => {
      const form = new FormData();
      form.append("fileContent", new Blob([path]), path.split("/").at(-1));
      return host.send("POST", `${other}?path=${encodeURIComponent(path)}`, form);
    };
    const remove = (path: string) => host.send("DELETE", `${files}?path=${path}`);
    const entries = async (folder: string) => {
      const { status, json } = await host.send<FileEntry[]>("GET", `${files}/directory?path=${folder}`);
      return status === 404 ? "missing" : json.map((each) => each.fileName).sort();
    };

    it("with the folders that become empty", async () => {
      await put("/top/keep.txt");
      await put("/top/a/b/last.txt");
      await remove("/top/a/b/last.txt");
      assert.deepEqual(await entries("/top"), ["keep.txt"]);
      await remove("/top/keep.txt");
      assert.equal(await entries("/top"), "missing");
    });

    it("a missing path deletes its only sibling, but not one of two, nor one in the root", async () => {
      for (const path of ["/above/sub/a.txt", "/above/sub/b.txt", "/two/a.txt", "/two/b.txt", "/root.txt"])
        await put(path);
      for (const path of ["/above/gone.txt", "/two/gone.txt", "/gone.txt"])
        assert.equal((await remove(path)).status, 200, path);
      assert.deepEqual([await entries("/above"), await entries("/two")], ["missing", ["a.txt", "b.txt"]]);
      assert.ok((await entries("/")).includes("root.txt"));
    });

    it("counting the entries of all namespaces, and storing a blank as a plus sign", async () => {
      await put("/shared/my file.txt");
      await put("/shared/theirs.txt", "/namespaces/others/files");
      await remove("/shared/gone.txt");
      assert.deepEqual(await entries("/shared"), ["my+file.txt"]);
    });
  });
});
