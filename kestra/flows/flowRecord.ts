import type { TextState } from "./flowText";

/** What is remembered of a flow on the server. */
export interface FlowRecord extends TextState {
  /** Counts from 1. */
  revision: number;
  /** True when it's the registered text that disables the flow; else it was disabled on the server. */
  disabledHere?: boolean;
}

/** A record without its revision, and the path of its source, as one line. */
export function encodeRecord(file: string, { __hash, disabled, disabledHere }: FlowRecord): string {
  const line = disabled === undefined ? "-" : disabled ? (disabledHere ? "disabledHere" : "disabled") : "enabled";
  return [__hash, line, file].join(" ");
}

/** The file and the record of {@link encodeRecord}. */
export function decodeRecord(encoded: string, revision: number): { file: string; record: FlowRecord } {
  const [__hash, line, ...file] = encoded.split(" ") as [string, string, ...string[]];
  const disabled = line === "-" ? {} : { disabled: line !== "enabled" };
  const here = line === "disabledHere" ? { disabledHere: true } : {};
  return { file: file.join(" "), record: { revision, __hash, ...disabled, ...here } };
}
