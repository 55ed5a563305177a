import { RunError } from "@pulumi/pulumi";
import { LocalPlatform } from "./infra/localPlatform";
import { readSettings } from "./infra/settings";
import { EmbeddedKestra } from "./kestra/embedded";
import { Pipeline } from "./kestra/pipeline";
import { local, portsFrom } from "./sandbox/services/definitions";

const settings = readSettings();
if (settings.platform === "gcp") {
  throw new RunError(
    "Platform 'gcp' is not part of this release yet. The whole pipeline runs on this machine: npm start",
  );
}
const ports = portsFrom(settings.local.firstPort);
const { platform } = new LocalPlatform("local", { settings, ports });
const { runtime: kestra } = new EmbeddedKestra("kestra", { ports, dependsOn: platform.ready });
new Pipeline("pipeline", { platform, kestra });

export const kestraUrl = kestra.url;
export const kestraUser = kestra.username;
export const kestraPassword = kestra.password;
export const project = platform.projectId;
export const bucket = platform.bucketName;
export const dataset = platform.dataset;
export const tripsUrl = platform.sources.tripsUrl;
export const countiesUrl = platform.sources.countiesUrl;
export const bigqueryUrl = local(ports.bigquery);
