type Point = [number, number];

/** Degrees by which a simplified outline may be off: about 40 metres, less than a pixel of the report's maps. */
const tolerance = 0.0004;

/** Distance of a point from the line through two others; from the first one where they are the same. */
function offset([x, y]: Point, [ax, ay]: Point, [bx, by]: Point): number {
  const length = Math.hypot(bx - ax, by - ay);
  if (length === 0) return Math.hypot(x - ax, y - ay);
  return Math.abs((bx - ax) * (ay - y) - (ax - x) * (by - ay)) / length;
}

/** Drops the points of a line that nobody would see (Douglas and Peucker). */
export function simplify(points: Point[]): Point[] {
  const kept = new Set([0, points.length - 1]);
  const spans: Point[] = [[0, points.length - 1]];
  for (let span = spans.pop(); span !== undefined; span = spans.pop()) {
    const [first, last] = span;
    let [farthest, most] = [0, tolerance];
    for (let i = first + 1; i < last; i++) {
      const distance = offset(points[i]!, points[first]!, points[last]!);
      if (distance > most) [farthest, most] = [i, distance];
    }
    if (farthest === 0) continue;
    kept.add(farthest);
    spans.push([first, farthest], [farthest, last]);
  }
  return points.filter((_, i) => kept.has(i));
}

/** Rings of a (multi)polygon in well-known text, simplified; those that vanish are left out. */
export function ringsOf(wkt: string): Point[][] {
  const rings = [...wkt.matchAll(/\(([^()]+)\)/g)].map(([, text]) =>
    text!.split(",").map((point) => point.trim().split(/\s+/).map(Number) as Point),
  );
  return rings.map(simplify).filter((ring) => ring.length > 3);
}
