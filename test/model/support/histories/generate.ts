import fc from "fast-check";
import type { Edit } from "./edits";
import type { Fault, FaultKind, Hand, History, Schedule, Step, Up } from "./history";
import {
  addresses,
  contents,
  flowIds,
  keys,
  names,
  paths,
  spaces,
  values,
  withoutConflicts,
  type EntrySpec,
  type FilesSpec,
  type FlowSpec,
  type Spec,
} from "./program";

const name = fc.constantFrom(...names);
const space = fc.constantFrom(...spaces);
const index = (list: readonly unknown[]) => fc.nat({ max: list.length - 1 });
const few = fc.nat({ max: 5 });
const rarely = fc.oneof(
  { withCrossShrink: true },
  { weight: 6, arbitrary: fc.constant(false) },
  { weight: 1, arbitrary: fc.constant(true) },
);

const flow: fc.Arbitrary<FlowSpec> = fc.record({
  kind: fc.constant("flow" as const),
  name,
  space,
  id: fc.constantFrom(...flowIds),
  text: fc.nat({ max: 2 }),
  deleteFirst: rarely,
});
const entry: fc.Arbitrary<EntrySpec> = fc.record({
  kind: fc.constant("entry" as const),
  name,
  space,
  key: fc.constantFrom(...keys),
  value: index(values),
  deleteFirst: rarely,
});
const files: fc.Arbitrary<FilesSpec> = fc.record({
  kind: fc.constant("files" as const),
  name,
  space,
  folder: fc.nat({ max: 1 }),
  files: fc.dictionary(fc.constantFrom(...paths), index(contents), { minKeys: 1, maxKeys: 3, noNullPrototype: true }),
  deleteFirst: rarely,
});
const spec: fc.Arbitrary<Spec> = fc.oneof(flow, entry, files);

const address = fc.oneof(
  { withCrossShrink: true },
  { weight: 8, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: index(addresses) },
);
const program = fc
  .record({ resources: fc.array(spec, { minLength: 1, maxLength: 6 }), address })
  .map((stated) => withoutConflicts(stated));

const at = few;
const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.record({ edit: fc.constant("add" as const), resource: spec }),
  fc.record({ edit: fc.constant("remove" as const), at }),
  fc.record({ edit: fc.constant("rename" as const), at, to: name }),
  fc.record({ edit: fc.constant("swap" as const), at, other: few }),
  fc.record({ edit: fc.constant("identify" as const), at, resource: spec }),
  fc.record({ edit: fc.constant("content" as const), at, to: fc.nat({ max: 2 }) }),
  fc.record({ edit: fc.constant("moveFile" as const), at, other: few, path: few }),
  fc.record({ edit: fc.constant("namespace" as const), at, to: space }),
  fc.record({ edit: fc.constant("folder" as const), at, to: fc.nat({ max: 1 }) }),
  fc.record({ edit: fc.constant("deleteFirst" as const), at }),
  fc.record({ edit: fc.constant("reorder" as const) }),
  fc.record({ edit: fc.constant("address" as const), to: index(addresses) }),
);

const faultKind: fc.Arbitrary<FaultKind> = fc.oneof(
  fc.record(
    { status: fc.constantFrom(429 as const, 502 as const, 503 as const, 504 as const), retryAfter: fc.constant("1") },
    { requiredKeys: ["status"] },
  ),
  fc.constantFrom("reset" as const, "lost" as const, "uniqueKey" as const),
);
const fault: fc.Arbitrary<Fault> = fc.record({ at: fc.integer({ min: 1, max: 25 }), kind: faultKind });

/** Something that is mostly absent, so that what goes wrong is seldom two things at once; shrinks to absent. */
const seldom = <T>(arbitrary: fc.Arbitrary<T>, weight = 5) =>
  fc.oneof({ withCrossShrink: true }, { weight, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });

const up: fc.Arbitrary<Up> = fc
  .record({
    edits: fc.array(edit, { maxLength: 3 }),
    refresh: seldom(fc.constant(true), 2),
    targets: seldom(fc.integer({ min: 1, max: 63 })),
    faults: seldom(fc.array(fault, { minLength: 1, maxLength: 3 })),
    abort: seldom(
      fc.oneof(
        fc.record({ afterCalls: fc.nat({ max: 5 }), byFailure: fc.boolean() }),
        fc.record({ atRequest: fc.integer({ min: 1, max: 20 }) }),
      ),
    ),
    schedule: fc.constantFrom<Schedule>("serial", "late", "parallel"),
  })
  .map((step) => withoutUndefined({ do: "up" as const, ...step }));

const spaced = (kind: string, keysOfKind: readonly string[]) =>
  fc.tuple(space, fc.constantFrom(...keysOfKind)).map(([where, key]) => `${kind} ${where} ${key}`);
const identity = fc.oneof(spaced("flow", flowIds), spaced("entry", keys), spaced("file", paths));

const hand: fc.Arbitrary<Hand> = fc
  .record({ identity, content: fc.option(fc.nat({ max: 2 }), { freq: 3, nil: undefined }), expires: fc.boolean() })
  .map((step) => withoutUndefined({ do: "hand" as const, ...step }));

const step: fc.Arbitrary<Step> = fc.oneof({ weight: 3, arbitrary: up }, { weight: 2, arbitrary: hand });

/** Histories of up to `most` steps. */
export const histories = (most: number): fc.Arbitrary<History> =>
  fc.record({ start: program, steps: fc.array(step, { minLength: 1, maxLength: most, size: "max" }) });

function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as T;
}
