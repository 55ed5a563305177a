import { contents, flowSource, identitiesOf, type Identity, type Program, type Spec } from "./program";
import { declaredEntry, parentOf, type Contents, type World } from "./world";

/** How a run ended. */
export interface Outcome {
  succeeded: boolean;
  output: string;
  /** Identities in the state before and after. */
  covered: { before: Set<Identity>; after: Set<Identity> };
  /** Identities that were being worked on when the run stopped: nobody knows whether that was done. */
  broken: Set<Identity>;
}

/** What each thing of a resource has to be. */
function declaredBy(spec: Spec, world: World): [Identity, string][] {
  if (spec.kind === "files")
    return Object.entries(spec.files).map(([path, i]) => [`file ${spec.space} ${path}`, contents[i]!]);
  const content =
    spec.kind === "flow" ? flowSource(world.namespace(spec.space), spec.id, spec.text) : declaredEntry(spec.value);
  return [[identitiesOf(spec)[0]!, content]];
}

/** What a server must hold: all that the program declares, all that others made, and nothing else. */
export class Oracle {
  /** What others made, and no program has taken over. */
  private readonly others = new Map<Identity, string>();
  /** Things that state knows, changed by hand or by a run that stopped: only a refresh shows that. */
  private readonly drifted = new Set<Identity>();
  /** Things that a run which stopped may have made, changed or left, and no state knows. */
  private readonly uncertain = new Set<Identity>();

  constructor(private readonly world: World) {}

  /** True when nothing was changed behind the state's back. */
  get knowsAll(): boolean {
    return this.drifted.size === 0;
  }

  /** Notes what somebody did by hand; undefined: deleted. */
  byHand(identity: Identity, content: string | undefined, covered: Set<Identity>): void {
    if (covered.has(identity)) return void this.drifted.add(identity);
    this.uncertain.delete(identity);
    if (content === undefined) this.others.delete(identity);
    else this.others.set(identity, content);
  }

  /** Compares the server with what it must hold after a run; what is wrong, one line each. */
  async after(
    { resources }: Program,
    { covered, broken }: Outcome,
    { isWhole, isRefreshed }: { isWhole: boolean; isRefreshed: boolean },
  ): Promise<string[]> {
    const held = await this.world.read();
    const declared = new Map(resources.flatMap((spec) => declaredBy(spec, this.world)));
    if (isWhole && isRefreshed) this.drifted.clear();
    if (!isWhole) {
      for (const identity of broken) (covered.after.has(identity) ? this.drifted : this.uncertain).add(identity);
      for (const identity of covered.before) if (!covered.after.has(identity)) this.uncertain.add(identity);
    }
    for (const identity of [...covered.before, ...covered.after]) this.others.delete(identity);
    const faults = isWhole ? this.compare(declared, held) : this.compareOthers(held);
    if (isWhole) for (const identity of declared.keys()) this.uncertain.delete(identity);
    for (const identity of this.drifted) if (!covered.after.has(identity)) this.drifted.delete(identity);
    for (const identity of this.uncertain) this.others.delete(identity);
    return faults;
  }

  private compare(declared: Map<Identity, string>, held: Contents): string[] {
    const all = new Set([...declared.keys(), ...this.others.keys(), ...held.things.keys()]);
    const faults = [...all].flatMap((identity) => {
      const isUnknown = declared.has(identity) ? this.drifted.has(identity) : this.uncertain.has(identity);
      if (isUnknown) return [];
      const wanted = declared.get(identity) ?? this.others.get(identity);
      return mismatch(identity, wanted, held.things.get(identity));
    });
    return [...faults, ...this.emptyFolders(held)];
  }

  private compareOthers({ things }: Contents): string[] {
    return [...this.others].flatMap(([identity, wanted]) =>
      this.uncertain.has(identity) ? [] : mismatch(identity, wanted, things.get(identity)),
    );
  }

  private emptyFolders({ things, folders }: Contents): string[] {
    const needed = new Set<string>();
    const files = [...things.keys(), ...this.uncertain, ...this.drifted].filter((each) => each.startsWith("file "));
    for (const file of files) {
      const [, space, path] = file.split(" ") as [string, string, string];
      for (let folder = parentOf(path); folder !== ""; folder = parentOf(folder)) needed.add(`${space} ${folder}`);
    }
    return [...folders].filter((folder) => !needed.has(folder)).map((folder) => `empty folder ${folder} is left`);
  }
}

function mismatch(identity: Identity, wanted: string | undefined, found: string | undefined): string[] {
  if (wanted === found) return [];
  const quoted = (text: string | undefined) => (text === undefined ? "absent" : JSON.stringify(text));
  return [`${identity}: expected ${quoted(wanted)}, found ${quoted(found)}`];
}
