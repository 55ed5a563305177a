import type { BigQueryLab, Emulator } from "../../../../lab/bigQueryLab";

/** What real BigQuery gives in one situation, and the bundled emulator without patches does not. */
export interface Case {
  /** File of local/bigquery/patches or local/bigquery/wrapper, without its ending. */
  patch: string;
  title: string;
  /** What happens, on either emulator. */
  run: (emulator: Emulator, lab: BigQueryLab) => Promise<unknown>;
  /** What BigQuery gives. Times and texts of numbers were taken from ZetaSQL, its reference implementation. */
  expected: unknown;
}

/** The rows of one statement, after others. */
const rows =
  (...statements: string[]): Case["run"] =>
  (emulator) =>
    emulator.rows(statements);

/** Rows with their types, or the error, of one statement, after others. */
export const result =
  (...statements: string[]): Case["run"] =>
  (emulator) =>
    emulator.query(statements);

/** Status and reason of the error that one statement gives, after others; undefined when it succeeds. */
export const refusal =
  (...statements: string[]): Case["run"] =>
  async (emulator) => {
    const outcome = await emulator.query(statements);
    return "reason" in outcome ? { status: outcome.status, reason: outcome.reason } : undefined;
  };

/** Cases whose outcome is a value. */
export const valueCases: Case[] = [
  {
    patch: "array_positions",
    title: "counts the elements of an array from 0 where a column holds the position",
    run: rows("select ['a', 'b'][offset(i)], ['a', 'b'][safe_offset(i + 1)] from unnest([0, 1]) as i order by i"),
    expected: [
      ["a", "b"],
      ["b", null],
    ],
  },
  {
    patch: "array_text",
    title: "joins an array of nulls to an empty text",
    run: rows(
      "select array_to_string([cast(null as string), null], ', '), array_to_string(cast([] as array<string>), ', '), array_to_string(cast(null as array<string>), ', '), array_to_string(['a', null, 'b'], ', '), array_to_string(['a', null], ', ', '?')",
    ),
    expected: [["", "", null, "a, b", "a, ?"]],
  },
  {
    patch: "date_type",
    title: "truncates a date to a date",
    run: result("select date_trunc(a, month), date_trunc(a, year) from unnest([date '2024-02-29']) as a"),
    expected: { types: ["DATE", "DATE"], rows: [["2024-02-01", "2024-01-01"]] },
  },
  {
    patch: "text_casts",
    title: "refuses texts that are neither time nor number",
    run: rows(
      "select safe_cast(x as datetime), safe_cast(y as float64) from (select '2024-11-03 24:00:00' as x, '1_000' as y) union all select safe_cast('2024-11-03 01:30:00.1234567' as datetime), 1.0 union all select safe_cast('2024-11-03 01:30:00.5' as datetime), safe_cast('2.5' as float64) order by 2",
    ),
    expected: [
      [null, null],
      [null, "1.0"],
      ["2024-11-03T01:30:00.500000", "2.5"],
    ],
  },
  {
    patch: "trimmed_blanks",
    title: "trims all white space where no characters are named",
    run: rows(
      "select trim(x), ltrim(x), rtrim(x), trim(x, 'a') from (select concat(chr(9), ' a b', chr(160), chr(13), chr(10)) as x)",
    ),
    expected: [["a b", "a b\u00a0\r\n", "\t a b", "\t a b\u00a0\r\n"]],
  },
  {
    patch: "valid_outlines",
    title: "refuses an outline that crosses itself",
    run: refusal("select st_geogfromtext(x) from (select 'POLYGON((0 0, 2 2, 2 0, 0 2, 0 0))' as x)"),
    expected: { status: 400, reason: "invalidQuery" },
  },
  {
    patch: "clock_changes",
    title: "takes the first of the two hours when clocks go back",
    run: rows(
      "create or replace table lab.night as select datetime '2024-11-03 00:50:00' as started_at, datetime '2024-11-03 01:10:00' as ended_at union all select datetime '2024-11-03 00:50:00', datetime '2024-11-03 02:10:00'",
      "select timestamp_diff(timestamp(ended_at, 'America/Los_Angeles'), timestamp(started_at, 'America/Los_Angeles'), minute) from lab.night order by ended_at",
    ),
    expected: [["20"], ["140"]],
  },
  {
    patch: "geography_type",
    title: "returns shapes with BigQuery's type and text",
    run: result("select st_geogpoint(-122.4, 37.7), st_geogfromtext('MULTIPOLYGON(((0 0, 2 0, 2 2, 0 2, 0 0)))')"),
    expected: {
      types: ["GEOGRAPHY", "GEOGRAPHY"],
      rows: [["POINT(-122.4 37.7)", "MULTIPOLYGON(((0 0, 2 0, 2 2, 0 2, 0 0)))"]],
    },
  },
  {
    patch: "geography_type",
    title: "keeps the type of a table's column",
    run: async (emulator) => {
      await emulator.rows("create or replace table lab.places as select 'a' as id, st_geogpoint(1, 2) as place");
      const { fields } = (await emulator.table("places")).schema as { fields: { name: string; type: string }[] };
      return fields.map(({ name, type }) => [name, type]);
    },
    expected: [
      ["id", "STRING"],
      ["place", "GEOGRAPHY"],
    ],
  },
  {
    patch: "quantile_index",
    title: "returns the requested element of approx_quantiles",
    run: rows(
      "select approx_quantiles(x, 100)[offset(50)], approx_quantiles(x, 4)[ordinal(1)], approx_quantiles(x, 2)[safe_offset(1)] from unnest(generate_array(0, 1000)) as x",
    ),
    expected: [["500", "0", "500"]],
  },
  {
    patch: "sphere_distance",
    title: "refuses a distance that it does not compute, where stock gives NULL",
    run: result("select st_distance(st_geogpoint(0, 0), st_geogfromtext('LINESTRING(1 1, 2 2)'))"),
    expected: { status: 400, reason: "invalidQuery", message: "ST_DISTANCE: only emulated between points" },
  },
  {
    patch: "timestamp_diff",
    title: "counts whole intervals, towards zero, in views too",
    run: rows(
      `create or replace view lab.durations as select
         timestamp_diff(timestamp '2024-01-01 00:00:02.1', timestamp '2024-01-01 00:00:00.9', second) as seconds,
         timestamp_diff(timestamp '2024-01-01 00:00:00.9', timestamp '2024-01-01 00:00:02.1', second) as negative,
         timestamp_diff(timestamp '2024-01-02', timestamp '2024-01-01 12:00:00', day) as days`,
      "select d.seconds, d.negative, d.days from lab.durations as d",
    ),
    expected: [["1", "-1", "0"]],
  },
];
