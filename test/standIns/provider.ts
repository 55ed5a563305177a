import { randomBytes } from "node:crypto";
import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  Server,
  ServerCredentials,
  status,
  type sendUnaryData,
  type ServerUnaryCall,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct, type JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb";
import * as plugin from "@pulumi/pulumi/proto/plugin_pb";
import * as rpc from "@pulumi/pulumi/proto/provider_pb";
import { sameValue } from "../../kestra/handlers/handlers";

export type Properties = Record<string, unknown>;

/** What a step knows of its resource. */
export interface Subject {
  name: string;
  inputs: Properties;
  /** Configuration of the provider. */
  config: Properties;
}

/** How the stand-in of a resource type behaves, as far as it is more than to keep what it is given. */
export interface Type {
  /** Inputs that the vendor's schema demands. */
  required: string[];
  /** Inputs whose change makes another resource. */
  replaceOn: string[];
  /** The vendor's plugin never sees that it is gone. */
  blind?: boolean;
  /** Input that is given a name with a random end when it is left out. */
  autoName?: string;
  id?: (subject: Subject) => string;
  /** Outputs beyond the inputs. */
  outputs?: (subject: Subject & { id: string }) => Properties;
  /** What happens outside the state; it may take its time, and fail. */
  created?: (subject: Subject & { id: string }) => Promise<void>;
  deleted?: (subject: Subject & { id: string }) => Promise<void>;
}

/** A line of `log.jsonl` in the store: what the engine asked of a stand-in. */
export interface Event {
  package: string;
  method: "create" | "update" | "delete" | "read";
  type: string;
  name: string;
}

/** A refusal that a test wants of the next steps: an entry of `faults.json` in the store. */
export interface Fault {
  /** Name of the resource. */
  name: string;
  message: string;
  /** How often; it is gone afterwards. */
  times: number;
}

/** Folder of what the stand-ins keep: one file a resource that exists, with its properties in plain text. */
export const store = (): string => process.env.STANDIN_STORE!;

/** How the engine writes a value that a preview does not know. */
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const struct = (value: object) =>
  Struct.fromJavaScript(JSON.parse(JSON.stringify(value)) as Record<string, JavaScriptValue>);
const plain = (value: Struct | undefined): Properties => value?.toJavaScript() ?? {};
const typeOf = (urn: string) => urn.split("::")[2]!.split("$").at(-1)!;
const nameOf = (urn: string) => urn.split("::")[3]!;
const fileOf = (type: string, id: string) =>
  join(store(), "resources", encodeURIComponent(type), encodeURIComponent(id));

/** Properties of a resource that exists. */
function stored(type: string, id: string): Properties | undefined {
  try {
    return JSON.parse(readFileSync(fileOf(type, id), "utf8")) as Properties;
  } catch {
    return undefined;
  }
}

function keep(type: string, id: string, properties: Properties): void {
  mkdirSync(dirname(fileOf(type, id)), { recursive: true });
  writeFileSync(fileOf(type, id), JSON.stringify(properties), { mode: 0o600 });
}

/** The refusal that a test asked for, if any is left. */
function refusal(name: string): string | undefined {
  const file = join(store(), "faults.json");
  let faults: Fault[];
  try {
    faults = JSON.parse(readFileSync(file, "utf8")) as Fault[];
  } catch {
    return undefined;
  }
  const fault = faults.find((each) => each.name === name && each.times > 0);
  if (fault === undefined) return undefined;
  fault.times -= 1;
  writeFileSync(file, JSON.stringify(faults));
  return fault.message;
}

/** Everything about one step of the engine. */
class Step {
  readonly type: string;
  readonly name: string;
  readonly behaviour: Type;

  constructor(
    private readonly pkg: string,
    types: Record<string, Type>,
    urn: string,
  ) {
    this.type = typeOf(urn);
    this.name = nameOf(urn);
    const behaviour = types[this.type];
    if (behaviour === undefined) throw new Error(`stand-in ${pkg}: there is no type ${this.type}`);
    this.behaviour = behaviour;
  }

  log(method: Event["method"]): void {
    const event: Event = { package: this.pkg, method, type: this.type, name: this.name };
    appendFileSync(join(store(), "log.jsonl"), `${JSON.stringify(event)}\n`);
    const message = refusal(this.name);
    if (message !== undefined) throw new Error(message);
  }

  outputs(subject: Subject, id: string, preview: boolean, former: Properties = {}): Properties {
    const computed = this.behaviour.outputs?.({ ...subject, id }) ?? {};
    const all = Object.entries(computed).map(([key, value]) => [key, former[key] ?? (preview ? unknown : value)]);
    return { ...subject.inputs, ...(Object.fromEntries(all) as Properties) };
  }
}

/**
 * Serves a package's stand-in provider to Pulumi's engine: the whole protocol, over gRPC, with a file for each resource in place of the
 * vendor's cloud. It proves what the program asks for, in which order and with which secrets; it proves nothing about the vendor.
 */
