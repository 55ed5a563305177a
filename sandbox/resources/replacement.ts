import type { dynamic } from "@pulumi/pulumi";

/**
 * The failures of a change that would replace a resource which holds data: it is refused at preview, naming the property, what it was and
 * what it is to be. `olds` is empty for a new resource.
 */
export function replacementFailures<T extends object>(
  title: string,
  olds: Partial<T>,
  news: T,
  identity: (keyof T & string)[],
): dynamic.CheckFailure[] {
  return identity
    .filter((property) => olds[property] !== undefined && olds[property] !== news[property])
    .map((property) => {
      const change = `${property} was '${String(olds[property])}' and is to be '${String(news[property])}'`;
      const remedy = "Set the former value again, or take the stack down first: npm run destroy, then npm start";
      return { property, reason: `${title}: ${change}, which would delete all its data. ${remedy}` };
    });
}
