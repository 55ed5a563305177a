const hour = 3_600_000;

/** The `nth` Sunday of a month (0 is January) at 2:00, as a wall-clock time. */
function sundayAtTwo(year: number, month: number, nth: number): number {
  const first = new Date(Date.UTC(year, month, 1)).getUTCDay();
  return Date.UTC(year, month, 1 + ((7 - first) % 7) + 7 * (nth - 1), 2);
}

interface Changes {
  /** 2:00 on the day when clocks go forward to 3:00. */
  forward: number;
  /** 2:00 on the day when clocks go back to 1:00. */
  back: number;
}

const changesByYear = new Map<number, Changes>();

/** The year's clock changes by the Energy Policy Act of 2005: second Sunday of March, first Sunday of November. */
function changes(wall: number): Changes {
  const year = new Date(wall).getUTCFullYear();
  let found = changesByYear.get(year);
  if (!found) {
    found = { forward: sundayAtTwo(year, 2, 2), back: sundayAtTwo(year, 10, 1) };
    changesByYear.set(year, found);
  }
  return found;
}

/** Whether clocks in California skip this time. Times are wall clocks in milliseconds, as if the zone were UTC. */
export function isSkipped(wall: number): boolean {
  const { forward } = changes(wall);
  return wall >= forward && wall < forward + hour;
}

/**
 * The wall clock `elapsed` milliseconds after `wall`. An ambiguous hour counts as the first of the two, so a ride
 * through the end of that hour can seem to end before its start, as in the source.
 */
export function wallAfter(wall: number, elapsed: number): number {
  const { forward, back } = changes(wall);
  const end = wall + elapsed;
  if (wall < forward && end >= forward) return end + hour;
  if (wall < back && end >= back) return end - hour;
  return end;
}
