import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Bytes of each flow's text. */
export const bytesPerFlow = 1200;

/** Source of a flow with three tasks, padded to {@link bytesPerFlow}. */
export function flowText(namespace: string, number: number, message = "loaded"): string {
  const text = (filling: string) => `id: ${idOf(number)}
namespace: ${namespace}
description: Loads part ${number} of a source and reports what it found.
labels:
  team: data
  part: "${number}"

inputs:
  - id: month
    type: STRING
    required: false

variables:
  note: ${filling}

tasks:
  - id: find
    type: io.kestra.plugin.core.debug.Return
    format: "{{ inputs.month ?? 'newest' }} of part ${number}"

  - id: choose
    type: io.kestra.plugin.core.flow.If
    condition: "{{ outputs.find.value != '' }}"
    then:
      - id: load
        type: io.kestra.plugin.core.log.Log
        message: "{{ outputs.find.value }} was ${message}"
    else:
      - id: skip
        type: io.kestra.plugin.core.log.Log
        message: There is nothing to load.

  - id: report
    type: io.kestra.plugin.core.log.Log
    message: Part ${number} has ended.
`;
  return text("x".repeat(bytesPerFlow - text("").length));
}

export const idOf = (number: number) => `part_${String(number).padStart(4, "0")}`;

/** Fills a folder with `count` flows, and nothing else. */
export function writeFlows(folder: string, namespace: string, count: number): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (let number = 1; number <= count; number++) changeFlow(folder, namespace, number);
}

/** Rewrites one flow's file with another message. */
export function changeFlow(folder: string, namespace: string, number: number, message?: string): void {
  writeFileSync(join(folder, `${idOf(number)}.yaml`), flowText(namespace, number, message));
}
