import { randomBytes } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import type { Handlers } from "./handlers";
import { DynamicResource } from "./resource";
import { shim } from "./shim";

export interface GeneratedSecretArgs {
  /** `password`: meets Kestra's rule for basic authentication. `encryptionKey`: base64 of 32 bytes. */
  kind: "password" | "encryptionKey";
  /** Change this text to draw a new secret. */
  generation?: pulumi.Input<string>;
}

const provider = shim("@bay-wheels/dynamic/generatedSecret.ts");

/** A secret drawn once from the system's random source and kept, encrypted, in the stack's state. */
export class GeneratedSecret extends DynamicResource {
  /** The secret itself; marked as one. */
  public readonly value!: pulumi.Output<string>;

  constructor(name: string, args: GeneratedSecretArgs, opts?: pulumi.CustomResourceOptions) {
    const secret = { additionalSecretOutputs: ["value"] };
    super(
      provider,
      name,
      { ...args, value: undefined },
      pulumi.mergeOptions(opts, secret),
      "kestra",
      "GeneratedSecret",
    );
  }
}

type GeneratedSecretInputs = pulumi.Unwrap<GeneratedSecretArgs>;

/** `value` is a secret output. */
type GeneratedSecretState = GeneratedSecretInputs & { value: string };

/**
 * Kestra's rule for the password of basic authentication: length 8 to 256, an upper-case and a lower-case letter, a
 * digit.
 */
export const passwordRule = /^(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9]).{8,256}$/;

/** 192 random bits; drawn again in the rare case that a kind of character is missing. */
function password(): string {
  for (;;) {
    const candidate = randomBytes(24).toString("base64url");
    if (passwordRule.test(candidate)) return candidate;
  }
}

const generators = { password, encryptionKey: () => randomBytes(32).toString("base64") };

export const handlers: Handlers<GeneratedSecretInputs, GeneratedSecretState> = {
  check: (_olds, news) => Promise.resolve({ inputs: news }),
  diff: (_id, olds, news) => {
    const replaces = (["kind", "generation"] as const).filter((key) => olds[key] !== news[key]);
    return Promise.resolve({ changes: replaces.length > 0, replaces });
  },
  create({ kind, generation }) {
    const asked = generation === undefined ? {} : { generation };
    return Promise.resolve({ id: kind, outs: { kind, ...asked, value: generators[kind]() } });
  },
  read: (id, state) => Promise.resolve({ id, props: state }),
  update: (_id, olds) => Promise.resolve({ outs: olds }),
  delete: () => Promise.resolve(),
};
