import assert from "node:assert/strict";
import { parseHTML } from "linkedom";
import type { ReportData } from "../../../cli/report/data";
import { render } from "../../../cli/report/render";
import { reportData } from "../../support/reportData";

/** What is used of a parsed page: this project has no browser's types. */
interface Element {
  textContent: string;
  outerHTML: string;
  tagName: string;
  attributes: { name: string; value: string }[];
  getAttribute(name: string): string | null;
  querySelector(selector: string): Element | null;
  querySelectorAll(selector: string): Element[];
}

/** Elements in an array of their own: linkedom's has another prototype. */
const all = (page: Element, selector: string) => [...page.querySelectorAll(selector)];

async function pageOf(data: ReportData): Promise<Element> {
  return (parseHTML(await render(data)) as unknown as { document: Element }).document;
}

const everyMonth = { from: "2018-01", to: "2025-12", stations: 550 };

describe("the report's page", () => {
  it("has at most 500 KB for eight years and 550 stations, drawn within 15 s", async function () {
    this.timeout("15s");
    const size = Buffer.byteLength(await render(reportData(everyMonth)));
    assert.ok(size < 500_000 && size > 200_000, `${size}`);
  });

  it("has no place for a number that isn't known", async () => {
    for (const size of [
      {},
      { from: "2026-09" },
      { from: "2025-01", without: ["2025-09"] },
      { stations: 0 },
      { stations: 5 },
    ]) {
      const page = await render(reportData(size));
      assert.doesNotMatch(page.replace(/<style>.*?<\/style>/s, ""), /NaN|undefined|null|Infinity|\[object/);
    }
  });

  it("has three maps with land and a scale, also where there are no stations", async () => {
    for (const stations of [0, 5, 40]) {
      const page = await pageOf(reportData({ stations }));
      const maps = all(page, "#map svg");
      assert.equal(maps.length, 3);
      for (const { outerHTML } of maps) assert.match(outerHTML, /fill="var\(--land\)"[^>]*><path d="M[^]*>2 km</);
    }
  });

  it("has for every chart a title, a sentence, a name for those who don't see it, and its numbers", async () => {
    const page = await pageOf(reportData());
    const sections = all(page, "section[id]");
    assert.deepEqual(
      sections.map((section) => section.getAttribute("id")),
      [
        ...["trips", "bikes", "riders", "hours", "duration", "distance", "map", "stations", "routes"],
        ...["morning", "evening", "growth", "rejected", "lateness"],
      ],
    );
    for (const section of sections) {
      const id = section.getAttribute("id")!;
      assert.ok(section.querySelector("h2")!.textContent.length > 5, id);
      assert.match(section.querySelector("p")!.textContent, /\d.*\.$/, id);
      assert.ok(all(section, "details td").length > 2, id);
      const svgs = all(section, "svg");
      assert.ok(svgs.length > 0, id);
      for (const svg of svgs) {
        assert.equal(svg.getAttribute("role"), "img", id);
        assert.ok(svg.getAttribute("aria-label")!.length > 10, id);
      }
    }
  });

  it("holds no script and no address, and forbids both", async () => {
    const page = await pageOf(reportData(everyMonth));
    assert.deepEqual(all(page, "script, iframe, object, embed, form, base, use, image"), []);
    const attributes = all(page, "*").flatMap((element) => [...element.attributes]);
    assert.ok(attributes.length > 1000);
    const outside = attributes.filter(({ name, value }) => /^on|^src|href|action/.test(name) && value !== "data:,");
    assert.deepEqual(
      outside.map(({ name, value }) => `${name}=${value}`),
      [],
    );
    assert.doesNotMatch(page.querySelector("style")!.textContent, /url\(|@import/);
    assert.match(page.querySelector("meta[http-equiv]")!.getAttribute("content")!, /^default-src 'none'; /);
  });

  it("takes its colours from variables that both colour schemes set", async () => {
    const page = await pageOf(reportData());
    const svgs = all(page, "svg").map((svg) => svg.outerHTML);
    const colours = svgs.flatMap((svg) => [...svg.matchAll(/(?:fill|stroke)="([^"]+)"/g)].map(([, colour]) => colour!));
    const fixed = colours.filter((colour) => !/^(var\(--\w+\)|none|currentColor|inherit)$/.test(colour));
    assert.deepEqual(fixed, []);
    const css = page.querySelector("style")!.textContent;
    const [light, dark] = css.split("@media(prefers-color-scheme:dark)") as [string, string];
    for (const colour of new Set(colours.filter((each) => each.startsWith("var"))))
      for (const scheme of [light, dark.split("}")[0]!]) assert.ok(scheme.includes(`${colour.slice(4, -1)}:#`), colour);
  });

  /** Bars, text and bands of a chart on a phone. */
  const phone = (page: Element, id: string) => page.querySelector(`#${id} .n svg`)!.outerHTML;

  it("leaves a gap for each month that isn't loaded, marked and explained", async () => {
    const whole = await pageOf(reportData({ from: "2025-01" }));
    assert.doesNotMatch(phone(whole, "trips"), /--gap/);
    assert.equal(whole.querySelector("#trips .legend"), null);
    const gaps = await pageOf(reportData({ from: "2025-01", without: ["2025-09", "2025-10", "2026-02"] }));
    const bands = /fill="var\(--gap\)"[^>]*><path d="([^"]+)"/.exec(phone(gaps, "trips"))![1]!;
    assert.equal(bands.split("M").length - 1, 3);
    const bars = /fill="var\(--c1\)"[^>]*><path d="([^"]+)"/.exec(phone(gaps, "trips"))![1]!;
    assert.equal(bars.split("M").length - 1, 18);
    assert.equal(gaps.querySelector("#trips .legend")!.textContent.trim(), "month not loaded");
    assert.equal(all(gaps, "#trips tbody tr").length, 18);
  });

  it("shows names of stations, kinds, reasons and counties as text, whatever they are", async () => {
    const hostile = `</title></svg><script>alert("1")</script><img src=x onerror='alert(2)'>&amp;"`;
    const data = reportData();
    for (const station of data.stations.slice(0, 5)) Object.assign(station, { name: hostile, county: hostile });
    data.stations[0]!.morningNet = data.stations[0]!.eveningNet = 99_999;
    for (const route of data.routes) Object.assign(route, { from: hostile, to: hostile });
    for (const row of data.trips) if (row.value === "classic_bike" || row.value === "casual") row.value = hostile;
    for (const row of data.quality) if (row.outcome === "duplicate") row.outcome = hostile;
    for (const row of data.growth) if (row.county === "Alameda") row.county = hostile;
    const page = await pageOf({ ...data, dataset: hostile });
    assert.deepEqual(all(page, "script, img"), []);
    assert.equal(all(page, "section[id]").length, 14);
    for (const selector of [
      "#map tbody th",
      "#routes tbody td",
      "#rejected th",
      "#growth th",
      ".facts",
      "#bikes .legend",
    ]) {
      const texts = all(page, selector).map(({ textContent }) => textContent);
      assert.ok(
        texts.some((text) => text.includes(hostile)),
        selector,
      );
    }
    assert.ok(page.querySelector("#map svg title")!.textContent.startsWith(hostile));
    assert.ok(page.querySelector("#map svg")!.getAttribute("aria-label")!.includes(hostile));
  });

  it("isn't confused by a kind that is called like a part of JavaScript", async () => {
    const data = reportData();
    for (const row of data.trips) if (row.value === "docked_bike") row.value = "constructor";
    for (const row of data.quality) if (row.outcome === "duplicate") row.outcome = "__proto__";
    const page = await pageOf(data);
    assert.match(page.querySelector("#bikes .legend")!.textContent, /constructor/);
  });
});
