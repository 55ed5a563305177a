import { gcpPlatform } from "./infra/dataPlatform";
import { readSettings } from "./infra/settings";
import { docker } from "./kestra/server/docker";
import { gke } from "./kestra/server/gke";
import { Pipeline } from "./kestra/pipeline/pipeline";
import type { Runtime } from "./kestra/server/runtime";
import { embedded } from "./local/embedded";
import { localPlatform } from "./local/platform";

const platforms = { gcp: gcpPlatform, local: localPlatform };
const runtimes: Record<string, Runtime> = { docker, gke, embedded };

const chosen = readSettings(platforms, runtimes);
const { settings } = chosen;
const needs = chosen.runtime.kind.needs(chosen.runtime.own, settings);
const platform = chosen.platform.kind.create({ settings, needs, own: chosen.platform.own });
const kestra = chosen.runtime.kind.start("kestra", { settings, platform, own: chosen.runtime.own });
const { alertWebhook, maxBytesBilled } = settings;
new Pipeline("pipeline", { platform, kestra, alertWebhook, maxBytesBilled });

export const kestraUrl = kestra.url;
export const kestraUser = kestra.username;
export const kestraPassword = kestra.password;
export const kestraEncryptionKey = kestra.encryptionKey;
export const kestraEndpoint = kestra.endpoint;
export const project = platform.projectId;
export const location = platform.location;
export const bucket = platform.bucketName;
export const dataset = platform.dataset;
export const serviceAccountEmail = platform.serviceAccountEmail;
export const bucketLink = platform.bucketLink;
export const datasetLink = platform.datasetLink;
export const tripsUrl = platform.sources.tripsUrl;
export const countiesUrl = platform.sources.countiesUrl;
export const bigqueryUrl = platform.bigqueryUrl;
