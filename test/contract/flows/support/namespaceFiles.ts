import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Files below a folder by their paths there, except what dbt writes. */
function filesBelow(folder: string): Record<string, string> {
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter((path) => !/^(target|logs|dbt_packages)\//.test(path));
  return Object.fromEntries(paths.map((path) => [path, readFileSync(join(folder, path), "utf8")]));
}

/** Namespace files as the pipeline uploads them: dbt's project, and the statements below sql/. */
export function namespaceFiles(): Record<string, string> {
  const named = ["sql", "templates"].flatMap((folder) =>
    Object.entries(filesBelow(join("flows", folder))).map(([path, content]) => [`${folder}/${path}`, content]),
  );
  return { ...filesBelow("dbt"), ...(Object.fromEntries(named) as Record<string, string>) };
}
