import fc from "fast-check";
import type { Fault, FaultKind, Hand, History, Up } from "./history";
import {
  addresses,
  contents,
  flowIds,
  keys,
  names,
  paths,
  spaces,
  values,
  type EntrySpec,
  type FilesSpec,
  type FlowSpec,
} from "./program";

const index = (list: readonly unknown[]) => fc.nat({ max: list.length - 1 });
/** Mostly the first, so that what goes wrong is seldom two things at once; shrinks to it. */
const mostly = <T, U>(usual: T, weight: number, other: fc.Arbitrary<U>) =>
  fc.oneof({ withCrossShrink: true }, { weight, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: other });
const seldom = <T>(arbitrary: fc.Arbitrary<T>, weight = 5) => mostly(undefined, weight, arbitrary);

const space = fc.constantFrom(...spaces);
const common = { name: fc.constantFrom(...names), space, deleteFirst: mostly(false, 6, fc.constant(true)) };
const spec = fc.oneof(
  fc.record<FlowSpec>({
    ...common,
    kind: fc.constant("flow"),
    id: fc.constantFrom(...flowIds),
    text: fc.nat({ max: 2 }),
  }),
  fc.record<EntrySpec>({
    ...common,
    kind: fc.constant("entry"),
    key: fc.constantFrom(...keys),
    value: index(values),
  }),
  fc.record<FilesSpec>({
    ...common,
    kind: fc.constant("files"),
    folder: fc.nat({ max: 1 }),
    files: fc.dictionary(fc.constantFrom(...paths), index(contents), { minKeys: 1, maxKeys: 3, noNullPrototype: true }),
  }),
);

const fault = fc.record<Fault>({
  at: fc.integer({ min: 1, max: 25 }),
  kind: fc.oneof(
    fc.record({ status: fc.constantFrom(429, 502, 503, 504), retryAfter: seldom(fc.constant("1"), 1) }),
    fc.constantFrom<FaultKind>("reset", "lost", "uniqueKey"),
  ),
});

const up = fc.record<Up>({
  do: fc.constant("up"),
  put: fc.array(spec, { maxLength: 4 }),
  remove: seldom(fc.nat({ max: 63 }), 2),
  address: seldom(index(addresses)),
  refresh: seldom(fc.constant(true), 2),
  targets: seldom(fc.integer({ min: 1, max: 63 })),
  faults: seldom(fc.array(fault, { minLength: 1, maxLength: 3 })),
  abort: seldom(
    fc.oneof(
      fc.record({ afterCalls: fc.nat({ max: 5 }), byFailure: fc.boolean() }),
      fc.record({ atRequest: fc.integer({ min: 1, max: 20 }) }),
    ),
  ),
  parallel: fc.boolean(),
});

const spaced = (kind: string, own: readonly string[]) =>
  fc.tuple(space, fc.constantFrom(...own)).map(([where, key]) => `${kind} ${where} ${key}`);

const hand = fc.record<Hand>({
  do: fc.constant("hand"),
  identity: fc.oneof(spaced("flow", flowIds), spaced("entry", keys), spaced("file", paths)),
  content: fc.option(fc.nat({ max: 2 }), { freq: 3, nil: undefined }),
  expires: fc.boolean(),
});

const start = fc.record<Up>({ do: fc.constant("up"), put: fc.array(spec, { minLength: 1, maxLength: 6 }) });

/** Histories of up to `most` steps after the first run. */
export const histories = (most: number): fc.Arbitrary<History> =>
  fc
    .tuple(
      start,
      fc.array(fc.oneof({ weight: 3, arbitrary: up }, { weight: 2, arbitrary: hand }), {
        minLength: 1,
        maxLength: most,
        size: "max",
      }),
    )
    .map(([first, steps]) => [first, ...steps]);
