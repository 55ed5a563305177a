import { readFileSync } from "node:fs";
import { GeneratedSecret } from "@bay-wheels/dynamic/generatedSecret";
import { connect, FlowSet } from "@bay-wheels/kestra";

/** What the benchmark's program declares. */
export interface Declared {
  /** `none`: no resource at all; `data`: only the resource that the flows are deleted with. */
  content: "none" | "data" | "singles" | "bulk";
}

const { content } = JSON.parse(readFileSync("declared.json", "utf8")) as Declared;
if (content !== "none") {
  // represents the disk with the server's data
  const data = new GeneratedSecret("data", { kind: "password" });
  if (content !== "data")
    new FlowSet(
      "flows",
      { connection: connect(), directory: "flows", bulk: content === "bulk" },
      { deletedWith: data },
    );
}
