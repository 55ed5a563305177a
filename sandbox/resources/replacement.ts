import type { dynamic } from "@pulumi/pulumi";

/**
 * The failures of a change that would replace a resource which holds data: it is refused at preview, naming the property, what it was and
 * what it is to be. `olds` is empty for a new resource.
 * @param identity properties that cannot change, each with the key of the configuration that it comes from
 */
export function replacementFailures<T extends object>(
  title: string,
  olds: Partial<T>,
  news: T,
  identity: Partial<Record<keyof T & string, string>>,
): dynamic.CheckFailure[] {
  return (Object.entries(identity) as [keyof T & string, string][])
    .filter(([property]) => olds[property] !== undefined && olds[property] !== news[property])
    .map(([property, key]) => {
      const change = `${property} was '${String(olds[property])}' and is to be '${String(news[property])}'`;
      const former = `npm run pulumi -- config set ${key} ${String(olds[property])} -s local`;
      const remedy = `Set the former value again: ${former}; or take the stack down first: npm run destroy, then npm start`;
      return { property, reason: `${title}: ${change}, which would delete all its data. ${remedy}` };
    });
}
