/** What state records about a flow on the server. */
export interface FlowRecord {
  /** Counts from 1. */
  revision: number;
  /** Hash of its source (flowText.ts). Pulumi never shows properties whose names start with `__`. */
  __hash: string;
  /** True if the flow was disabled on the server, not by its own source. */
  disabled?: boolean;
}

/** A record without its revision, and its file's path, as one line. */
export function encodeRecord(file: string, { __hash, disabled }: FlowRecord): string {
  return [__hash, disabled ? "disabled" : "-", file].join(" ");
}

/** Reverses {@link encodeRecord}. */
export function decodeRecord(encoded: string, revision: number): { file: string; record: FlowRecord } {
  const [__hash, disabled, ...file] = encoded.split(" ") as [string, string, ...string[]];
  const record = { revision, __hash, ...(disabled === "disabled" ? { disabled: true } : {}) };
  return { file: file.join(" "), record };
}
