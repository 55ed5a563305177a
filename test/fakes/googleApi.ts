import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** What the fake Google API answers; a test changes it. */
export interface Cloud {
  project: "ACTIVE" | "DELETE_REQUESTED" | "missing";
  billing: boolean;
  /** Constraints that forbid keys. */
  enforced: string[];
  /** A bucket name that somebody else has. */
  takenBucket?: string;
  /** A bucket that this account sees. */
  ownBucket?: { name: string; labels: Record<string, string>; location?: string };
  /** This account has no rights on the billing account's budgets. */
  noBudgets?: boolean;
  /** The policy has conditions. */
  conditional?: boolean;
  /** Requests that are answered with 503 first. */
  busy?: number;
  /** Datasets, repositories and service accounts that are there, by their paths. */
  standing?: Record<string, object>;
  /** APIs that are not enabled, each with the number of requests until it is. */
  disabled: Record<string, number>;
  /** The token is that of a service account of the project, not a person's. */
  serviceAccount?: boolean;
  /** The token is one of yesterday. */
  expired?: boolean;
  /** Quotas of every region by metric: what is used of how much; undefined: those of a project of some age. */
  quotas?: Record<string, { usage: number; limit: number }>;
}

const quotas = {
  CPUS: { usage: 0, limit: 72 },
  CPUS_ALL_REGIONS: { usage: 0, limit: 72 },
  SSD_TOTAL_GB: { usage: 0, limit: 5000 },
  IN_USE_ADDRESSES: { usage: 0, limit: 69 },
};

const disabled = {
  error: {
    code: 403,
    message: "API has not been used in project 123456789 before or it is disabled.",
    status: "PERMISSION_DENIED",
  },
};

const unauthenticated: [number, object] = [
  401,
  {
    error: {
      code: 401,
      message: "Request had invalid authentication credentials. Expected OAuth 2 access token.",
      status: "UNAUTHENTICATED",
    },
  },
];

const missing: [number, object] = [404, { error: { code: 404, status: "NOT_FOUND", message: "Not found." } }];

/** What Google answers about a project that is not there, or not this account's to use. */
const notYours: [number, object] = [
  403,
  { error: { code: 403, status: "PERMISSION_DENIED", message: "no permission" } },
];
const noSuchProject: [number, object] = [
  400,
  { error: { code: 400, message: "User project specified in the request is invalid." } },
];

/**
 * Google's APIs as far as the program looks at a project before it is built in: real HTTP on this machine, with the
 * paths and bodies of Google's reference. What is made lies at the fake provider, not here.
 */
export class GoogleApi {
  cloud: Cloud = { project: "ACTIVE", billing: true, enforced: [], disabled: {} };
  /** The clusters that are there, by their path: `projects/p/locations/l/clusters/c`. */
  clusters: (path: string) => object | undefined = () => undefined;
  /** Buckets (`b/name`), datasets, repositories and service accounts that a stack made, by their path. */
  made: (path: string) => object | undefined = () => undefined;
  /** Every request without the token that this server gives out. */
  strangers: string[] = [];
  private readonly server: Server;
  private port = 0;

