import type { Named, Subject, Type } from "../behaviour";
import type { Kept, Properties } from "../store";

/** A project's id: that of the resource, or else of the provider. */
export const projectOf = ({ inputs, config }: Subject) => String(inputs.project ?? config.project);

/** A region: that of the resource, or else of the provider. */
export function regionOf({ inputs, config }: Subject): string {
  const region = inputs.region ?? config.region;
  if (region === undefined)
    throw new Error("Cannot determine region: set in this resource, or set provider-level region.");
  return region as string;
}

/** Google's refusal of a request that makes no sense to it. */
export const badRequest = (message: string, reason = "invalid") =>
  new Error(`googleapi: Error 400: ${message}, ${reason}`);

/** Last part of an id, a link or a name. */
export const lastOf = (reference: unknown) => String(reference).split("/").at(-1)!;

/** The resource of a type that an id, a link or a name leads to. */
export function find({ store }: Subject, type: string, reference: unknown): Kept | undefined {
  return store.all(type).find(({ properties }) => properties.name === lastOf(reference));
}

/** As {@link find}; refused when there is none. */
export function need(subject: Subject, type: string, reference: unknown): Kept {
  const found = find(subject, type, reference);
  if (found) return found;
  throw new Error(`googleapi: Error 404: The resource '${String(reference)}' was not found, notFound`);
}

/** Refuses to delete what another resource names: of these types, by these inputs. */
export function refuseWhileUsed({ store, id, inputs }: Named, users: Record<string, string[]>): void {
  const uses = ({ type, properties }: Kept) =>
    (users[type] ?? []).some((key) => properties[key] !== undefined && isSame(properties[key], inputs));
  const user = store.all().find(uses);
  if (user === undefined) return;
  throw badRequest(`The resource '${id}' is already being used by '${user.id}'`, "resourceInUseByAnotherResource");
}

const isSame = (reference: unknown, { name, address }: Properties) =>
  lastOf(reference) === name || (address !== undefined && reference === address);

/** Adds to types that their API must be enabled before one of them is made. */
export function onApi(api: string, types: Record<string, Type>): Record<string, Type> {
  const entries = Object.entries(types).map(([name, type]) => {
    const created = async (subject: Named) => {
      requireApi(subject, api);
      await type.created?.(subject);
    };
    return [name, { ...type, created }] as const;
  });
  return Object.fromEntries(entries);
}

/** Refuses what belongs to an API that is not enabled. */
export function requireApi(subject: Subject, api: string): void {
  const project = projectOf(subject);
  const service = `${api}.googleapis.com`;
  if (subject.store.get("gcp:projects/service:Service", `${project}/${service}`) !== undefined) return;
  throw new Error(
    `googleapi: Error 403: ${service} has not been used in project ${project} before or it is disabled. Enable it by visiting ` +
      `https://console.developers.google.com/apis/api/${service}/overview?project=${project} then retry., accessNotConfigured`,
  );
}
