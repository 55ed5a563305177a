import { DataPlatform } from "./infra/dataPlatform";
import { LocalPlatform } from "./local/platform";
import { readSettings } from "./infra/settings";
import { DockerKestra } from "./kestra/docker/dockerKestra";
import { EmbeddedKestra } from "./local/embedded";
import { GkeKestra } from "./kestra/gke/gkeKestra";
import { Pipeline } from "./kestra/pipeline";

const settings = readSettings();
const { platform } =
  settings.platform === "gcp" ? new DataPlatform("data", { settings }) : new LocalPlatform("local", { settings });
const runtimes = {
  embedded: () => new EmbeddedKestra("kestra", { settings, platform }),
  docker: () => new DockerKestra("kestra", { settings }),
  gke: () => new GkeKestra("kestra", { settings, platform }),
};
const { runtime: kestra } = runtimes[settings.runtime]();
new Pipeline("pipeline", { platform, kestra, alertWebhook: settings.alertWebhook });

export const kestraUrl = kestra.url;
export const kestraUser = kestra.username;
export const kestraPassword = kestra.password;
export const kestraEncryptionKey = kestra.encryptionKey;
export const kestraEndpoint = kestra.endpoint;
export const project = platform.projectId;
export const bucket = platform.bucketName;
export const dataset = platform.dataset;
export const serviceAccountEmail = platform.serviceAccountEmail;
export const bucketLink = platform.bucketLink;
export const datasetLink = platform.datasetLink;
export const tripsUrl = platform.sources.tripsUrl;
export const countiesUrl = platform.sources.countiesUrl;
export const bigqueryUrl = platform.bigqueryUrl;
