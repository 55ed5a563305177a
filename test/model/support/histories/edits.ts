import { withoutConflicts, type FilesSpec, type Program, type Space, type Spec } from "./program";

/**
 * A change that a user makes to a program; `at` and `other` count resources, from the start again where
 * there are fewer.
 */
export type Edit =
  | { edit: "add"; resource: Spec }
  | { edit: "remove"; at: number }
  /** Another Pulumi name, the same thing; a resource that has the name already gets this one's. */
  | { edit: "rename"; at: number; to: string }
  /** Two resources of one kind change their things. */
  | { edit: "swap"; at: number; other: number }
  /** Another thing under the same Pulumi name: what `resource` says, where it is of the same kind. */
  | { edit: "identify"; at: number; resource: Spec }
  | { edit: "content"; at: number; to: number }
  /** Puts a file of one folder into another one. */
  | { edit: "moveFile"; at: number; other: number; path: number }
  | { edit: "namespace"; at: number; to: Space }
  | { edit: "folder"; at: number; to: number }
  | { edit: "deleteFirst"; at: number }
  | { edit: "reorder" }
  | { edit: "address"; to: number };

/** The program after a change; one that makes no sense there changes nothing. */
export function edited(program: Program, edit: Edit): Program {
  const resources = change([...program.resources], edit);
  const address = edit.edit === "address" ? edit.to : program.address;
  return withoutConflicts({ resources, address });
}

function change(resources: Spec[], edit: Edit): Spec[] {
  if (edit.edit === "add") return [...resources, edit.resource];
  if (edit.edit === "reorder") return resources.reverse();
  if (edit.edit === "address" || resources.length === 0) return resources;
  const at = edit.at % resources.length;
  const spec = resources[at]!;
  if (edit.edit === "remove") return resources.filter((_, i) => i !== at);
  if (edit.edit === "rename") return renamed(resources, at, edit.to);
  if (edit.edit === "swap" || edit.edit === "moveFile") {
    const alike = resources.flatMap(({ kind }, i) => (kind === spec.kind && i !== at ? [i] : []));
    if (alike.length === 0) return resources;
    const other = alike[edit.other % alike.length]!;
    const pair = edit.edit === "swap" ? swapped(spec, resources[other]!) : moved(spec, resources[other]!, edit.path);
    return resources.map((each, i) => (i === at ? pair[0] : i === other ? pair[1] : each));
  }
  resources[at] = single(spec, edit);
  return resources;
}

type SingleEdit = Extract<Edit, { edit: "identify" | "content" | "namespace" | "folder" | "deleteFirst" }>;

function single(spec: Spec, edit: SingleEdit): Spec {
  switch (edit.edit) {
    case "identify":
      return edit.resource.kind === spec.kind ? { ...edit.resource, name: spec.name } : spec;
    case "content":
      return withContent(spec, edit.to);
    case "namespace":
      return { ...spec, space: edit.to };
    case "folder":
      return spec.kind === "files" ? { ...spec, folder: edit.to } : spec;
    case "deleteFirst":
      return { ...spec, deleteFirst: !spec.deleteFirst };
  }
}

function renamed(resources: Spec[], at: number, to: string): Spec[] {
  const { kind, name } = resources[at]!;
  return resources.map((spec, i) => {
    if (i === at) return { ...spec, name: to };
    return spec.kind === kind && spec.name === to ? { ...spec, name } : spec;
  });
}

function swapped(a: Spec, b: Spec): [Spec, Spec] {
  return [
    { ...b, name: a.name },
    { ...a, name: b.name },
  ];
}

function moved(from: Spec, to: Spec, path: number): [Spec, Spec] {
  if (from.kind !== "files" || to.kind !== "files") return [from, to];
  const all = Object.entries(from.files);
  const file = all[path % all.length]!;
  const rest: FilesSpec = { ...from, files: Object.fromEntries(all.filter((each) => each !== file)) };
  return [rest, { ...to, files: { ...to.files, [file[0]]: file[1] } }];
}

function withContent(spec: Spec, to: number): Spec {
  if (spec.kind === "flow") return { ...spec, text: to };
  if (spec.kind === "entry") return { ...spec, value: to };
  const [first] = Object.keys(spec.files);
  return { ...spec, files: { ...spec.files, [first!]: to } };
}
