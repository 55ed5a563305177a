import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

/** A setting as Pulumi.yaml declares it. */
interface Setting {
  description: string;
  type: string;
  default: string | number | boolean;
}

const page = join("docs", "settings.md");
const markers = {
  begin: "<!-- settings: node --import tsx cli/support/settingsDocs.ts -->",
  end: "<!-- /settings -->",
};

/** The table of the settings that a Pulumi.yaml declares. */
function settingsTable(projectFile: string): string {
  const { config } = parse(projectFile) as { config: Record<string, Setting> };
  const rows = Object.entries(config).map(([key, setting]) => {
    const value = setting.default === "" ? "" : `\`${setting.default}\``;
    return `| \`bay-wheels:${key}\` | ${setting.type} | ${value} | ${setting.description} |`;
  });
  return ["| key | type | default | meaning |", "|---|---|---|---|", ...rows].join("\n");
}

/**
 * The page of settings with its generated table brought up to date.
 * @throws Error if the page lacks one of the markers.
 */
export function withSettings(document: string, projectFile: string): string {
  const [begin, end] = [document.indexOf(markers.begin), document.indexOf(markers.end)];
  if (begin < 0 || end < begin) throw new Error(`${page} lacks the lines ${markers.begin} and ${markers.end}.`);
  return `${document.slice(0, begin)}${markers.begin}\n${settingsTable(projectFile)}\n${document.slice(end)}`;
}

if (process.argv[1]?.endsWith("settingsDocs.ts")) {
  writeFileSync(page, withSettings(readFileSync(page, "utf8"), readFileSync("Pulumi.yaml", "utf8")));
  console.log(`${page} is up to date`);
}
