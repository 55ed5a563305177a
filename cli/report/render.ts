import type { ReportData } from "./data";
import { headOf } from "./header";
import { pageOf } from "./page";
import { loadPlot } from "./plot";
import { hoursOfTheWeek, lengthsOfTrips } from "./sections/hours";
import { netFlows, stationMap, topStationsAndRoutes } from "./sections/places";
import { lateness, rejectedByMonth } from "./sections/quality";
import { growthByCounty, kindsByMonth, tripsByMonth } from "./sections/time";

/** The report as one HTML file. */
export async function render(data: ReportData): Promise<string> {
  const plot = await loadPlot();
  return pageOf({
    ...headOf(data),
    sections: [
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
    ],
  });
}
