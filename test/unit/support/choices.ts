import { gcpPlatform } from "../../../infra/dataPlatform";
import type { PlatformKind } from "../../../infra/platform";
import { docker } from "../../../kestra/server/docker";
import { gke } from "../../../kestra/server/gke";
import type { Runtime } from "../../../kestra/server/runtime";
import { embedded } from "../../../local/embedded";
import { localPlatform } from "../../../local/platform";

/** The choices of index.ts, whose module is the whole program. */
export const platforms: Record<string, PlatformKind> = { gcp: gcpPlatform, local: localPlatform };
export const runtimes: Record<string, Runtime> = { docker, gke, embedded };
