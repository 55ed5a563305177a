import { markup, Html } from "./text";
import { css } from "./css";
import { widths } from "./plot";

/** One part of the report: a chart, the sentence that reads it, and its numbers. */
export interface Section {
  id: string;
  /** Says what the chart shows. */
  title: string;
  /** One sentence, computed from the data. */
  sentence: string;
  /** The chart; assistive technology reads the label in its place. */
  chart: (label: string) => Html;
  /** What the reader must know of how it's counted. */
  note?: string;
  numbers: Table;
  /** Beside another one where there's room. */
  half?: boolean;
}

/** A table: the first column names the row, the others hold numbers unless they begin with a letter. */
export interface Table {
  columns: string[];
  rows: (string | number)[][];
}

/** A figure at the top of the report. */
export interface Tile {
  label: string;
  value: string;
  unit?: string;
  /** A comparison. */
  context: string;
}

export interface Page {
  title: string;
  summary: string;
  banner?: string;
  facts: [string, string][];
  tilesTitle: string;
  tiles: Tile[];
  sections: Section[];
  footer: string;
}

/** A chart at two sizes, of which CSS shows the one that fits. */
export const atBothSizes = (chart: (width: number) => Html, half = false) =>
  markup`<div class="w">${chart(half ? widths.half : widths.full)}</div><div class="n">${chart(widths.phone)}</div>`;

/** Names and colours of a chart's series. */
export function legend(series: [name: string, colour: string][]): Html {
  const entries = series.map(([name, colour]) => markup`<li><i style="background:${colour}"></i>${name}</li>`);
  return markup`<ul class="legend">${entries}</ul>`;
}

/** Cells have no end tags: HTML doesn't need them, and they would be a sixth of the page. */
function tableOf({ columns, rows }: Table): Html {
  const body = rows.map(
    ([name, ...cells]) => markup`<tr><th scope="row">${name}${cells.map((cell) => markup`<td>${cell}`)}`,
  );
  return markup`<table><thead><tr>${columns.map((name) => markup`<th scope="col">${name}`)}<tbody>${body}</table>`;
}

function sectionOf({ id, title, sentence, chart, note, numbers, half }: Section): Html {
  return markup`
<section id="${id}"${half ? markup` class="half"` : ""} aria-labelledby="${id}-h">
<h2 id="${id}-h">${title}</h2>
<p>${sentence}</p>
<figure>${chart(`${title}. ${sentence}`)}</figure>
${note === undefined ? "" : markup`<p class="note">${note}</p>`}
<details><summary>Numbers<span class="hidden">: ${title}</span></summary>
<div class="scroll" tabindex="0" role="region" aria-label="Numbers: ${title}">${tableOf(numbers)}</div></details>
</section>`;
}

const bannerOf = (text: string) => markup`<p class="banner" role="note"><strong>Generated data.</strong> ${text}</p>`;
const factOf = ([name, value]: [string, string]) => markup`<div><dt>${name}</dt><dd>${value}</dd></div>`;
const tileOf = ({ label, value, unit, context }: Tile) =>
  markup`<div><dt>${label}</dt><dd><b>${value}</b> ${unit}<small>${context}</small></dd></div>`;

/** The report as one file that needs no script and no network, and forbids both. */
export function pageOf({ title, summary, banner, facts, tilesTitle, tiles, sections, footer }: Page): string {
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${new Html(css)}</style>
</head>
<body>
<main>
<header>
${banner === undefined ? "" : bannerOf(banner)}
<h1>${title}</h1>
<p class="lede">${summary}</p>
<dl class="facts">${facts.map(factOf)}</dl>
</header>
<section aria-labelledby="tiles-h" class="tiles">
<h2 id="tiles-h">${tilesTitle}</h2>
<dl>${tiles.map(tileOf)}</dl>
</section>${sections.map(sectionOf)}
<footer><p>${footer}</p></footer>
</main>
</body>
</html>
`.text;
}
