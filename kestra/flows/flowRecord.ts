/** What is remembered of a flow on the server. */
export interface FlowRecord {
  /** Counts from 1. */
  revision: number;
  /** Of its text (flowText.ts). Pulumi shows no property whose name starts so. */
  __hash: string;
  /** True for a flow that was disabled on the server; one that its own text disables isn't. */
  disabled?: boolean;
}

/** A record without its revision, and the path of its source, as one line. */
export function encodeRecord(file: string, { __hash, disabled }: FlowRecord): string {
  return [__hash, disabled ? "disabled" : "-", file].join(" ");
}

/** The file and the record of {@link encodeRecord}. */
export function decodeRecord(encoded: string, revision: number): { file: string; record: FlowRecord } {
  const [__hash, disabled, ...file] = encoded.split(" ") as [string, string, ...string[]];
  const record = { revision, __hash, ...(disabled === "disabled" ? { disabled: true } : {}) };
  return { file: file.join(" "), record };
}
