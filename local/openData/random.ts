import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { mersenne } from "pure-rand/generator/mersenne";

/**
 * Reproducible random numbers. Code that uses them is limited to operations that IEEE 754 defines to the last bit (no
 * sine, no logarithm), so that every machine generates the same data.
 */
export class Random {
  private readonly generator;

  constructor(seed: number) {
    this.generator = mersenne(seed);
  }

  /** A number of at least `low` and below `high`. */
  between(low: number, high: number): number {
    return low + (high - low) * uniformFloat64(this.generator);
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return uniformFloat64(this.generator) < probability;
  }

  /** 32 random bits as a non-negative number. */
  bits(): number {
    return this.generator.next() >>> 0;
  }

  /** A random index, by weights that were summed up by {@link cumulative}. */
  pick(sums: Float64Array): number {
    const wanted = this.between(0, sums[sums.length - 1]!);
    let low = 0;
    for (let high = sums.length - 1; low < high;) {
      const middle = (low + high) >>> 1;
      if (sums[middle]! > wanted) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

/** Running sums of non-negative weights, for {@link Random.pick}. */
export function cumulative(weights: readonly number[]): Float64Array {
  let sum = 0;
  return Float64Array.from(weights, (weight) => (sum += weight));
}
