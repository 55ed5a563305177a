import {
  contents,
  flowSource,
  identitiesOf,
  type Identity,
  type Program,
  type Space,
  type Spec,
} from "./histories/program";
import { parentOf, statedEntry, type World } from "./world";

/** How a run ended. */
export interface Outcome {
  succeeded: boolean;
  /** All that it printed, or the error. */
  message: string;
  /** True when only some resources were targeted. */
  isPartial: boolean;
  isRefreshed: boolean;
  /** Identities in the state before and after. */
  covered: { before: Set<Identity>; after: Set<Identity> };
  /** Identities of what was being worked on when the run broke off: nobody knows whether that was done. */
  broken: Set<Identity>;
}

/** What each thing of a resource has to be. */
export function statedBy(spec: Spec, namespace: (space: Space) => string): Map<Identity, string> {
  if (spec.kind === "files")
    return new Map(Object.entries(spec.files).map(([path, i]) => [`file ${spec.space} ${path}`, contents[i]!]));
  const content =
    spec.kind === "flow" ? flowSource(namespace(spec.space), spec.id, spec.text) : statedEntry(spec.value);
  return new Map([[identitiesOf(spec)[0]!, content]]);
}

/** What a server must hold: all that the program states, all that others made, and nothing else. */
export class Oracle {
  /** What others made, and no program has taken over. */
  private readonly others = new Map<Identity, string>();
  /** Things that state knows, changed by hand, or by a run that broke off: only a refresh shows that. */
  private readonly drifted = new Set<Identity>();
  /** Things that a run which broke off may have made, changed or left, and no state knows. */
  private readonly uncertain = new Set<Identity>();

  constructor(private readonly namespace: (space: Space) => string) {}

  /** True when nothing was changed behind the state's back. */
  get knowsAll(): boolean {
    return this.drifted.size === 0;
  }

  /** Notes what somebody did by hand. */
  byHand(identity: Identity, content: string | undefined, covered: Set<Identity>): void {
    if (covered.has(identity)) return void this.drifted.add(identity);
    this.uncertain.delete(identity);
    if (content === undefined) this.others.delete(identity);
    else this.others.set(identity, content);
  }

  /** Compares the server with what it must hold after a run, and remembers the run; what is wrong, one line each. */
  after(program: Program, { succeeded, isPartial, isRefreshed, covered, broken }: Outcome, world: World): string[] {
    if (isRefreshed && succeeded && !isPartial) this.drifted.clear();
    const stated = new Map(program.resources.flatMap((spec) => [...statedBy(spec, this.namespace)]));
    const isWhole = succeeded && !isPartial;
    if (!isWhole) {
      for (const identity of broken) (covered.after.has(identity) ? this.drifted : this.uncertain).add(identity);
      for (const identity of covered.before) if (!covered.after.has(identity)) this.uncertain.add(identity);
    }
    for (const identity of [...covered.before, ...covered.after]) this.others.delete(identity);
    const faults = isWhole ? this.compare(stated, world) : this.compareOthers(world);
    if (isWhole) for (const identity of stated.keys()) this.uncertain.delete(identity);
    for (const identity of this.drifted) if (!covered.after.has(identity)) this.drifted.delete(identity);
    for (const identity of this.uncertain) this.others.delete(identity);
    return faults;
  }

  private compare(stated: Map<Identity, string>, { things, folders }: World): string[] {
    const all = new Set([...stated.keys(), ...this.others.keys(), ...things.keys()]);
    const faults = [...all].flatMap((identity) => {
      if (this.drifted.has(identity) && stated.has(identity)) return [];
      const wanted = stated.get(identity) ?? this.others.get(identity);
      if (this.uncertain.has(identity) && !stated.has(identity)) return [];
      const whose = stated.has(identity) ? "stated" : "made by others";
      return mismatch(identity, whose, wanted, things.get(identity));
    });
    return [...faults, ...this.emptyFolders(things, folders)];
  }

  private compareOthers({ things }: World): string[] {
    return [...this.others].flatMap(([identity, wanted]) =>
      this.uncertain.has(identity) ? [] : mismatch(identity, "made by others", wanted, things.get(identity)),
    );
  }

  private emptyFolders(things: Map<Identity, string>, folders: Set<string>): string[] {
    const needed = new Set<string>();
    const files = [...things.keys(), ...this.uncertain, ...this.drifted].filter((each) => each.startsWith("file "));
    for (const file of files) {
      const [, space, path] = file.split(" ") as [string, string, string];
      for (let folder = parentOf(path); folder !== ""; folder = parentOf(folder)) needed.add(`${space} ${folder}`);
    }
    return [...folders]
      .filter((folder) => !needed.has(folder))
      .map((folder) => `empty folder ${folder} is left behind`);
  }
}

function mismatch(identity: Identity, whose: string, wanted: string | undefined, found: string | undefined): string[] {
  if (wanted === found) return [];
  if (wanted === undefined) return [`${identity} is left behind: ${JSON.stringify(found)}`];
  const now = found === undefined ? "gone" : JSON.stringify(found);
  return [`${identity} (${whose}) is ${now}, not ${JSON.stringify(wanted)}`];
}
