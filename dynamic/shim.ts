/**
 * The code of a dynamic provider. It has no logic: it loads the handlers from their file at run time. Pulumi writes a
 * provider's code into the inputs and the outputs of every resource; this keeps that part to one line, free of secrets
 * and never out of date.
 * @param module the handlers' file, relative to the program's folder, where provider processes run (`./infra/…`), or in
 * a package (`@bay-wheels/kestra/…`)
 */
export function shim(module: string): string {
  const load = `require("tsx/cjs/api").require("@bay-wheels/dynamic/load.ts",process.cwd()+"/index.ts").load`;
  return `exports.handler=()=>${load}(${JSON.stringify(module)})`;
}
