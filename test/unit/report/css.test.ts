import assert from "node:assert/strict";
import { css } from "../../../cli/report/css";

type Colours = Record<string, string>;

/** Colours of both schemes: the dark one overrides some of the light one's. */
function schemes(): Record<string, Colours> {
  const [light, dark] = css.split("@media(prefers-color-scheme:dark)") as [string, string];
  const read = (text: string): Colours =>
    Object.fromEntries(
      [...text.split("}")[0]!.matchAll(/--([\w-]+):(#\w+)/g)].map(([, name, value]) => [name!, value!]),
    );
  return { light: read(light), dark: { ...read(light), ...read(dark) } };
}

/** Relative luminance, by WCAG 2. */
function luminance(colour: string): number {
  const digits = colour.length === 4 ? [...colour.slice(1)].map((digit) => digit + digit) : colour.match(/\w\w/g)!;
  const [red, green, blue] = digits.map((pair) => {
    const value = parseInt(pair, 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(a: string, b: string): number {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

describe("the report's colours", () => {
  for (const [scheme, colours] of Object.entries(schemes())) {
    const at = (name: string) => colours[name] ?? assert.fail(name);
    for (const [text, ground] of [
      ...["paper", "land", "water"].map((ground) => ["ink", ground]),
      ["soft", "paper"],
      ["note-ink", "note"],
    ] as [string, string][])
      it(`have a contrast of 4.5 for text: ${text} on ${ground}, ${scheme}`, () => {
        const found = contrast(at(text), at(ground));
        assert.ok(found >= 4.5, found.toFixed(2));
      });

    it(`have a contrast of 3 for bars on the page, and for what surrounds a station on the map, ${scheme}`, () => {
      const low = ["c1", "c2", "c3", "c4", "c5", "in", "out"].filter((bar) => contrast(at(bar), at("paper")) < 3);
      assert.deepEqual(low, []);
      const faint = ["f0", "in1", "in2", "in3", "out1", "out2", "out3"].filter(
        (dot) => Math.max(contrast(at(dot), at("land")), contrast(at("rim"), at("land"))) < 3,
      );
      assert.deepEqual(faint, []);
    });

    it(`of neighbouring steps differ in lightness, which every eye sees, ${scheme}`, () => {
      for (const scale of [
        ["s0", "s1", "s2", "s3", "s4", "s5", "s6"],
        ["in1", "in2", "in3"],
        ["out1", "out2", "out3"],
      ]) {
        const steps = scale.map((name) => luminance(at(name)));
        const ratios = steps
          .slice(1)
          .map((step, i) => contrast(at(scale[i]!), at(scale[i + 1]!)) * Math.sign(step - steps[i]!));
        const direction = Math.sign(ratios[0]!);
        assert.ok(
          ratios.every((ratio) => ratio * direction >= 1.2),
          `${scale.join()}: ${ratios.map((each) => each.toFixed(2)).join()}`,
        );
      }
    });
  }
});
