import { randomBytes } from "node:crypto";
import type { Named, Subject, Type } from "../behaviour";
import { badRequest, lastOf, onApi, projectOf, regionOf } from "./common";

export const instanceType = "gcp:sql/databaseInstance:DatabaseInstance";
export const databaseType = "gcp:sql/database:Database";
export const userType = "gcp:sql/user:User";

/** Note of names of instances that were deleted, one a line: they stay taken for a week. */
const reserved = "reserved-instances";

/** Note of the instances that hold Kestra's tables, one a line; their user owns them. */
export const usedInstances = "used-instances";

interface Settings {
  tier: string;
  edition?: string;
  availabilityType?: string;
  deletionProtectionEnabled?: boolean;
  ipConfiguration?: { ipv4Enabled?: boolean; pscConfigs?: { pscEnabled?: boolean }[] };
  backupConfiguration?: {
    enabled?: boolean;
    pointInTimeRecoveryEnabled?: boolean;
    transactionLogRetentionDays?: number;
  };
}

const linesOf = ({ store }: Subject, note: string) => (store.note(note) ?? "").split("\n");

/**
 * https://cloud.google.com/sql/docs/postgres/editions-intro, .../create-instance: what Cloud SQL refuses of the
 * settings that go together.
 */
function requireSense({ inputs }: Subject): void {
  const {
    tier,
    edition,
    availabilityType,
    ipConfiguration = {},
    backupConfiguration = {},
  } = inputs.settings as Settings;
  const [, version = ""] = /^POSTGRES_(\d+)$/.exec(String(inputs.databaseVersion)) ?? [];
  const known = edition ?? (Number(version) >= 16 ? "ENTERPRISE_PLUS" : "ENTERPRISE");
  if (known === "ENTERPRISE_PLUS" && !tier.startsWith("db-perf-optimized-"))
    throw badRequest(
      `Invalid request: Invalid Tier (${tier}) for (ENTERPRISE_PLUS) Edition. Use a predefined Tier like db-perf-optimized-N-* instead. Learn more at https://cloud.google.com/sql/docs/postgres/create-instance#machine-types.`,
    );
  const { enabled, pointInTimeRecoveryEnabled, transactionLogRetentionDays = 7 } = backupConfiguration;
  if (pointInTimeRecoveryEnabled && !enabled)
    throw badRequest("Invalid request: Point in time recovery requires that backups are enabled.");
  if (availabilityType === "REGIONAL" && !(enabled && pointInTimeRecoveryEnabled))
    throw badRequest(
      "Invalid request: The specified HA option requires that backups and point in time recovery are enabled.",
    );
  const most = known === "ENTERPRISE" ? 7 : 35;
  if (transactionLogRetentionDays < 1 || transactionLogRetentionDays > most)
    throw badRequest(`Invalid request: The number of transaction log retention days must be between 1 and ${most}.`);
  const { ipv4Enabled = true, pscConfigs = [] } = ipConfiguration;
  if (pscConfigs.some(({ pscEnabled }) => pscEnabled) && ipv4Enabled)
    throw badRequest(
      "Invalid request: A public IP address cannot be enabled on an instance with Private Service Connect.",
    );
}

function requireDeletable({ inputs }: Named): void {
  const { deletionProtection = true, settings } = inputs;
  if (deletionProtection !== false)
    throw new Error(
      "Error, failed to delete instance because deletion_protection is set to true. Set it to false to proceed with instance deletion",
    );
  if ((settings as Settings).deletionProtectionEnabled)
    throw badRequest(
      "Invalid request: The instance is protected. Please disable the deletion protection and try again.",
    );
}

/** The instance of a database or a user; refused when it is not there. */
function instanceOf({ inputs, store }: Subject): string {
  const name = lastOf(inputs.instance);
  if (store.all(instanceType).some(({ properties }) => properties.name === name)) return name;
  throw new Error(`googleapi: Error 404: The Cloud SQL instance does not exist., instanceDoesNotExist`);
}

/** Cloud SQL. */
export const database: Record<string, Type> = onApi("sqladmin", {
  [instanceType]: {
    required: ["databaseVersion"],
    replaceOn: ["name", "region", "project", "encryptionKeyName"],
    autoName: "name",
    id: ({ inputs }) => String(inputs.name),
    outputs: (subject) => ({
      connectionName: `${projectOf(subject)}:${regionOf(subject)}:${String(subject.inputs.name)}`,
      pscServiceAttachmentLink: `projects/producer-tp/regions/${regionOf(subject)}/serviceAttachments/a-${randomBytes(6).toString("hex")}-psc-service-attachment`,
      selfLink: `https://sqladmin.googleapis.com/sql/v1beta4/projects/${projectOf(subject)}/instances/${String(subject.inputs.name)}`,
    }),
    created(subject) {
      const name = String(subject.inputs.name);
      if (linesOf(subject, reserved).includes(name))
        throw new Error(
          `Error, failed to create instance ${name}: googleapi: Error 409: The Cloud SQL instance already exists. When you delete an instance, you can't reuse the name of the deleted instance until one week from the deletion date., instanceAlreadyExists`,
        );
      requireSense(subject);
    },
    updated: requireSense,
    deleted(subject) {
      requireDeletable(subject);
      const { store, inputs } = subject;
      store.setNote(reserved, [...linesOf(subject, reserved), String(inputs.name)].join("\n"));
      for (const { type, id, properties } of [...store.all(databaseType), ...store.all(userType)])
        if (lastOf(properties.instance) === inputs.name) store.forget(type, id);
    },
  },
  [databaseType]: {
    required: ["instance"],
    replaceOn: ["name", "instance", "project"],
    autoName: "name",
    id: (subject) =>
      `projects/${projectOf(subject)}/instances/${String(subject.inputs.instance)}/databases/${String(subject.inputs.name)}`,
    created: (subject) => void instanceOf(subject),
    deleted(subject) {
      if (linesOf(subject, usedInstances).includes(instanceOf(subject)))
        throw badRequest(
          `Invalid request: failed to delete database "${String(subject.inputs.name)}". Detail: pq: database "${String(subject.inputs.name)}" is being accessed by other users. (Please use psql client to delete database that is not owned by "cloudsqlsuperuser").`,
        );
    },
  },
  [userType]: {
    required: ["instance"],
    replaceOn: ["name", "instance", "project", "host", "type"],
    autoName: "name",
    id: ({ inputs }) => `${String(inputs.name)}//${String(inputs.instance)}`,
    created(subject) {
      instanceOf(subject);
      if (subject.inputs.password === undefined) throw badRequest("Invalid request: A password is needed.");
    },
    deleted(subject) {
      const { name } = subject.inputs;
      if (linesOf(subject, usedInstances).includes(instanceOf(subject)))
        throw new Error(
          `Error, failed to delete user ${String(name)} in instance ${String(subject.inputs.instance)}: googleapi: Error 400: Invalid request: failed to delete user ${String(name)}: . role "${String(name)}" cannot be dropped because some objects depend on it Details: 98 objects in database kestra., invalid`,
        );
    },
  },
});
