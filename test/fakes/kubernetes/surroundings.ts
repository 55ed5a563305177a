import { parse, stringify } from "yaml";
import { at, type Named } from "../behaviour";
import { clusterType } from "../google/access";
import { lastOf } from "../google/common";
import { bucketType, pushedImages } from "../google/data";
import { databaseType, instanceType, userType } from "../google/database";
import { addressType, ruleType } from "../google/network";
import type { Kept, Properties, Store } from "../store";
import { serviceAccountOf, type Values } from "./chart";

export const secretType = "kubernetes:core/v1:Secret";

/** Where the pods of a release live, so to say. */
export interface Place {
  store: Store;
  release: string;
  namespace: string;
  values: Values;
}

/** What the pods find there. */
export interface Found {
  /** The server's configuration, from the Secret. */
  configuration: string;
  instance: string;
  bucket: string;
}

/** Names of what a release is and where. */
export const placeOf = ({ store, inputs }: Named): Place => ({
  store,
  release: String(inputs.name),
  namespace: String(inputs.namespace),
  values: inputs.values ?? {},
});

/** The texts of the Secrets that the pods mount. */
function mounted({ store, namespace, values }: Place): Properties[] {
  return (values.configurations?.secrets ?? []).map(({ name, key }) => {
    const secret = store.get(secretType, `${namespace}/${name}`);
    if (secret === undefined)
      throw new Error(`MountVolume.SetUp failed for volume "${name}": secret "${name}" not found`);
    const text = (secret.stringData as Record<string, string> | undefined)?.[key];
    if (text === undefined)
      throw new Error(`MountVolume.SetUp failed for volume "${name}": references non-existent secret key: ${key}`);
    return parse(text) as Properties;
  });
}

/** The image was pushed, and the nodes may pull it. */
function requireImage({ store, values: { image = {} } }: Place): void {
  const name = `${image.repository}:${image.tag}`;
  const reader = store
    .all("gcp:artifactregistry/repositoryIamMember:RepositoryIamMember")
    .find(({ properties }) => properties.role === "roles/artifactregistry.reader");
  const nodes = store
    .all(clusterType)
    .map(({ properties }) => at(properties, "clusterAutoscaling.autoProvisioningDefaults.serviceAccount"));
  const mayPull = nodes.some((email) => `serviceAccount:${String(email)}` === reader?.properties.member);
  if (!mayPull) throw new Error(`Failed to pull image "${name}": 403 Forbidden`);
  if (!(store.note(pushedImages) ?? "").split("\n").includes(name))
    throw new Error(`Failed to pull image "${name}": ${name}: not found`);
}

/**
 * The pods are Google's account that may use the storage:
 * https://cloud.google.com/kubernetes-engine/docs/how-to/workload-identity
 */
function requireIdentity({ store, release, namespace, values }: Place, bucket: string): void {
  const email = values.serviceAccount?.annotations?.["iam.gke.io/gcp-service-account"];
  const account = `[${namespace}/${serviceAccountOf(values, release)}]`;
  const bound = store
    .all("gcp:serviceaccount/iAMMember:IAMMember")
    .some(
      ({ properties: { role, member, serviceAccountId } }) =>
        role === "roles/iam.workloadIdentityUser" &&
        String(member).endsWith(account) &&
        lastOf(serviceAccountId) === email,
    );
  if (!bound)
    throw new Error(
      `${email} needs roles/iam.workloadIdentityUser for ${account}: Permission 'iam.serviceAccounts.getAccessToken' denied`,
    );
  const mayStore = store
    .all("gcp:storage/bucketIAMMember:BucketIAMMember")
    .some(({ properties }) => properties.bucket === bucket && properties.member === `serviceAccount:${email}`);
  if (!mayStore) throw new Error(`${email} does not have storage.objects.create access to the bucket ${bucket}`);
}

interface Postgres {
  url: string;
  username: string;
  password: string;
}

/** The instance behind an address of the network; undefined when nothing leads to one. */
function instanceAt(store: Store, host: string): string | undefined {
  const address = store.all(addressType).find(({ properties }) => properties.address === host);
  const leadsThere = ({ properties }: Kept) =>
    address !== undefined && [host, address.properties.name].includes(lastOf(properties.ipAddress));
  const rule = store.all(ruleType).find(leadsThere);
  const offers = ({ properties }: Kept) =>
    rule !== undefined && properties.pscServiceAttachmentLink === rule.properties.target;
  return store.all(instanceType).find(offers)?.properties.name as string | undefined;
}

/** Database and user are there, and the password is the user's. */
function requireDatabase({ store }: Place, { url, username, password }: Postgres): string {
  const [, host = "", database] = /^jdbc:postgresql:\/\/([^:/]+):5432\/(\w+)/.exec(url) ?? [];
  const instance = instanceAt(store, host);
  if (instance === undefined) throw new Error(`Connection to ${host}:5432 refused`);
  const inside = (type: string, name: unknown) =>
    store.all(type).find(({ properties }) => lastOf(properties.instance) === instance && properties.name === name);
  const user = inside(userType, username);
  if (user === undefined || user.properties.password !== password)
    throw new Error(`FATAL: password authentication failed for user "${username}"`);
  if (inside(databaseType, database) === undefined) throw new Error(`FATAL: database "${database}" does not exist`);
  return instance;
}

/** All that the pods need outside the cluster is there; refused with what the first one that starts would log. */
export function surroundings(place: Place): Found {
  const { store } = place;
  requireImage(place);
  const [configuration] = mounted(place);
  const { type, gcs = {} } = (at(configuration, "kestra.storage") ?? {}) as { type?: string; gcs?: Properties };
  if (type !== "gcs" || gcs["service-account"] !== undefined)
    throw new Error("Kestra's storage is not Cloud Storage by Workload Identity");
  const bucket = String(gcs.bucket);
  if (store.get(bucketType, bucket) === undefined) throw new Error(`The specified bucket does not exist: ${bucket}`);
  requireIdentity(place, bucket);
  const instance = requireDatabase(place, at(configuration, "datasources.postgres") as Postgres);
  return { configuration: stringify(configuration), instance, bucket };
}
