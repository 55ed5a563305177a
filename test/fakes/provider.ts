import { isDeepStrictEqual } from "node:util";
import {
  Server,
  ServerCredentials,
  status,
  type sendUnaryData,
  type ServerUnaryCall,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import * as plugin from "@pulumi/pulumi/proto/plugin_pb";
import * as rpc from "@pulumi/pulumi/proto/provider_pb";
import { at, shapedLike, type Type } from "./behaviour";
import { Halfway, plain, Step, struct } from "./step";
import { Store, type Properties } from "./store";

/** A function of a package, such as `gcp:organizations/getClientConfig:getClientConfig`. */
type Invoke = (args: Properties, config: Properties) => Properties;

/** A package's fake. */
export interface Package {
  name: string;
  version: string;
  types: Record<string, Type>;
  invokes?: Record<string, Invoke>;
  /** Paths of the provider's own configuration whose change makes every resource anew. */
  replaceProviderOn?: (olds: Properties, news: Properties) => string[];
}

/** A method of the protocol: what it throws is the provider's error. */
function method<Request, Answer>(work: (request: Request) => Answer | Promise<Answer>) {
  return (call: ServerUnaryCall<Request, Answer>, answer: sendUnaryData<Answer>): void => {
    Promise.resolve()
      .then(() => work(call.request))
      .then(
        (result) => answer(null, result),
        (error: Error) => {
          const metadata = error instanceof Halfway ? error.metadata() : undefined;
          answer({ code: status.UNKNOWN, details: error.message, metadata });
        },
      );
  };
}

function failure(property: string, reason: string): rpc.CheckFailure {
  const failed = new rpc.CheckFailure();
  failed.setProperty(property);
  failed.setReason(reason);
  return failed;
}

/**
 * Serves a package's fake provider to Pulumi's engine: the whole protocol, over gRPC, with a file for each resource in
 * place of the vendor's cloud. It proves what the program asks for, in which order and with which secrets, and that it
 * keeps the vendor's rules as far as they are written here; it proves nothing about the vendor.
 */
export function serve(pkg: Package): void {
  const store = new Store(process.env.FAKE_STORE!);
  let config: Properties = {};
  const stepOf = (urn: string) => new Step(pkg, store, config, urn);

  const implementation: UntypedServiceImplementation = {
    getPluginInfo: method(() => {
      const info = new plugin.PluginInfo();
      info.setVersion(pkg.version);
      return info;
    }),
    checkConfig: method((request: rpc.CheckRequest) => {
      const response = new rpc.CheckResponse();
      response.setInputs(request.getNews());
      return response;
    }),
    diffConfig: method((request: rpc.DiffRequest) => {
      const response = new rpc.DiffResponse();
      response.setReplacesList(pkg.replaceProviderOn?.(plain(request.getOlds()), plain(request.getNews())) ?? []);
      return response;
    }),
    configure: method((request: rpc.ConfigureRequest) => {
      config = plain(request.getArgs());
      const response = new rpc.ConfigureResponse();
      response.setSupportspreview(true);
      return response;
    }),
    invoke: method((request: rpc.InvokeRequest) => {
      const answer = pkg.invokes?.[request.getTok()];
      if (answer === undefined) throw new Error(`fake ${pkg.name}: there is no function ${request.getTok()}`);
      const response = new rpc.InvokeResponse();
      response.setReturn(struct(answer(plain(request.getArgs()), config)));
      return response;
    }),
    check: method((request: rpc.CheckRequest) => {
      const step = stepOf(request.getUrn());
      const { required, checked } = step.behaviour;
      const inputs = step.withName(plain(request.getNews()), plain(request.getOlds()));
      const response = new rpc.CheckResponse();
      response.setInputs(struct(inputs));
      const missing = required.filter((key) => inputs[key] === undefined);
      const wrong = Object.entries(checked?.(step.subject(inputs)) ?? {});
      response.setFailuresList([
        ...missing.map((key) => failure(key, `missing required property '${key}'`)),
        ...wrong.map(([key, reason]) => failure(key, reason)),
      ]);
      return response;
    }),
    diff: method((request: rpc.DiffRequest) => {
      const step = stepOf(request.getUrn());
      const { counted = (inputs) => inputs, filled = [], ownsName = false } = step.behaviour;
      const news = counted(plain(request.getNews()));
      const olds = counted(plain(request.getOldInputs()));
      const state = counted(plain(request.getOlds()));
      const differs = (path: string) => {
        const [old, live, wanted] = [olds, state, news].map((each) => at(each, path));
        if (!isDeepStrictEqual(old, wanted)) return true;
        const seen = filled.includes(path) ? shapedLike(live, wanted) : live;
        return seen !== undefined && wanted !== undefined && !isDeepStrictEqual(seen, wanted);
      };
      const changed = [...new Set([...Object.keys(olds), ...Object.keys(news)])].filter(differs);
      const response = new rpc.DiffResponse();
      const { DIFF_SOME, DIFF_NONE } = rpc.DiffResponse.DiffChanges;
      response.setChanges(changed.length > 0 ? DIFF_SOME : DIFF_NONE);
      response.setDiffsList(changed);
      response.setReplacesList(step.behaviour.replaceOn.filter(differs));
      response.setDeletebeforereplace(ownsName && !step.isNamed(news));
      return response;
    }),
    create: method(async (request: rpc.CreateRequest) => {
      const step = stepOf(request.getUrn());
      const inputs = plain(request.getProperties());
      const response = new rpc.CreateResponse();
      if (request.getPreview()) {
        response.setProperties(struct(step.outputs(step.subject(inputs), true)));
        return response;
      }
      step.log("create");
      const id = step.id(inputs);
      if (!step.behaviour.idempotent && store.get(step.type, id) !== undefined)
        throw new Error(`${step.type} '${id}': already exists`);
      const subject = step.subject(inputs, id);
      const outputs = step.outputs(subject, false);
      await step.settle(id, outputs, () => step.behaviour.created?.(subject));
      response.setId(id);
      response.setProperties(struct(outputs));
      return response;
    }),
    read: method(async (request: rpc.ReadRequest) => {
      const step = stepOf(request.getUrn());
      step.log("read");
      await step.behaviour.looked?.(step.subject(plain(request.getInputs()), request.getId()));
      const found = store.get(step.type, request.getId());
      const response = new rpc.ReadResponse();
      const known = found ?? (step.behaviour.blind ? plain(request.getProperties()) : undefined);
      // without an id, it is gone
      if (known === undefined) return response;
      response.setId(request.getId());
      const former = plain(request.getInputs());
      if (Object.keys(former).length === 0) {
        const inputs = step.importedInputs(known, request.getId());
        response.setProperties(struct({ ...known, ...inputs }));
        response.setInputs(struct(inputs));
        return response;
      }
      const { filled = [] } = step.behaviour;
      const inputs = Object.entries(former).map(([key, each]) => [
        key,
        filled.includes(key) ? shapedLike(known[key], each) : known[key],
      ]);
      response.setProperties(struct(known));
      response.setInputs(struct(Object.fromEntries(inputs) as Properties));
      return response;
    }),
    update: method(async (request: rpc.UpdateRequest) => {
      const step = stepOf(request.getUrn());
      const id = request.getId();
      const former = plain(request.getOlds());
      const subject = step.subject(plain(request.getNews()), id);
      const outputs = step.outputs(subject, request.getPreview(), former);
      const response = new rpc.UpdateResponse();
      response.setProperties(struct(outputs));
      if (request.getPreview()) return response;
      step.log("update");
      await step.settle(id, outputs, () => step.behaviour.updated?.(subject, former));
      return response;
    }),
    delete: method(async (request: rpc.DeleteRequest) => {
      const step = stepOf(request.getUrn());
      step.log("delete");
      await step.behaviour.deleted?.(step.subject(plain(request.getProperties()), request.getId()));
      store.forget(step.type, request.getId());
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
