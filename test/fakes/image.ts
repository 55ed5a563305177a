import { readFileSync } from "node:fs";
import { join } from "node:path";
import { sha256 } from "../../dynamic/handlers";
import type { Subject } from "./behaviour";
import { pass } from "./clock";
import type { Store } from "./store";

interface Build {
  context: string;
  dockerfile: string;
  platform?: string;
}

const noteOf = (image: string) => `image-${encodeURIComponent(image)}`;

/** Minutes that the first build of a content takes on a slow line; later ones come from Docker's cache. */
const buildTime = 61;

/** Builds an image: another tag of an equal one has its id, as Docker's builders give it. */
export function build({ inputs, store }: Subject): void {
  const id = contentId(inputs.build as Build);
  if (store.note(noteOf(id)) === undefined) pass(store, buildTime);
  store.setNote(noteOf(id), "");
  store.setNote(noteOf(String(inputs.imageName)), id);
}

/** Id of an image that was built, or else pulled: a tag of a registry is one image here. */
export function imageId(store: Store, name: string): string {
  return store.note(noteOf(name)) ?? `sha256:${sha256(name)}`;
}

/** By what the Dockerfile does, without its comments, and by the files that it copies out of the context. */
function contentId({ context, dockerfile, platform = "" }: Build): string {
  const instructions = readFileSync(dockerfile, "utf8")
    .split("\n")
    .filter((line) => !/^\s*(#|$)/.test(line));
  const copied = instructions.flatMap((line) => {
    const [keyword, ...paths] = line.trim().split(/\s+/);
    // `--from` copies out of another stage
    return /^(COPY|ADD)$/i.test(keyword!) && !paths[0]!.startsWith("--") ? paths.slice(0, -1) : [];
  });
  const files = copied.map((path) => readFileSync(join(context, path), "utf8"));
  return `sha256:${sha256(JSON.stringify([platform, instructions, files]))}`;
}
