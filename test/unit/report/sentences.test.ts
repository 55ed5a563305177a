import assert from "node:assert/strict";
import { flowColour, flowStepsOf } from "../../../cli/report/charts/map";
import type { ReportData } from "../../../cli/report/data";
import { headOf, spans } from "../../../cli/report/header";
import { loadPlot, type Plot } from "../../../cli/report/plot";
import { hoursOfTheWeek, lengthsOfTrips } from "../../../cli/report/sections/hours";
import { netFlows, stationMap, topStationsAndRoutes } from "../../../cli/report/sections/places";
import { lateness, rejectedByMonth } from "../../../cli/report/sections/quality";
import { growthByCounty, kindsByMonth, tripsByMonth } from "../../../cli/report/sections/time";
import { change, cut, decimal, gapsIn, percent, signed, weekdaysIn } from "../../../cli/report/text";
import { reportData } from "../../support/reportData";

describe("the numbers of the report", () => {
  it("have one form each", () => {
    assert.deepEqual([decimal(12.34), decimal(-0.01), decimal(1234)], ["12.3", "0.0", "1,234.0"]);
    assert.deepEqual([percent(0.4826), percent(0.0004), percent(0), percent(1)], ["48.3%", "0.04%", "0.0%", "100.0%"]);
    assert.deepEqual([signed(2.06), signed(-3), signed(-0.04)], ["+2.1", "−3.0", "0.0"]);
    assert.equal(change(-12.34), "−12.3%");
    assert.deepEqual([cut("Market St", 9), cut("Market St at 10th", 10)], ["Market St", "Market St…"]);
  });

  it("count the days of months, also of a leap year", () => {
    assert.deepEqual(weekdaysIn(["2024-02"]), [4, 4, 4, 5, 4, 4, 4]);
    assert.deepEqual(weekdaysIn(["2026-09", "2026-08"]), [9, 9, 9, 8, 8, 9, 9]);
  });

  it("name gaps between months, and spans of them", () => {
    const gaps = gapsIn(["2018-12", "2019-02", "2019-05"]);
    assert.deepEqual(gaps, ["2019-01", "2019-03", "2019-04"]);
    assert.equal(spans(gaps), "Jan 2019, Mar 2019 – Apr 2019");
  });

  it("give net flows seven colours, the strongest from what one station in twenty reaches", () => {
    const steps = flowStepsOf(Array.from({ length: 100 }, (_, i) => (i % 2 ? i : -i) / 10));
    assert.deepEqual(steps, [2, 5, 10]);
    const colours = [-12, -6, -2, 1.9, 2, 5, 10].map((flow) => flowColour(flow, steps));
    assert.deepEqual(colours, [
      "var(--out3)",
      "var(--out2)",
      "var(--out1)",
      "var(--f0)",
      "var(--in1)",
      "var(--in2)",
      "var(--in3)",
    ]);
    assert.deepEqual(
      [flowStepsOf([]), flowStepsOf([0, 0])],
      [
        [0.2, 0.5, 1],
        [0.2, 0.5, 1],
      ],
    );
    assert.equal(flowStepsOf([30, 20])[2], 20);
  });
});

describe("the head of the report", () => {
  const factsOf = (data: ReportData) => Object.fromEntries(headOf(data).facts);

  it("says what, which months, when it was built and what isn't there", () => {
    const data = {
      ...reportData({ from: "2025-08", without: ["2025-09", "2026-01", "2026-02"] }),
      unbuilt: ["2026-02"],
    };
    const { summary, tilesTitle } = headOf(data);
    assert.match(summary, /^August 2025 – September 2026: [\d,]+ Bay Wheels trips in 11 months\.$/);
    assert.equal(tilesTitle, "September 2026");
    assert.deepEqual(factsOf(data), {
      Built: "Oct 20, 2026, 12:34 UTC; newest load of Oct 15, 2026",
      Source: "dataset a-project.bay_wheels, stack local",
      "Months not loaded": "Sep 2025, Jan 2026",
      "Loaded, but not built yet": "Feb 2026",
    });
  });

  it("says that months are generated where they are, and what was read where it's counted", () => {
    const data = reportData();
    assert.match(headOf(data).banner!, /are generated/);
    assert.equal(headOf({ ...data, generated: false }).banner, undefined);
    assert.equal(factsOf({ ...data, bytes: 0 })["Read for this report"], "0.0 MiB from BigQuery");
    assert.equal(factsOf({ ...data, bytes: 123_456_789 })["Read for this report"], "117.7 MiB from BigQuery");
  });

  const tiles = (data: ReportData) => headOf(data).tiles.map(({ value, context }) => `${value} | ${context}`);

  it("compares the newest month with the range, the month before and the year before", () => {
    assert.deepEqual(tiles(reportData({ from: "2025-09" })), [
      "138,000 | 1,677,000 in all 13 months",
      "+15.0% | from September 2025",
      "8.0% | 3.9% over all 13 months",
      "67.0% | 68.5% over all 13 months",
      "11.2 | 11.1 in August 2026",
      "1.9 | 1.8 in August 2026",
    ]);
  });

  it("says what it can't compare with", () => {
    assert.deepEqual(tiles(reportData({ from: "2026-09" })), [
      "120,000 | the only month",
      "– | September 2025 isn't loaded",
      "0.0% | the only month",
      "70.0% | the only month",
      "11.0 | the only month",
      "1.8 | the only month",
    ]);
    const without = reportData({ from: "2026-07", without: ["2026-08"] });
    assert.equal(tiles(without)[4], "11.2 | 11.0 in July 2026");
  });
});

