import { RunError } from "@pulumi/pulumi";
import { DataPlatform } from "./infra/dataPlatform";
import { LocalPlatform } from "./infra/localPlatform";
import { readSettings } from "./infra/settings";
import { DockerKestra } from "./kestra/docker/dockerKestra";
import { EmbeddedKestra } from "./kestra/embedded";
import { Pipeline } from "./kestra/pipeline";

const settings = readSettings();
if (settings.runtime === "gke") {
  throw new RunError("Runtime 'gke' is not part of this release yet. Use 'docker': pulumi config set runtime docker");
}
const { platform } =
  settings.platform === "gcp" ? new DataPlatform("data", { settings }) : new LocalPlatform("local", { settings });
const { runtime: kestra } =
  settings.runtime === "docker"
    ? new DockerKestra("kestra", { settings })
    : new EmbeddedKestra("kestra", { settings, dependsOn: platform.ready });
new Pipeline("pipeline", { platform, kestra });

export const kestraUrl = kestra.url;
export const kestraUser = kestra.username;
export const kestraPassword = kestra.password;
export const kestraEncryptionKey = kestra.encryptionKey;
export const project = platform.projectId;
export const bucket = platform.bucketName;
export const dataset = platform.dataset;
export const serviceAccountEmail = platform.serviceAccountEmail;
export const bucketLink = platform.bucketLink;
export const datasetLink = platform.datasetLink;
export const tripsUrl = platform.sources.tripsUrl;
export const countiesUrl = platform.sources.countiesUrl;
export const bigqueryUrl = platform.bigqueryUrl;