export function serve(pkg: string, version: string, types: Record<string, Type>): void {
  let config: Properties = {};
  const random = () => randomBytes(4).toString("hex");

  /** A method of the protocol: what it throws is the provider's error. */
  const method =
    <Request, Answer>(work: (request: Request) => Answer | Promise<Answer>) =>
    (call: ServerUnaryCall<Request, Answer>, answer: sendUnaryData<Answer>): void => {
      Promise.resolve()
        .then(() => work(call.request))
        .then(
          (result) => answer(null, result),
          (error: Error) => answer({ code: status.UNKNOWN, message: error.message }),
        );
    };

  const implementation: UntypedServiceImplementation = {
    getPluginInfo: method(() => {
      const info = new plugin.PluginInfo();
      info.setVersion(version);
      return info;
    }),
    checkConfig: method((request: rpc.CheckRequest) => {
      const response = new rpc.CheckResponse();
      response.setInputs(request.getNews());
      return response;
    }),
    diffConfig: method(() => new rpc.DiffResponse()),
    configure: method((request: rpc.ConfigureRequest) => {
      config = plain(request.getArgs());
      const response = new rpc.ConfigureResponse();
      response.setSupportspreview(true);
      return response;
    }),
    check: method((request: rpc.CheckRequest) => {
      const { behaviour, name } = new Step(pkg, types, request.getUrn());
      const inputs = plain(request.getNews());
      const { autoName, required } = behaviour;
      if (autoName !== undefined) inputs[autoName] ??= plain(request.getOlds())[autoName] ?? `${name}-${random()}`;
      const response = new rpc.CheckResponse();
      response.setInputs(struct(inputs));
      response.setFailuresList(
        required
          .filter((key) => inputs[key] === undefined)
          .map((key) => {
            const failure = new rpc.CheckFailure();
            failure.setProperty(key);
            failure.setReason(`missing required property '${key}'`);
            return failure;
          }),
      );
      return response;
    }),
    diff: method((request: rpc.DiffRequest) => {
      const { behaviour } = new Step(pkg, types, request.getUrn());
      const news = plain(request.getNews());
      const olds = plain(request.getOldInputs());
      const state = plain(request.getOlds());
      const changed = [...new Set([...Object.keys(olds), ...Object.keys(news)])].filter(
        (key) => !sameValue(olds[key], news[key]) || (key in state && key in news && !sameValue(state[key], news[key])),
      );
      const response = new rpc.DiffResponse();
      const { DIFF_SOME, DIFF_NONE } = rpc.DiffResponse.DiffChanges;
      response.setChanges(changed.length > 0 ? DIFF_SOME : DIFF_NONE);
      response.setDiffsList(changed);
      response.setReplacesList(changed.filter((key) => behaviour.replaceOn.includes(key)));
      return response;
    }),
    create: method(async (request: rpc.CreateRequest) => {
      const step = new Step(pkg, types, request.getUrn());
      const subject = { name: step.name, inputs: plain(request.getProperties()), config };
      const response = new rpc.CreateResponse();
      if (request.getPreview()) {
        response.setProperties(struct(step.outputs(subject, "", true)));
        return response;
      }
      step.log("create");
      const id = step.behaviour.id?.(subject) ?? `${step.name}-${random()}`;
      if (stored(step.type, id) !== undefined) throw new Error(`${step.type} '${id}': already exists`);
      await step.behaviour.created?.({ ...subject, id });
      const outputs = step.outputs(subject, id, false);
      keep(step.type, id, outputs);
      response.setId(id);
      response.setProperties(struct(outputs));
      return response;
    }),
    read: method((request: rpc.ReadRequest) => {
      const step = new Step(pkg, types, request.getUrn());
      step.log("read");
      const found = stored(step.type, request.getId());
      const response = new rpc.ReadResponse();
      const known = found ?? (step.behaviour.blind ? plain(request.getProperties()) : undefined);
      // without an id, it is gone
      if (known === undefined) return response;
      const inputs = Object.keys(plain(request.getInputs())).map((key) => [key, known[key]]);
      response.setId(request.getId());
      response.setProperties(struct(known));
      response.setInputs(struct(Object.fromEntries(inputs) as Properties));
      return response;
    }),
    update: method((request: rpc.UpdateRequest) => {
      const step = new Step(pkg, types, request.getUrn());
      const subject = { name: step.name, inputs: plain(request.getNews()), config };
      const outputs = step.outputs(subject, request.getId(), request.getPreview(), plain(request.getOlds()));
      const response = new rpc.UpdateResponse();
      response.setProperties(struct(outputs));
      if (request.getPreview()) return response;
      step.log("update");
      keep(step.type, request.getId(), outputs);
      return response;
    }),
    delete: method(async (request: rpc.DeleteRequest) => {
      const step = new Step(pkg, types, request.getUrn());
      step.log("delete");
      const id = request.getId();
      await step.behaviour.deleted?.({ name: step.name, id, inputs: plain(request.getProperties()), config });
      rmSync(fileOf(step.type, id), { force: true });
      return new Empty();
    }),
    cancel: method(() => new Empty()),
  };

  const server = new Server({ "grpc.max_receive_message_length": 1 << 26 });
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- it has no types of a service
  const { ResourceProviderService } = require("@pulumi/pulumi/proto/provider_grpc_pb") as {
    ResourceProviderService: Parameters<Server["addService"]>[0];
  };
  server.addService(ResourceProviderService, implementation);
  server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
    if (error) throw error;
    process.stdout.write(`${port}\n`);
  });
}
