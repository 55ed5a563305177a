import assert from "node:assert/strict";

/** Fails unless the texts stand in this order. */
export function assertOrder(all: string[] | string, ...wanted: string[]): void {
  const places = wanted.map((each) => all.indexOf(each));
  assert.ok(!places.includes(-1), `${wanted[places.indexOf(-1)]} is missing in ${String(all)}`);
  assert.deepEqual(
    places,
    [...places].sort((a, b) => a - b),
    wanted.join(", "),
  );
}
