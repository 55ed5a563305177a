import { readFileSync } from "node:fs";
import { join } from "node:path";
import { sha256 } from "../../../../dynamic/handlers";
import type { Connection } from "../../../../kestra/client/connection";
import type { KvType } from "../../../../kestra/client/kv";

type Texts = Record<string, string>;

/** What a pipeline had on its server. */
export interface Contents {
  namespace: string;
  /** Id -> text; a flow's file is `flows/ID.yaml`. */
  flows: Texts;
  entries: { key: string; type: KvType; value: string; isSecret?: boolean }[];
  /** Suffix of a resource's name -> its folder, and the files in it. */
  folders: Record<string, { directory: string; files: Texts }>;
}

/** The code that each resource held, as Pulumi serialized it; `MODULE` is a placeholder for the handlers' file. */
const provider = readFileSync(join(__dirname, "stateBeforeFlowSet.provider.txt"), "utf8");

/** An unencrypted secret, as `pulumi stack import` accepts it. */
const secret = (value: unknown) => ({
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  plaintext: JSON.stringify(value),
});

const hashes = (files: Texts) =>
  Object.fromEntries(Object.entries(files).map(([path, content]) => [path, sha256(content)]));

const stackType = "pulumi:pulumi:Stack";
const componentType = "baywheels:kestra:Pipeline";
const host = { type: "pulumi:providers:pulumi-nodejs", id: "acfac77d-2fdb-43fa-a28f-2229e5b84802" };

/** A resource of the pipeline. */
interface Part {
  kind: "FlowCheck" | "KvEntry" | "NamespaceFiles" | "Flow";
  /** Suffix of the resource's name. */
  suffix: string;
  id: string;
  inputs: object;
  /** Default: the inputs. */
  outputs?: object;
}

function partsOf({ namespace, flows, entries, folders }: Contents) {
  const paths = Object.fromEntries(Object.entries(flows).map(([id, text]) => [`flows/${id}.yaml`, text]));
  const check: Part = { kind: "FlowCheck", suffix: "flow-check", id: "flows", inputs: { files: hashes(paths) } };
  const kept = entries.map(({ key, type, value, isSecret = false }): Part => {
    const inputs = { key, namespace, type, value: isSecret ? secret(value) : value };
    return { kind: "KvEntry", suffix: key, id: `${namespace}/${key}`, inputs };
  });
  const sent = Object.entries(folders).map(([suffix, { directory, files }]): Part => {
    return { kind: "NamespaceFiles", suffix, id: namespace, inputs: { directory, files: hashes(files), namespace } };
  });
  const registered = Object.entries(flows).map(([flowId, source]): Part => {
    const inputs = { file: `flows/${flowId}.yaml`, flowId, namespace, source };
    const outputs = { flowId, namespace, revision: 1, sourceHash: sha256(source.trimEnd()) };
    return { kind: "Flow", suffix: flowId, id: `${namespace}/${flowId}`, inputs, outputs };
  });
  return { check, needed: [...kept, ...sent], registered };
}

/**
 * The state that commit d9f5d72 wrote for a component `pipeline` in stack `test`, when each flow was a resource of its
 * own: a file for `pulumi stack import`.
 * @param salt `encryptionsalt` of the stack's settings, with which the CLI encrypts the secrets
 */
export function stateBeforeFlowSet(project: string, salt: string, connection: Connection, contents: Contents): string {
  const urn = (type: string, name: string) => `urn:pulumi:test::${project}::${type}::${name}`;
  const [stack, parent] = [urn(stackType, `${project}-test`), urn(componentType, "pipeline")];
  const hostUrn = urn(host.type, "default");
  const resource = ({ kind, suffix, id, inputs, outputs = inputs }: Part, dependencies: string[] = []) => {
    const type = `pulumi-nodejs:dynamic/kestra:${kind}`;
    const module = `./kestra/resources/${kind[0]!.toLowerCase()}${kind.slice(1)}.ts`;
    const common = { __provider: provider.replace("MODULE", module), connection: secret(connection) };
    return {
      urn: urn(`${componentType}$${type}`, `pipeline-${suffix}`),
      ...{ custom: true, id, type, parent, dependencies, provider: `${hostUrn}::${host.id}` },
      inputs: { ...common, ...inputs },
      outputs: { ...common, ...outputs },
    };
  };
  const { check, needed, registered } = partsOf(contents);
  const accepted = resource(check);
  const before = [accepted, ...needed.map((part) => resource(part, [accepted.urn]))];
  const urns = before.map((each) => each.urn);
  const resources = [
    { urn: stack, custom: false, type: stackType },
    { urn: parent, custom: false, type: componentType, parent: stack },
    { urn: hostUrn, custom: true, ...host },
    ...before,
    ...registered.map((part) => resource(part, urns)),
  ];
  const manifest = { time: "2025-06-01T00:00:00Z", magic: "", version: "" };
  const secrets_providers = { type: "passphrase", state: { salt } };
  return JSON.stringify({ version: 3, deployment: { manifest, secrets_providers, resources } });
}
