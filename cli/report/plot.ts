import { parseHTML } from "linkedom";
import type { Markish, PlotOptions } from "@observablehq/plot";
import { escape, Html } from "./text";

/** Observable Plot, an ES module, which is why it's imported at run time. */
export type Plot = typeof import("@observablehq/plot");

/** Widths in pixels at which charts are drawn, each at its own size, so that text has the same size everywhere. */
export const widths = { full: 960, half: 468, phone: 350, panel: 304 };

export const loadPlot = (): Promise<Plot> => import("@observablehq/plot");

/** What is used of an SVG element: this project has no browser's types. */
interface Svg {
  outerHTML: string;
  querySelectorAll(selector: string): Svg[];
  remove(): void;
  removeAttribute(name: string): void;
}

/** Numbers in attributes with one decimal: a tenth of a pixel is never seen. */
const rounded = (tag: string) => tag.replace(/-?\d+\.\d{2,}/g, (value) => String(Math.round(Number(value) * 10) / 10));

const bar = /<rect height="([^"]+)" width="([^"]+)" y="([^"]+)" x="([^"]+)"\/>/g;

/** Neighbouring bars of one colour as one path, a third as long. */
const joined = (svg: string) =>
  svg.replace(/(<rect height="[^"]+" width="[^"]+" y="[^"]+" x="[^"]+"\/>)+/g, (bars) => {
    const outline = (_: string, height: string, width: string, y: string, x: string) =>
      `M${x} ${y}h${width}v${height}h-${width}z`;
    return `<path d="${bars.replace(bar, outline)}"/>`;
  });

/**
 * A chart as SVG that takes its colours and fonts from the page's CSS, so that one serves light and dark.
 * @param label what assistive technology reads
 */
export function draw(plot: Plot, label: string, options: PlotOptions & { marks: Markish[] }): Html {
  const { document } = parseHTML("<!doctype html><html><body></body></html>") as unknown as { document: object };
  const svg = plot.plot({ ...options, document }) as unknown as Svg;
  svg.querySelectorAll("style").forEach((style) => style.remove());
  for (const name of ["font-family", "font-size", "fill", "class"]) svg.removeAttribute(name);
  // Plot's labels would be announced one by one
  svg.querySelectorAll("[aria-label]").forEach((part) => part.removeAttribute("aria-label"));
  // linkedom escapes quotes alone in attributes
  const named = `<svg role="img" aria-label="${escape(label)}"`;
  const drawn = joined(
    svg.outerHTML
      .replace(/<[a-z][^>]*>/g, rounded)
      .replace(/ \/>/g, "/>")
      .replaceAll("<path/>", ""),
  );
  return new Html(named + drawn.slice("<svg".length));
}
