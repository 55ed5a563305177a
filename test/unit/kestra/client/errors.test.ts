import assert from "node:assert/strict";
import { messageOf } from "../../../../kestra/client/errors";

const parsersWords = { message: 'FlowWithSource["tasks"]->java.util.ArrayList[0]: no such type', path: "tasks" };

describe("the server's error message", () => {
  const bodies: [string, object | null | string, string | undefined][] = [
    [
      "of 1.x are its message, without its parser's",
      { message: "Invalid type: a.b.C", _embedded: { errors: [{ message: "Invalid type: a.b.C" }, parsersWords] } },
      "Invalid type: a.b.C",
    ],
    [
      "of 1.x are the faults, where its message names none",
      { message: "Invalid json mapping", _embedded: { errors: [{ message: "an odd end", path: "disabled" }, null] } },
      "Invalid json mapping; disabled: an odd end",
    ],
    ["of 2.0 are the detail, not the title", { title: "Conflict", detail: "The flow\n  runs" }, "The flow; runs"],
    ["of 2.0 are the title, where it says no more", { title: "Conflict", detail: " " }, "Conflict"],
    ["aren't there in a body of another form", { message: { text: "x" }, errors: "x" }, undefined],
    ["aren't there in a body that is empty", null, undefined],
    ["aren't there in a page", "<h1>404", undefined],
  ];
  for (const [name, body, words] of bodies)
    it(name, () => assert.equal(messageOf(typeof body === "string" ? body : JSON.stringify(body)), words));
});
