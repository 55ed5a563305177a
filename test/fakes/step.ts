import { randomBytes } from "node:crypto";
import { Metadata, status } from "@grpc/grpc-js";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { Struct, type JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb";
import { ErrorResourceInitFailed } from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { at, filledUp, unknown, Unready, withValue, type Named, type Type } from "./behaviour";
import type { Event, Properties, Store } from "./store";

/** A value as the protocol carries it. */
export const struct = (value: object) =>
  Struct.fromJavaScript(JSON.parse(JSON.stringify(value)) as Record<string, JavaScriptValue>);
/** What the protocol carries, as a value. */
export const plain = (value: Struct | undefined): Properties => value?.toJavaScript() ?? {};
const typeOf = (urn: string) => urn.split("::")[2]!.split("$").at(-1)!;
const nameOf = (urn: string) => urn.split("::")[3]!;
const random = () => randomBytes(4).toString("hex");

/** Everything about one step of the engine. */
export class Step {
  readonly type: string;
  readonly name: string;
  readonly behaviour: Type;

  constructor(
    private readonly pkg: { name: string; types: Record<string, Type> },
    private readonly store: Store,
    private readonly config: Properties,
    urn: string,
  ) {
    this.type = typeOf(urn);
    this.name = nameOf(urn);
    const behaviour = pkg.types[this.type];
    if (behaviour === undefined) throw new Error(`fake ${pkg.name}: there is no type ${this.type}`);
    this.behaviour = behaviour;
  }

  log(method: Event["method"]): void {
    this.store.log({ package: this.pkg.name, method, type: this.type, name: this.name });
    const message = this.store.refusal(this.name);
    if (message !== undefined) throw new Error(message);
  }

  /** An id for what has none of its own. */
  id(inputs: Properties): string {
    return this.behaviour.id?.(this.subject(inputs, "")) ?? `${this.name}-${random()}`;
  }

  /** Inputs with a name, the former one where there was one. */
  withName(inputs: Properties, olds: Properties): Properties {
    const { autoName } = this.behaviour;
    if (autoName === undefined || at(inputs, autoName) !== undefined) return inputs;
    return withValue(inputs, autoName, at(olds, autoName) ?? `${this.name}-${random()}`);
  }

  /** True when the name is one that {@link withName} made up. */
  isNamed(inputs: Properties): boolean {
    const { autoName } = this.behaviour;
    return autoName !== undefined && String(at(inputs, autoName)).startsWith(`${this.name}-`);
  }

  subject(inputs: Properties, id = ""): Named {
    return { name: this.name, inputs, id, config: this.config, store: this.store };
  }

  outputs(subject: Named, preview: boolean, former: Properties = {}): Properties {
    const { filled = [], renewed = [] } = this.behaviour;
    const computed = this.behaviour.outputs?.(subject, former) ?? {};
    const all = Object.entries(computed).map(([key, value]) => {
      const known = renewed.includes(key) ? undefined : former[key];
      const output = known ?? (preview ? unknown : value);
      return [key, filled.includes(key) && output !== unknown ? filledUp(subject.inputs[key], output) : output];
    });
    return { ...subject.inputs, ...(Object.fromEntries(all) as Properties) };
  }

  /** The inputs of what is imported: all that the vendor doesn't compute, as it is there. */
  importedInputs(known: Properties, id: string): Properties {
    const { filled = [], virtual = [] } = this.behaviour;
    const computed = Object.keys(this.behaviour.outputs?.(this.subject(known, id), known) ?? {});
    const entries = Object.entries(known).filter(([key]) => filled.includes(key) || !computed.includes(key));
    return { ...Object.fromEntries(entries), ...Object.fromEntries(virtual.map((key) => [key, false])) };
  }

  /** Keeps what was made or changed, also when it is not ready. */
  async settle(id: string, outputs: Properties, work: () => Promise<void> | void): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Unready)) throw error;
      this.store.keep(this.type, id, outputs);
      throw new Halfway(error.message, id, outputs);
    }
    this.store.keep(this.type, id, outputs);
  }
}

/** The protocol's error for a resource that stays though it is not ready. */
export class Halfway extends Error {
  constructor(
    message: string,
    private readonly id: string,
    private readonly outputs: Properties,
  ) {
    super(message);
  }

  /** https://github.com/grpc/proposal/blob/master/A44-error-details.md: structured errors travel beside the answer. */
  metadata(): Metadata {
    const detail = new ErrorResourceInitFailed();
    detail.setId(this.id);
    detail.setProperties(struct(this.outputs));
    detail.setReasonsList([this.message]);
    const packed = new Any();
    packed.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
    const reported = new Status();
    reported.setCode(status.UNKNOWN);
    reported.setMessage(this.message);
    reported.addDetails(packed);
    const metadata = new Metadata();
    metadata.add("grpc-status-details-bin", Buffer.from(reported.serializeBinary()));
    return metadata;
  }
}
