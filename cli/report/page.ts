import { html, Html } from "./text";
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
  chart(label: string): Html;
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
  html`<div class="w">${chart(half ? widths.half : widths.full)}</div>
    <div class="n">${chart(widths.phone)}</div>`;

/** Names and colours of a chart's series. */
export const legend = (series: [name: string, colour: string][]) =>
  html`<ul class="legend">
    ${series.map(([name, colour]) => html`<li><i style="background:${colour}"></i>${name}</li>`)}
  </ul>`;

// end tags that HTML allows to leave out would be a third of the page
const table = ({
  columns,
  rows,
}: Table) => html`<table><thead><tr>${columns.map((name) => html`<th scope="col">${name}</th>`)}<tbody>
${rows.map(
  ([first, ...cells]) =>
    html`<tr>
      <th scope="row">${first}${cells.map((cell) => html`<td>${cell}</td>`)}</th>
    </tr> `,
)}</table>`;

const sectionOf = ({ id, title, sentence, chart, note, numbers, half }: Section) =>
  html` <section id="${id}" ${half ? new Html(' class="half"') : ""} aria-labelledby="${id}-h">
    <h2 id="${id}-h">${title}</h2>
    <p>${sentence}</p>
    <figure>${chart(`${title}. ${sentence}`)}</figure>
    ${note === undefined ? "" : html`<p class="note">${note}</p>`}
    <details>
      <summary>Numbers<span class="hidden">: ${title}</span></summary>
      <div class="scroll" tabindex="0" role="region" aria-label="Numbers: ${title}">${table(numbers)}</div>
    </details>
  </section>`;

/** The report as one file that needs no script and no network, and forbids both. */
export function pageOf({ title, summary, banner, facts, tilesTitle, tiles, sections, footer }: Page): string {
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"
        />
        <meta name="color-scheme" content="light dark" />
        <link rel="icon" href="data:," />
        <title>${title}</title>
        <style>
          ${new Html(css)}
        </style>
      </head>
      <body>
        <main>
          <header>
            ${banner === undefined ? "" : html`<p class="banner" role="note"><strong>Generated data.</strong> ${banner}</p>`}
            <h1>${title}</h1>
            <p class="lede">${summary}</p>
            <dl class="facts">
              ${facts.map(
                ([name, value]) =>
                  html`<div>
                    <dt>${name}</dt>
                    <dd>${value}</dd>
                  </div>`,
              )}
            </dl>
          </header>
          <section aria-labelledby="tiles-h" class="tiles">
            <h2 id="tiles-h">${tilesTitle}</h2>
            <dl>
              ${tiles.map(
                ({ label, value, unit, context }) =>
                  html`<div>
                    <dt>${label}</dt>
                    <dd>
                      <b>${value}</b>${unit === undefined ? "" : html` <span>${unit}</span>`}<small>${context}</small>
                    </dd>
                  </div>`,
              )}
            </dl>
          </section>
          ${sections.map(sectionOf)}
        </main>
      </body>
    </html> `;
  return page.text;
}