describe("the sentences of the report", () => {
  let plot: Plot;
  before(async () => (plot = await loadPlot()));
  const read = (data: ReportData): Record<string, string> =>
    Object.fromEntries(
      [
        tripsByMonth(plot, data),
        ...kindsByMonth(plot, data),
        hoursOfTheWeek(plot, data),
        ...lengthsOfTrips(plot, data),
        stationMap(plot, data),
        ...topStationsAndRoutes(plot, data),
        ...netFlows(plot, data),
        growthByCounty(plot, data),
        rejectedByMonth(plot, data),
        lateness(plot, data),
      ].map(({ id, sentence }) => [id, sentence]),
    );

  it("say what three months show", () => {
    const data = reportData();
    const station = { lat: 37.77, lng: -122.42, county: "San Francisco" };
    data.stations = [
      { ...station, name: "Ferry", starts: 920, ends: 1380, morningNet: 920, eveningNet: -230 },
      { ...station, name: "Hill", starts: 700, ends: 240, morningNet: -460, eveningNet: 92 },
    ];
    assert.deepEqual(read(data), {
      trips: "September 2026 had 144,651 trips, 7.9% more than August 2026 and more than any other month here.",
      bikes: "Electric bikes made 1.3% of the trips in September 2026, up from 0.7% in August 2026.",
      riders: "Members made 69.5% of the trips in September 2026, down from 70.0% in July 2026.",
      hours:
        "The busiest hour is Monday, 17:00–18:00, with 230.8 trips on average; the quietest is Monday, 0:00–1:00, with 0.0.",
      duration: "54.9% of the trips are shorter than 15 minutes, 0.1% take 60 minutes or more.",
      distance: "50.3% of the trips are shorter than 2 km, 0.1% take 10 km or more.",
      map: "Ferry is the busiest of 2 stations; Ferry gains the most bikes (+5.0 per day), and Hill loses the most (−5.0).",
      stations: "The first 2 of 2 stations have 100.0% of all starts and ends.",
      routes:
        "0th Street at Mission Avenue (round trip) was ridden most, 900 times; of the first 10, 3 are round trips.",
      morning:
        "On an average morning, Ferry gains 10.0 bikes and Hill loses 5.0; at all stations that gain, 10 pile up.",
      evening: "On an average evening, Hill gains 1.0 bikes and Ferry loses 2.5; at all stations that gain, 1 pile up.",
      growth:
        "Compared with the month before, trips in September 2026 did best in Alameda (+8.5%) and worst in San Francisco (+7.8%).",
      rejected: "1,278 of 399,929 published rows (0.3%) were rejected, most often as “over a day” (363).",
      lateness:
        "Half of the months were published within 5 days of their end; the latest, September 2026, took 6 days.",
    });
  });

  it("change with the data", () => {
    const years = read(reportData({ from: "2024-01", to: "2026-08" }));
    assert.match(years.trips!, /^August 2026 had [\d,]+ trips, .+; the busiest month was .+ with [\d,]+\.$/);
    assert.match(
      years.growth!,
      /^Compared with a year before, trips in August 2026 did best in Alameda \(\+[\d.]+%\) and worst in San/,
    );
    const one = read(reportData({ from: "2026-09" }));
    assert.equal(one.trips, "September 2026 had 120,000 trips.");
    assert.equal(one.riders, "Members made 70.0% of the trips in September 2026.");
    assert.equal(
      one.growth,
      "San Francisco had the most trips in September 2026, 81,600; there's no earlier month to compare with.",
    );
  });

  it("say so where there is nothing", () => {
    const empty = { ...reportData(), stations: [], routes: [], lengths: [], quality: [], growth: [] };
    const sentences = read(empty);
    assert.equal(sentences.map, "No trip started or ended at a station.");
    assert.equal(sentences.routes, "No trip went from station to station.");
    assert.equal(sentences.distance, "No trip has a known length.");
    assert.equal(sentences.morning, "No station gains or loses bikes in the morning.");
    assert.equal(sentences.rejected, "None of the 0 published rows was rejected.");
    assert.equal(sentences.lateness, "No month says when it was published.");
    assert.equal(sentences.growth, "No trip started in a county.");
  });
});
