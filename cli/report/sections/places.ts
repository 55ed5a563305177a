import { ranking, type Ranked } from "../charts/distributions";
import { flowColour, flowStepsOf, insets, mapChart, within } from "../charts/map";
import type { ReportData, Route, Station } from "../data";
import { atBothSizes, legend, type Section } from "../page";
import type { Plot } from "../plot";
import { count, daysIn, markup, most, percent, signed, sum, whole } from "../text";

const visits = ({ starts, ends }: Station) => starts + ends;

/** Names of the seven colours of a net flow. */
function legendOfFlows([low, middle, high]: [number, number, number]) {
  const steps = [low, middle, high];
  return legend(
    [
      [`loses ${high} or more`, -high],
      [`${middle}–${high}`, -middle],
      [`${low}–${middle}`, -low],
      [`within ${low}`, 0],
      [`gains ${low}–${middle}`, low],
      [`${middle}–${high}`, middle],
      [`${high} or more`, high],
    ].map(([name, value]) => [name as string, flowColour(value as number, steps)]),
  );
}

/** Stations on a map: three insets, since the areas lie far apart. */
export function stationMap(plot: Plot, { stations, counties, months }: ReportData): Section {
  const days = daysIn(months);
  const net = ({ starts, ends }: Station) => (ends - starts) / days;
  const steps = flowStepsOf(stations.map(net));
  const [busiest, gains, loses] = [most(stations, visits), most(stations, net), most(stations, (each) => -net(each))];
  const shown = insets.map((inset) => ({ inset, number: within(inset, stations).length }));
  const absent = stations.length - sum(shown, ({ number }) => number);
  return {
    ...{ id: "map", title: "Stations by trips and net flow" },
    sentence:
      busiest && gains && loses
        ? `${busiest.name} is the busiest of ${count(stations.length, "station")}; ${gains.name} gains the most bikes ` +
          `(${signed(net(gains))} per day), and ${loses.name} loses the most (${signed(net(loses))}).`
        : "No trip started or ended at a station.",
    chart: (label) => {
      const panels = shown.map(({ inset, number }) => {
        const name = `${inset.name}: ${count(number, "station")}`;
        const map = mapChart(plot, `${label} ${name}`, inset, { stations, counties, days, steps });
        return markup`<div><h3>${name}</h3>${map}</div>`;
      });
      return markup`${legendOfFlows(steps)}<div class="maps">${panels}</div>`;
    },
    note:
      "Colour: bikes per day that arrive minus those that leave. Area of a circle: starts and ends, on one scale." +
      (absent > 0 ? ` Only in the table: ${count(absent, "station")} elsewhere or at an unknown place.` : ""),
    numbers: {
      columns: ["Station", "County", "Starts", "Ends", "Net per day"],
      rows: stations.map((row) => [row.name, row.county ?? "–", whole(row.starts), whole(row.ends), signed(net(row))]),
    },
  };
}

const ranked = (plot: Plot, label: string, rows: Ranked[]) =>
  markup`<div class="rank">${atBothSizes((width) => ranking(plot, label, rows, width), true)}</div>`;

const routeName = ({ from, to }: Route) => (from === to ? `${from} (round trip)` : `${from} → ${to}`);

/** The ten busiest stations, and the ten most popular routes. */
export function topStationsAndRoutes(plot: Plot, { stations, routes }: ReportData): Section[] {
  const [top, best] = [stations.slice(0, 10), routes.slice(0, 10)];
  const share = percent(sum(top, visits) / (sum(stations, visits) || 1));
  const round = best.filter(({ from, to }) => from === to).length;
  return [
    {
      ...{ id: "stations", title: "Busiest stations", half: true },
      sentence: `The first ${top.length} of ${count(stations.length, "station")} have ${share} of all starts and ends.`,
      chart: (label) =>
        ranked(
          plot,
          label,
          top.map((row) => ({ name: row.name, value: visits(row), text: whole(visits(row)) })),
        ),
      note: "Starts and ends.",
      numbers: {
        columns: ["Station", "Starts", "Ends"],
        rows: top.map((row) => [row.name, whole(row.starts), whole(row.ends)]),
      },
    },
    {
      ...{ id: "routes", title: "Most popular routes", half: true },
      sentence: best[0]
        ? `${routeName(best[0])} was ridden most, ${count(best[0].trips, "time")}; of the first ${best.length}, ` +
          `${round || "none"} ${round === 1 ? "is a round trip" : "are round trips"}.`
        : "No trip went from station to station.",
      chart: (label) =>
        ranked(
          plot,
          label,
          best.map((row) => ({ name: routeName(row), value: row.trips, text: whole(row.trips) })),
        ),
      note: "Trips, counted in the months in which a route was among the 100 most popular.",
      numbers: { columns: ["From", "To", "Trips"], rows: routes.map((row) => [row.from, row.to, whole(row.trips)]) },
    },
  ];
}

const partsOfTheDay = [
  { id: "morning", hours: "6:00–12:00", of: ({ morningNet }: Station) => morningNet },
  { id: "evening", hours: "18:00–24:00", of: ({ eveningNet }: Station) => eveningNet },
];

/** Where bikes must be moved: the stations that fill up and run empty most, in the morning and in the evening. */
export function netFlows(plot: Plot, { stations, months }: ReportData): Section[] {
  const days = daysIn(months);
  return partsOfTheDay.map(({ id, hours, of }) => {
    const sorted = stations
      .map((station) => ({ name: station.name, value: of(station) / days, text: signed(of(station) / days) }))
      .sort((a, b) => b.value - a.value);
    const fills = sorted.filter(({ value }) => value > 0);
    const empties = sorted.filter(({ value }) => value < 0);
    const rows = [...fills.slice(0, 5), ...empties.slice(-5)];
    const [full, empty] = [fills[0], empties.at(-1)];
    const surplus = whole(sum(fills, ({ value }) => value));
    return {
      ...{ id, title: `Bikes to move in the ${id}`, half: true },
      sentence:
        full && empty
          ? `On an average ${id}, ${full.name} gains ${full.text.slice(1)} bikes and ${empty.name} loses ` +
            `${empty.text.slice(1)}; at all stations that gain, ${surplus} pile up.`
          : `No station gains or loses bikes in the ${id}.`,
      chart: (label) => markup`${rows.length > 0 ? ranked(plot, label, rows) : ""}`,
      note: `Bikes per day that arrive minus those that leave, ${hours}: blue stations fill up, orange ones run empty.`,
      numbers: {
        columns: ["Station", "Net per day"],
        rows: [...fills.slice(0, 25), ...empties.slice(-25)].map(({ name, text }) => [name, text]),
      },
    };
  });
}
