import { connect, FlowSet, KvEntry, NamespaceFiles } from "@bay-wheels/kestra";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
const namespace = "company.team";

// what isn't configured comes from the environment: KESTRA_URL, KESTRA_USERNAME, KESTRA_PASSWORD
const connection = connect({
  url: config.get("url"),
  username: config.get("username"),
  password: config.getSecret("password"),
});

const greeting = new KvEntry("greeting", { connection, namespace, key: "GREETING", value: "Hello", plain: true });
const files = new NamespaceFiles("files", { connection, namespace, directory: "files" });
const flows = new FlowSet("flows", { connection, directory: "flows" }, { dependsOn: [greeting, files] });

/** Revision of each flow, by namespace and id. */
export const revisions = flows.revisions;
