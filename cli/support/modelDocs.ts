/** What dbt's manifest says of a node that the document needs. */
interface Node {
  name: string;
  resource_type: string;
  description: string;
  config: { materialized?: string; meta?: { question?: string } };
  depends_on: { nodes: string[] };
}

/** dbt's manifest.json, as far as it is read here. */
export interface Manifest {
  nodes: Record<string, Node>;
  sources: Record<string, Node>;
  exposures: Record<string, Node>;
}

/** Lines between which docs/models.md is written by `npm run docs`. */
export const markers = { begin: "<!-- models: npm run docs -->", end: "<!-- /models -->" };

/** The beginning of a description, which says what a row is. */
const grainOf = ({ name, description }: Node) => {
  const grain = /^One row [^.:]+/.exec(description)?.[0];
  if (grain === undefined)
    throw new Error(`Model ${name}: its description does not begin with its grain, 'One row a …'.`);
  return grain;
};

const byName = (a: Node, b: Node) => (a.name < b.name ? -1 : 1);

function tableOf(models: Node[]): string[] {
  const rows = models.map((model) => {
    const { materialized = "", meta = {} } = model.config;
    return `| \`${model.name}\` | ${materialized} | ${grainOf(model)} | ${meta.question ?? ""} |`;
  });
  return ["| model | built as | grain | question |", "|---|---|---|---|", ...rows];
}

function graphOf(models: Node[], { sources, exposures, nodes }: Manifest): string[] {
  const all: Record<string, Node> = { ...nodes, ...sources, ...exposures };
  const shapes = [
    ...Object.values(sources)
      .sort(byName)
      .map(({ name }) => `  ${name}[(${name})]`),
    ...Object.values(exposures)
      .sort(byName)
      .map(({ name }) => `  ${name}([${name}])`),
  ];
  const edges = [...models, ...Object.values(exposures)].flatMap(({ name, depends_on }) =>
    depends_on.nodes.map((parent) => `  ${all[parent]!.name} --> ${name}`),
  );
  return ["```mermaid", "graph LR", ...shapes, ...[...new Set(edges)].sort(), "```"];
}

/** The generated part of docs/models.md: a table of the models, and where each takes its rows from. */
export function describeModels(manifest: Manifest): string {
  const models = Object.values(manifest.nodes)
    .filter((node) => node.resource_type === "model")
    .sort(byName);
  return [...tableOf(models), "", ...graphOf(models, manifest)].join("\n");
}

/** The document with its generated part replaced. */
export function withModels(document: string, manifest: Manifest): string {
  const [before, rest] = document.split(markers.begin);
  const after = rest?.split(markers.end)[1];
  if (before === undefined || after === undefined)
    throw new Error(`docs/models.md lacks the lines ${markers.begin} and ${markers.end}.`);
  return `${before}${markers.begin}\n${describeModels(manifest)}\n${markers.end}${after}`;
}
