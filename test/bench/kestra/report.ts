import type { Figure, Listing } from "../figures";
import type { BareSeconds } from "./bareClient";
import type { Measured, Mode, Start } from "./measure";

/** The measurements for one number of flows. */
export interface Size {
  count: number;
  bare: BareSeconds;
  measured: Partial<Record<Mode, Measured>>;
}

/** All raw numbers of a run. */
export interface KestraNumbers {
  /** A program that declares nothing, and one with only the resource that the flows are deleted with. */
  start: { none: Start; data: Start };
  sizes: Size[];
}

const seconds = (value: number) => value.toFixed(value < 10 ? 2 : 1);

/** Every command and request, with one row per method. */
export function listingsOf({ start, sizes }: KestraNumbers): Listing[] {
  const row = (count: number, how: string, { create, noop, change, destroy, bytesPerFlow }: Measured) => [
    String(count),
    how,
    ...[create, noop, change, destroy].map(seconds),
    (bytesPerFlow / 1000).toFixed(2),
  ];
  const rows = sizes.flatMap(({ count, bare, measured: { singles, bulk } }) => [
    [String(count), "bare client", ...[bare.create, bare.list, bare.change, bare.destroy].map(seconds), "–"],
    ...(bulk ? [row(count, "FlowSet, bulk", bulk)] : []),
    ...(singles ? [row(count, "FlowSet", singles)] : []),
  ]);
  const startRow = (what: string, each: Start) => [what, ...[each.up, each.refresh, each.destroy].map(seconds)];
  return [
    {
      title: "Program start, in seconds (median of three)",
      head: ["Program", "up", "up --refresh", "destroy"],
      rows: [startRow("no resource", start.none), startRow("one resource, no flow", start.data)],
    },
    {
      title: "Flows of 1.2 kB: seconds with the program start, and kB of state per flow",
      head: ["Flows", "By", "create", "no-op", "change one", "destroy", "state"],
      rows,
      note:
        "Bare client: 8 connections; create is POST alone, no-op one listing, change GET and PUT, destroy DELETE of " +
        "each.\nPulumi: no-op is up --refresh; destroy leaves the flows to their server (deletedWith).",
    },
    {
      title: "Other requests of the bare client, in seconds for all flows",
      head: ["Flows", "GET, none there", "POST validate, 100 at a time", "GET with source"],
      rows: sizes.map(({ count, bare: { look, validate, read } }) => [
        String(count),
        ...[look, validate, read].map(seconds),
      ]),
    },
  ];
}

/** The figures that have a target: 1,000 flows in bulk, 100 single ones. */
export function figuresOf({ start, sizes }: KestraNumbers): Figure[] {
  return sizes.flatMap(({ count, bare, measured: { singles, bulk } }): Figure[] => [
    ...(bulk && count === 1000 ? bulkFigures(bulk, bare, start.none) : []),
    ...(singles && count === 100
      ? [{ what: "100 flows: state per flow", value: singles.bytesPerFlow / 1000, unit: "kB" as const, target: 4 }]
      : []),
  ]);
}

function bulkFigures({ create, noop, destroy, bytesPerFlow }: Measured, bare: BareSeconds, start: Start): Figure[] {
  const beyond = create - start.up;
  const same = bare.validate + bare.list + bare.create;
  const of = (what: string) => `1,000 flows in bulk: ${what}`;
  const note = "beyond program start";
  return [
    {
      what: of("create, to a client that sends POST alone"),
      value: beyond / bare.create,
      unit: "x",
      target: 1.3,
      note,
    },
    { what: of("create, to the same requests"), value: beyond / same, unit: "x", note },
    { what: of("no-op with drift check"), value: noop - start.refresh, unit: "s", target: 3, note },
    { what: of("destroy with their server"), value: destroy - start.destroy, unit: "s", target: 5, note },
    { what: of("state per flow"), value: bytesPerFlow / 1000, unit: "kB", target: 1.6 },
  ];
}