  private constructor() {
    this.server = createServer((request, response) => {
      const [status, body] = this.answer(request);
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
  }

  static async start(): Promise<GoogleApi> {
    const api = new GoogleApi();
    await new Promise<void>((listening) => api.server.listen(0, "127.0.0.1", listening));
    api.port = (api.server.address() as AddressInfo).port;
    return api;
  }

  stop(): void {
    this.server.close();
  }

  /** Environment by which the program finds it: the Google provider's own variables. */
  environment(): Record<string, string> {
    const root = (api: string) => `http://127.0.0.1:${this.port}/${api}/`;
    return {
      GOOGLE_OAUTH_ACCESS_TOKEN: "token-of-the-tests",
      GOOGLE_RESOURCE_MANAGER_V3_CUSTOM_ENDPOINT: root("projects"),
      GOOGLE_CLOUD_BILLING_CUSTOM_ENDPOINT: root("billing"),
      GOOGLE_BILLING_CUSTOM_ENDPOINT: root("budgets"),
      GOOGLE_ORG_POLICY_CUSTOM_ENDPOINT: root("orgPolicy"),
      GOOGLE_STORAGE_CUSTOM_ENDPOINT: root("storage"),
      GOOGLE_BIGQUERY_CUSTOM_ENDPOINT: root("bigquery"),
      GOOGLE_IAM_CUSTOM_ENDPOINT: root("iam"),
      GOOGLE_COMPUTE_CUSTOM_ENDPOINT: root("compute"),
      GOOGLE_CONTAINER_CUSTOM_ENDPOINT: root("container"),
      GOOGLE_SQL_CUSTOM_ENDPOINT: root("sql"),
      GOOGLE_ARTIFACT_REGISTRY_CUSTOM_ENDPOINT: root("artifactRegistry"),
    };
  }

  private answer({ url = "", headers }: IncomingMessage): [number, object] {
    const [, api = "", path = ""] = /^\/(\w+)\/(.*)$/.exec(url) ?? [];
    if (headers.authorization !== "Bearer token-of-the-tests") this.strangers.push(url);
    if (this.cloud.expired) return unauthenticated;
    if ((this.cloud.busy ?? 0) > 0) {
      this.cloud.busy! -= 1;
      return [503, { error: { code: 503, message: "The service is currently unavailable." } }];
    }
    if (this.cloud.project === "missing") return api === "storage" ? noSuchProject : notYours;
    // without a project to charge, a person's requests are charged to one of Google's own
    const isCharged = headers["x-goog-user-project"] !== undefined || this.cloud.serviceAccount === true;
    if (isCharged && (this.cloud.disabled[api] ?? 0) > 0) {
      this.cloud.disabled[api]! -= 1;
      return [403, disabled];
    }
    if (api === "projects") {
      return [200, { state: this.cloud.project }];
    }
    if (api === "billing") {
      const billingAccountName = this.cloud.billing ? "billingAccounts/012345-6789AB-CDEF01" : "";
      return [200, { billingEnabled: this.cloud.billing, billingAccountName }];
    }
    if (api === "budgets" && this.cloud.noBudgets) return notYours;
    if (api === "orgPolicy") {
      const constraint = /policies\/([\w.]+):getEffectivePolicy$/.exec(path)?.[1] ?? "";
      const condition = this.cloud.conditional ? { condition: { expression: "resource.matchTag('a/b', 'c')" } } : {};
      return [200, { spec: { rules: [{ enforce: this.cloud.enforced.includes(constraint), ...condition }] } }];
    }
    if (api === "storage" && path.startsWith("b/")) return this.bucket(path.slice(2));
    if (api === "container" && /\/clusters\/[^/]+$/.test(path)) {
      const cluster = this.clusters(path);
      return cluster ? [200, cluster] : missing;
    }
    if (/\/(datasets|repositories|serviceAccounts)\/[^/?]+$/.test(path)) {
      const standing = this.cloud.standing?.[path] ?? this.made(path);
      return standing ? [200, standing] : missing;
    }
    if (api === "compute") {
      const all = Object.entries(this.cloud.quotas ?? quotas).map(([metric, quota]) => ({ metric, ...quota }));
      return [200, { quotas: all }];
    }
    return [200, {}];
  }

  private bucket(name: string): [number, object] {
    const { takenBucket, ownBucket, billing } = this.cloud;
    const seen = name === ownBucket?.name ? ownBucket : this.made(`b/${name}`);
    if (seen) return [200, seen];
    if (name !== takenBucket) return [404, { error: { code: 404, message: "The specified bucket does not exist." } }];
    if (billing) return [403, { error: { code: 403, message: "no access", errors: [{ reason: "forbidden" }] } }];
    return [403, { error: { code: 403, message: "absent billing account", errors: [{ reason: "accountDisabled" }] } }];
  }
}
