import type { dynamic } from "@pulumi/pulumi";
import type { Handlers } from "./handlers";

/**
 * A dynamic provider that holds no logic: each method loads the handlers from the project at run time and calls them.
 * Pulumi writes a provider's code into the state of every resource; this keeps that part small, without secrets, and
 * never out of date.
 *
 * `module` is the handlers' file from the project's root, where provider processes run. Make one provider a resource
 * type, at module level: the SDK then serializes it once.
 */
export function shim(module: string): dynamic.ResourceProvider {
  /* eslint-disable @typescript-eslint/no-require-imports, @typescript-eslint/no-unsafe-return,
     @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-call -- runs in a provider process */
  const load = (): Handlers<unknown, unknown> =>
    require("tsx/cjs/api").require("./dynamic/load.ts", `${process.cwd()}/index.ts`).load(module);
  /* eslint-enable */
  return {
    check: (olds: object, news: unknown) => load().check(olds, news),
    diff: (id: string, olds: unknown, news: unknown) => load().diff(id, olds, news),
    create: (inputs: unknown) => load().create(inputs),
    read: (id: string, state: unknown) => load().read(id, state),
    update: (id: string, olds: unknown, news: unknown) => load().update(id, olds, news),
    delete: (id: string, state: unknown) => load().delete(id, state),
  };
}
