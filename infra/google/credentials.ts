import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import type { AuthClient } from "google-auth-library";

const tokenVariable = "GOOGLE_OAUTH_ACCESS_TOKEN";

/** Credentials as JSON; the first that's set counts. */
const jsonVariables = ["GOOGLE_CREDENTIALS", "GOOGLE_CLOUD_KEYFILE_JSON", "GCLOUD_KEYFILE_JSON"];

const accountVariable = "GOOGLE_IMPERSONATE_SERVICE_ACCOUNT";

const scopes = ["https://www.googleapis.com/auth/cloud-platform"];

const userLogin = "gcloud auth application-default login";

let client: AuthClient | undefined;

/**
 * An access token of whom the Google provider acts as, by the same variables in the same order: a token, else
 * credentials, else application-default credentials; and with any of them, the service account to impersonate
 * (hashicorp/terraform-provider-google, google/transport/config.go). Google's library itself asks through HTTPS_PROXY,
 * except what NO_PROXY lists.
 */
export async function accessToken(): Promise<string> {
  const token = textOf(tokenVariable);
  // needs no library
  if (token !== undefined && !process.env[accountVariable]) return token;
  try {
    client ??= await findClient(token);
    return (await client.getAccessToken()).token!;
  } catch (error) {
    throw unauthenticated((error as Error).message);
  }
}

async function findClient(token: string | undefined): Promise<AuthClient> {
  // loaded lazily: stack `local` never needs it
  const { GoogleAuth, Impersonated, OAuth2Client } = await import("google-auth-library");
  const sourceClient =
    token === undefined ? await new GoogleAuth({ scopes, credentials: givenJson() }).getClient() : new OAuth2Client();
  if (token !== undefined) sourceClient.setCredentials({ access_token: token });
  const targetPrincipal = process.env[accountVariable];
  return targetPrincipal ? new Impersonated({ sourceClient, targetPrincipal, targetScopes: scopes }) : sourceClient;
}

/** The credentials of the first variable that's set. */
function givenJson(): object | undefined {
  const variable = jsonVariables.find((name) => process.env[name]);
  if (variable === undefined) return undefined;
  try {
    return JSON.parse(textOf(variable)!) as object;
  } catch {
    // the parser's message would show a part of it
    throw new Error(`${variable} is neither JSON nor the path of a file with it`);
  }
}

/** A variable's text, or that of the file that it names. */
function textOf(variable: string): string | undefined {
  const given = process.env[variable];
  if (!given) return undefined;
  const path = given.replace(/^~(?=\/|$)/, homedir());
  return existsSync(path) ? readFileSync(path, "utf8").trim() : given;
}

/** Enables what Pulumi needs before it can enable all other APIs, or act as a service account. */
export const enableFirstApis = (project: string) =>
  "gcloud services enable iamcredentials.googleapis.com cloudresourcemanager.googleapis.com " +
  `serviceusage.googleapis.com --project ${project}`;

/** False for a token that a variable gives: rejected once, it stays rejected. */
export const canRenewToken = () => !process.env[tokenVariable];

/** What to do when Google doesn't accept the credentials, which the next request looks for anew. */
export function unauthenticated(reason: string): Error {
  client = undefined;
  // Google's own remedy is a web page for one API
  const line = reason.split("\n")[0]!.replace(/\. Enable it by visiting .*/, "");
  return new Error(
    `Google Cloud doesn't accept your credentials (${line}). ${loginRemedy(line)}, then run the same command again`,
  );
}

/** One command that gives other credentials, without a full stop; by what Google said and what is set. */
export function loginRemedy(reason: string): string {
  const [, project] = /has not been used in project (\S+) before/.exec(reason) ?? [];
  if (project !== undefined) return `Run: ${enableFirstApis(project)}`;
  const account = process.env[accountVariable];
  if (account && reason.includes("unable to impersonate"))
    return `Grant yourself roles/iam.serviceAccountTokenCreator on '${account}', or unset ${accountVariable}`;
  if (process.env[tokenVariable])
    return `Set ${tokenVariable} to a token that hasn't expired, or unset it and run: ${userLogin}`;
  const variable = jsonVariables.find((name) => process.env[name]);
  return variable ? `Correct ${variable}, or unset it and run: ${userLogin}` : `Run: ${userLogin}`;
}
