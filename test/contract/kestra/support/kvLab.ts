import { KestraHost } from "../../../../local/lab/kestraHost";
import type { KvEntry } from "../../../../local/lab/kestraTypes";
import type { KvType } from "../../../../kestra/client/kv";
import type { KvEntryInputs } from "../../../../kestra/resources/kvEntry";
import { connectionTo } from "./kestraRequests";

export interface Listed {
  key: string;
  expirationDate?: string;
  description?: string;
}

export const namespace = "kv-resource";
export const pathOf = (key: string) => `/namespaces/${namespace}/kv/${key}`;

/** A host for a suite, and entries in one namespace. */
export class KvLab {
  host!: KestraHost;

  /** Call it in the suite: it adds hooks. */
  constructor() {
    before(async () => (this.host = await KestraHost.start()));
    after(() => this.host.dispose());
  }

  inputs = (key: string, type: KvType, value: string): KvEntryInputs => ({
    connection: connectionTo(this.host),
    namespace,
    key,
    type,
    value,
  });

  /** The entry, or the status of the response. */
  stored = async (key: string) => {
    const { status, json } = await this.host.send<KvEntry>("GET", pathOf(key));
    return status === 200 ? { type: json.type, value: json.value, revision: json.revision } : status;
  };

  putByHand = (key: string, literal: string) => this.host.send("PUT", pathOf(key), literal, "text/plain");
}
