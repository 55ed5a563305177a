import { isDeepStrictEqual } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import type { Handlers } from "../../../dynamic/handlers";
import { DynamicResource } from "../../../dynamic/resource";
import { shim } from "../../../dynamic/shim";
import { execIn } from "./engine";

export interface MachineIdentityArgs {
  /** Name of Kestra's container. */
  container: string;
  /** Id of that container: another one is checked again. */
  server: pulumi.Input<string>;
  /** Email of the service account that it must run as. */
  account: pulumi.Input<string>;
}

/** Inputs and state of `kestra:MachineIdentity`. */
export type MachineIdentityInputs = pulumi.Unwrap<MachineIdentityArgs>;

const provider = shim("@bay-wheels/kestra/server/docker/machineIdentity.ts");

/**
 * Whom the containers of a Google machine are to Google: the stack's service account, with the scope that BigQuery and
 * Cloud Storage need. Without it, flows that have no key would fail, or do what another account may.
 */
export class MachineIdentity extends DynamicResource {
  constructor(name: string, args: MachineIdentityArgs, opts?: pulumi.CustomResourceOptions) {
    super(provider, name, { ...args }, opts, "kestra", "MachineIdentity");
  }
}

/** By the name that Google's clients use, so that a container that can't resolve it fails here. */
const metadata = "http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/?recursive=true";

const scope = "https://www.googleapis.com/auth/cloud-platform";

/** What the machine's metadata server answers about its account. */
interface Account {
  email: string;
  scopes: string[];
}

/** @throws Error with the remedy when the container isn't the account */
async function checked(inputs: MachineIdentityInputs): Promise<MachineIdentityInputs> {
  const { container, account } = inputs;
  const remedy =
    `Attach ${account} with the scope cloud-platform to the machine that Docker runs on ` +
    "(docs/without-a-key.md), or use a key: pulumi config set bay-wheels:credentials key";
  const answer = await execIn(container, ["curl", "-fsS", "-H", "Metadata-Flavor: Google", metadata]).catch(
    (error: Error) => {
      const reason = `Container '${container}' gets no credentials from a Google machine: ${error.message}`;
      throw new Error(`${reason}. ${remedy}`, { cause: error });
    },
  );
  const { email, scopes } = accountOf(answer) ?? {};
  if (email === undefined || scopes === undefined)
    throw new Error(
      `Container '${container}' gets no answer from Google's metadata server, but from another. ${remedy}`,
    );
  if (email !== account) throw new Error(`Container '${container}' runs as ${email}. ${remedy}`);
  if (!scopes.includes(scope))
    throw new Error(`Container '${container}' runs as ${account} without the scope cloud-platform. ${remedy}`);
  return inputs;
}

/** A proxy may answer instead, with a page. */
function accountOf(answer: string): Partial<Account> | undefined {
  try {
    return JSON.parse(answer) as Partial<Account>;
  } catch {
    return undefined;
  }
}

export const handlers: Handlers<MachineIdentityInputs, MachineIdentityInputs> = {
  check: (_olds, news) => Promise.resolve({ inputs: news }),
  diff: (_id, olds, news) => Promise.resolve({ changes: !isDeepStrictEqual(own(olds), own(news)) }),
  create: async (inputs) => ({ id: inputs.container, outs: await checked(inputs) }),
  read: (id, state) => Promise.resolve({ id, props: state }),
  update: async (_id, _olds, news) => ({ outs: await checked(news) }),
  delete: () => Promise.resolve(),
};

function own({ container, server, account }: MachineIdentityInputs) {
  return { container, server, account };
}
