import assert from "node:assert/strict";
import { ringsOf, simplify } from "../../../cli/report/outlines";

describe("the outlines of the report's map", () => {
  it("lose points that lie within 40 metres of a straight line, and no others", () => {
    const corner: [number, number] = [0.5, 0.001];
    const line: [number, number][] = [[0, 0], [0.1, 0.0003], corner, [0.9, -0.0001], [1, 0]];
    assert.deepEqual(simplify(line), [[0, 0], corner, [1, 0]]);
  });

  it("are read from polygons with holes and from several polygons, with or without blanks", () => {
    const [a, b] = ["(0 0, 1 0, 1 1, 0 0)", "( -122.5 37.5,-122 37.5,-122 38,-122.5 37.5 )"];
    const rings = [
      [
        [0, 0],
        [1, 0],
        [1, 1],
        [0, 0],
      ],
      [
        [-122.5, 37.5],
        [-122, 37.5],
        [-122, 38],
        [-122.5, 37.5],
      ],
    ];
    assert.deepEqual(ringsOf(`POLYGON (${a}, ${b})`), rings);
    assert.deepEqual(ringsOf(`MULTIPOLYGON((${a}), (${b}))`), rings);
  });

  it("leave out what is smaller than a pixel, and an outline that isn't known", () => {
    assert.deepEqual(ringsOf("POLYGON((0 0, 0.0001 0, 0.0001 0.0001, 0 0))"), []);
    assert.deepEqual(ringsOf(""), []);
  });
});
