import type * as pulumi from "@pulumi/pulumi";
import type { Connection } from "./connection";

/** A running, ready Kestra: what every runtime hands on to the pipeline. */
export interface KestraRuntime {
  /** Known only when the server is healthy; secret. */
  connection: pulumi.Output<Connection>;
  url: pulumi.Output<string>;
  username: string;
  /** Secret. */
  password: pulumi.Output<string>;
  /** What holds Kestra's data: flows, entries and files are deleted with it, without asking the server. */
  data: pulumi.Resource;
}
