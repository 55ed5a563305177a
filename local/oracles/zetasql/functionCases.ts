/** Edge values of each type, as elements of an array. */
const values = {
  bool: "[true, false, null]",
  bytes: "[b'', b'a', b'b', md5('a'), md5(''), null]",
  date: "[date '0001-01-01', date '1969-12-31', date '2023-12-31', date '2024-02-29', date '2024-12-30', date '2025-03-31', date '9999-12-30', null]",
  datetime:
    "[datetime '0001-01-01 00:00:00', datetime '1969-12-31 23:59:59.5', datetime '2024-02-29 12:00:00', datetime '2024-11-03 01:30:00', " +
    "datetime '2024-11-03 01:59:59.999999', datetime '2025-03-09 01:59:59.999', datetime '2025-03-09 02:30:00', datetime '2025-03-09 03:00:00', null]",
  float:
    "[0.0, 1.0, -1.0, 0.1, 0.5, 1.5, 2.5, -2.5, 0.0005, 37.7749295, -122.4194155, 1e15, 1e-7, 123456789.125, null]",
  int: "[0, 1, -1, 7, 86400, 9007199254740993, null]",
  string: "['', ' ', 'a', 'A', 'b', 'ride_id', 'two\\nlines', 'Grove St \\'n\\' \"B\"', 'é', '😀', '123', null]",
  timestamp:
    "[timestamp '1969-12-31 23:59:59.5+00', timestamp '2024-11-03 08:30:00+00', timestamp '2024-11-03 09:30:00+00', " +
    "timestamp '2025-03-09 09:59:59.999999+00', timestamp '2025-03-09 10:00:00+00', timestamp '2024-02-29 00:00:00.000001+00', null]",
};
type Kind = keyof typeof values;

/** Every value alone. */
const each = (kind: Kind, columns: string) =>
  `select ${columns} from unnest(${values[kind]}) as a with offset as i order by i`;

/** Every pair of values. */
const pairs = (kind: Kind, columns: string) =>
  `select ${columns} from unnest(${values[kind]}) as a with offset as i cross join unnest(${values[kind]}) as b with offset as j order by i, j`;

/** Every value, over all of them at once. */
const over = (kind: Kind, columns: string) => `select ${columns} from unnest(${values[kind]}) as a`;

const comparisons =
  "a = b, a != b, a < b, a <= b, a > b, a >= b, a is distinct from b, a is null, a in (b), a between b and b";
const zone = "'America/Los_Angeles'";

/**
 * Queries that use every function, operator and cast of the flows and models, over edge values: nulls, fractions,
 * both clock changes, year starts, times before 1970, negative and empty values. test/e2e/5-statements finds those that
 * a run of the pipeline uses and that are missing here.
 */
export const functionCases: Record<string, string> = {
  "comparisons of BOOL": pairs("bool", "a = b, a and b, a or b, not a, a is distinct from b, a is null"),
  "comparisons of BYTES": pairs("bytes", comparisons),
  "comparisons of DATE": pairs("date", comparisons),
  "comparisons of DATETIME": pairs("datetime", comparisons),
  "comparisons of FLOAT64": pairs("float", comparisons),
  "comparisons of INT64": pairs("int", comparisons),
  "comparisons of STRING": pairs("string", comparisons),
  "comparisons of TIMESTAMP": pairs("timestamp", comparisons),

  "sums and differences": each("int", "a + 1, a - 1, a - a, -a"),
  divisions: each("float", "a / 2, a / 1000, a * 2.5"),
  "round to some decimals": each("float", "round(a, 3), round(a, 5), round(a, 0), round(a, 2)"),

  "if and coalesce": pairs(
    "date",
    "if(a < b, a, b), if(a is null, 'none', 'some'), if(a > b, 1.5, null), coalesce(a, b), coalesce(a, b, date '2000-01-01')",
  ),
  "coalesce of other types": pairs("string", "coalesce(a, b), coalesce(a, ''), coalesce(length(a), 0), ifnull(a, b)"),
  "nullif of STRING": pairs("string", "nullif(a, b), nullif(a, ''), nullif(trim(a), '')"),
  "least and greatest": pairs("date", "least(a, b), greatest(a, b), least(a, date '2020-01-01', b)"),
  case: each(
    "datetime",
    `case when extract(hour from a) < 6 then 'night' when extract(hour from a) < 12 then 'morning' when extract(hour from a) < 18 then
     'afternoon' else 'evening' end, case when a > datetime '2024-06-01 00:00:00' then 1 when a is null then 2 end,
     case when a < datetime '2024-06-01 00:00:00' then timestamp(a, ${zone}) when a is null then current_timestamp() end is null`,
  ),

  "casts from STRING": `select a, safe_cast(a as datetime), safe_cast(a as float64), cast(a as string)
    from unnest([
      '', ' ', 'NULL', '2024-11-03 01:30:00', '2024-11-03 01:30:00.1234', '2024-11-03T01:30:00', '2024-11-03', '2024-02-30 00:00:00',
      '2024-11-03 24:00:00', '2024-11-03 01:60:00', '2024-1-3 1:2:3', '11/03/2024 01:30', '2024-11-03 01:30:00.123456',
      '2024-11-03 01:30:00.1234567', '2024-11-03 01:30:00 UTC', '2024-11-03 01:30:00Z', '2024-11-03 01:30:00+00', '2024-11-03 01:30',
      ' 2024-11-03 01:30:00', '2024-11-03 01:30:00 ', '2024-11-03  01:30:00', '2024-11-03 1:30:00', '+1.5', '1e', '--1', ' 37.7 ', '1 0', '1', '-1.5', '1e3', ' 7', '7 ', '.5', '5.', '-0', '1_000',
      '1,5', 'nan', '37.7749', '99999999999999999999', null
    ]) as a with offset as i order by i`,
  "casts from other types": each("date", "cast(a as string), cast(a as date)"),
  "casts from FLOAT64": each("float", "cast(a as float64)"),
  "casts from INT64": each("int", "cast(a as float64), cast(a as string), cast(a as int64)"),
  "casts from TIMESTAMP": each("timestamp", "cast(a as timestamp)"),

  "date of DATETIME": each("datetime", "date(a), datetime(date(a))"),
  "days and months added to DATE": each(
    "date",
    `date_add(a, interval 1 day), date_add(if(a < '9999-01-01', a, null), interval 1 month),
     date_add(if(a < '9999-01-01', a, null), interval 2 month), date_sub(if(a > '0001-06-01', a, null), interval 1 month),
     date_sub(if(a > '0001-06-01', a, null), interval 1 day)`,
  ),
  "parts of DATE": each(
    "date",
    "extract(month from a), extract(quarter from a), extract(year from a), extract(dayofweek from a)",
  ),
  "parts of DATETIME": each("datetime", "extract(hour from a), extract(minute from a), extract(date from a)"),
  "months of DATE": each("date", "date_trunc(a, month), date_trunc(a, year), date_trunc(a, quarter)"),
  "a month and a year before": each(
    "date",
    "date_sub(if(a > '0002-01-01', a, null), interval 1 month), date_sub(if(a > '0002-01-01', a, null), interval 1 year)",
  ),
  "dates as text": each(
    "date",
    "format_date('%A', a), format_date('%Y%m', a), format_date('%Y-%m', a), format_date('%F', a)",
  ),
  "dates from text": `select parse_date('%Y%m', a), parse_date('%Y%m%d', concat(a, '07'))
    from unnest(['201801', '202402', '202412', null]) as a with offset as i order by i`,
  "instants of wall clocks": each(
    "datetime",
    `timestamp(a, ${zone}), datetime(timestamp(a, ${zone}), ${zone}), timestamp_add(timestamp(a, ${zone}), interval 1 hour),
     datetime(timestamp_add(timestamp(a, ${zone}), interval 1 hour), ${zone})`,
  ),
  "wall clocks of instants": each(
    "timestamp",
    `datetime(a, ${zone}), timestamp_add(a, interval 1 hour), date(a, ${zone})`,
  ),
  "differences of instants": pairs(
    "timestamp",
    "timestamp_diff(a, b, second), timestamp_diff(a, b, millisecond), timestamp_diff(a, b, day)",
  ),
  "differences of wall clocks": pairs(
    "datetime",
    "datetime_diff(a, b, second), datetime_diff(a, b, hour), datetime_diff(a, b, day)",
  ),
  "the present instant": `select current_timestamp() > timestamp '2020-01-01 00:00:00+00', current_timestamp() = current_timestamp()`,
  "lists of days": `select d, j from unnest([date '2024-02-28', date '2024-12-30', date '2025-03-08']) as a with offset as i
    cross join unnest(generate_date_array(a, date_add(a, interval 3 day))) as d with offset as j order by i, j`,
  "a list of no days": `select count(*) from unnest(generate_date_array(date '2024-02-02', date '2024-02-01')) as d`,

  "pieces of text": each("string", "trim(a), substr(a, 1, 6), substr(a, 2), concat(a, '-', a), length(a), upper(a)"),
  "fields of a line": `select a, split(a, ','), strpos(a, '"'), starts_with(a, '"'), if(starts_with(a, '"') and length(a) > 1, replace(substr(a, 2, length(a) - 2), '""', '"'), a),
      array_to_string(if(strpos(a, '"') = 0, split(a, ','), regexp_extract_all(concat(a, ','), r'((?:"(?:[^"]|"")*"|[^",]*)),')), ','),
      split(a, ',')[safe_offset(0)], split(a, ',')[safe_offset(1)], split(a, ',')[safe_offset(7)], array_length(split(a, ',')),
      regexp_contains(a, r'^(?:(?:"(?:[^"]|"")*"|[^",]*),){2}(?:(?:"")?,)*(?:"")?$'), regexp_extract(a, r'<Key>(\\d+)')
    from unnest(['', ',', 'a', 'a,b', 'a,,c,', '"a","b, c"', '"a ""x""",b', 'a"b,c', '"a,b', 'a,b,,""', '"",""', 'é,"ü"', '<Key>17</Key>']) as a
      with offset as i order by i`,
  "the first reason that applies": `select a, b, case when a and b then '1' when a and not b then '2' when not a and b then '3' when a then '4' when b then '5' when not a then '6' end,
      coalesce(a, false), case when a then false when b is null then b else a or b end, a and not b or b, if(a, 1, null),
      if(a, timestamp '2024-11-03 08:30:00+00', null)
    from unnest([true, false, null]) as a with offset as i cross join unnest([true, false, null]) as b with offset as j order by i, j`,
  "differences of instants to the microsecond": pairs("timestamp", "timestamp_diff(a, b, microsecond)"),
  "the earlier of two wall clocks": pairs("datetime", "least(a, b), least(a, datetime '9999-01-01')"),
  "lists of months": `select d, j from unnest(generate_date_array(date '2023-11-01', date '2024-03-01', interval 1 month)) as d with offset as j order by j`,
  "texts of a group": `select g, string_agg(a, ', ' order by a), string_agg(if(a = 'a', a, null), ', ' order by a), string_agg(concat(cast(g as string), ' ', a), ', ' order by a)
    from (select mod(i, 3) as g, a from unnest(['b', 'a', null, null, 'é', null, '']) as a with offset as i) group by g order by g`,
  "instants some days on": each("timestamp", "timestamp_add(a, interval 30 day)"),
  "hashes of text": each("string", "md5(a), md5(concat('x', a))"),
  "text found in text": `select a, array_length(regexp_extract_all(a, r'<Key>(20\\d\\d(?:0[1-9]|1[0-2])-[\\w.-]*tripdata[\\w.-]*\\.zip)</Key>')),
      array_to_string(regexp_extract_all(a, r'<Key>(20\\d\\d(?:0[1-9]|1[0-2])-[\\w.-]*tripdata[\\w.-]*\\.zip)</Key>'), '|')
    from unnest([
      '<Key>202401-baywheels-tripdata.csv.zip</Key><Key>202413-x-tripdata.zip</Key><Key>202609-lyftbikes-tripdata.zip</Key>', '<Key></Key>', '', null
    ]) as a with offset as i order by i`,
  "lists as text": `select array_to_string([a, null, 'z'], ', '), array_to_string([if(a = '', null, a)], ',')
    from unnest(['', 'a', 'b c', null]) as a with offset as i order by i`,

  "counts and sums": over(
    "int",
    "count(*), count(a), count(distinct a), countif(a > 0), sum(mod(a, 1000)), max(a), min(a)",
  ),
  "sums and means of fractions": over(
    "float",
    "count(a), round(avg(if(a < 1e6, a, null)), 5), min(a), max(a), round(sum(if(a < 1e6, a, null)), 3)",
  ),
  "means of whole numbers": `select round(sum(cast(round(a * 1000) as int64)) / nullif(count(a), 0) / 1000, 3), cast(round(max(a) * 1e10) as int64)
    from unnest([1.2345, 2.0005, null, -0.0015, 122.4194155]) as a`,
  "a mean over partly rounded places": `select round(avg(a), 5) from unnest([37.774929512, 37.774931, null, 37.77493]) as a`,
  "first and last of DATE": over("date", "min(a), max(a), count(distinct a)"),
  "first and last of DATETIME": over("datetime", "min(a), max(a)"),
  "first and last of STRING": over("string", "min(a), max(a), count(a), count(distinct a)"),
  "first and last of TIMESTAMP": over("timestamp", "min(a), max(a)"),
  "aggregates over no rows": `select count(*), sum(a), min(a), max(a), avg(a), countif(a > 0) from unnest([1]) as a where a > 1`,
  medians: `select g, a, percentile_cont(a, 0.5) over (partition by g), percentile_cont(a / 60, 0.5) over (partition by g)
    from (select if(i < 4, 'few', 'more') as g, a from unnest([60, 75, null, 3, 100, 7, 7, 9007199254740991]) as a with offset as i)
    order by g, a`,
  "medians of fractions": `${over("float", "percentile_cont(a, 0.5) over (), percentile_cont(if(a < 0, null, a), 0.5) over ()")} limit 1`,
  "lists of groups": `select g, array_agg(a order by a), array_agg(distinct a order by a), coalesce(if(g = 0, null, array_agg(a order by a)), [])
    from (select mod(i, 2) as g, a from unnest(['b', 'a', 'B', 'é', 'a', 'a', '']) as a with offset as i)
    group by g order by g`,
  "elements of lists": `select id, element from (select 1 as id, ['b', 'a'] as list union all select 2, [] union all select 3, ['a'])
    cross join unnest(list) as element order by id, element`,
  "a row for each of some texts": `select a, d, case d when 'all' then 'all' when 'own' then coalesce(a, 'unknown') end
    from unnest(['x', null]) as a with offset as i cross join unnest(['all', 'own', 'other']) as d order by i, d`,
  "percent of a number": `select a, b, round(100 * (a - b) / nullif(b, 0), 1), a not between 0 and 86400, sum(a) over () from unnest([0, 1, 3, null]) as a with offset as i
    cross join unnest([0, 3, null]) as b with offset as j order by i, j`,
  "rows numbered in groups": `select a, row_number() over (partition by mod(a, 2) order by a desc)
    from unnest([5, 1, 4, 2, 3]) as a with offset as i order by i`,
  "the first row of a group": `select a, b from (
      select mod(i, 3) as a, i as b from unnest([1, 2, 3, 4, 5, 6, 7]) as i
    ) where true qualify row_number() over (partition by a order by b desc) = 1 order by a`,
  "the first value that is there": `select g, i, first_value(a ignore nulls) over (
      partition by g order by i desc rows between unbounded preceding and unbounded following
    ) from (
      select mod(i, 2) as g, i, case i when 1 then 'x' when 4 then 'y' when 5 then 'z' end as a from unnest([1, 2, 3, 4, 5, 6]) as i
    ) order by g, i`,
  "groups and unions": `select a, count(*) from (
      select a from unnest(['x', 'y', null]) as a union all select b from unnest(['y', null, null]) as b
    ) group by a order by a`,
  "unions without copies": `select a from (
      select a from unnest([1, 2, 2, null]) as a union distinct select b from unnest([2, 3, null]) as b
    ) order by a`,
  "outer joins": `select a, b from unnest([1, 2, null]) as a full outer join unnest([2, 3, null]) as b on a = b order by a, b`,

  "elements of lists by their place": `select h, ['night', 'morning', 'afternoon', 'evening'][offset(div(h, 6))], div(-h, 6), div(h, 5) * 5.0
    from unnest([0, 5, 6, 11, 12, 17, 18, 23]) as h with offset as i order by i`,
  "the first of many reasons": `select n,
      case when n = 1 then 'a' when n = 2 then 'b' when n > 2 then 'c' when n is null then 'd' end,
      case when n = 1 then 'a' when n = 2 then 'b' when n = 3 then 'c' when n > 2 then 'd' when n is null then 'e' end,
      case when n = 1 then 'a' when n = 2 then 'b' when n = 3 then 'c' when n = 4 then 'd' when n = 5 then 'e' when n = 6 then 'f'
        when n > 2 then 'g' end,
      case when n = 1 then 'a' when n = 2 then 'b' when n = 3 then 'c' when n = 4 then 'd' when n = 5 then 'e' when n = 6 then 'f'
        when n = 7 then 'g' when n = 8 then 'h' when n = 9 then 'i' when n > 2 then 'j' end,
      case cast(n as string) when '1' then n when '2' then n + 1 when '3' then n + 2 when '4' then n + 3 end
    from unnest([0, 1, 2, 3, 4, 6, 7, 9, 10, null]) as n with offset as i order by i`,
  "words for nothing": `select a, lower(a) in unnest(['', 'null', r'\\n', 'x']), if(lower(a) in unnest(['', 'null']), null, a), trim(a), rtrim(a, '\\r'),
      regexp_replace(lower(a), r'[^a-z0-9_]', ''), regexp_replace(a, r',(?:"((?:[^"]|"")*)"|([^",]*))', concat(chr(1), r'\\1\\2')), chr(65)
    from unnest(['', 'NULL', '\\\\N', 'X', 'a \\r', ' b\\r\\n', ',"x ""y""",z', ' "Ride_ID"', null]) as a with offset as i order by i`,
  "days between DATE": pairs("date", "date_diff(a, b, day)"),
  "last days of months": each("date", "last_day(a, month)"),
  "months of DATETIME": each(
    "datetime",
    `datetime_trunc(a, month), datetime_add(if(a < '9999-01-01', a, null), interval 2 month),
     datetime_sub(if(a > '0001-06-01', a, null), interval 1 month), if(a > '2024-06-01', null, a), format_datetime('%F %T', if(a > '1000-01-01', a, null))`,
  ),
  "choices of other types": `select if(a, b, null), if(a, [date '2024-02-29', b], array_reverse([b])), least(c, 12), least(c, 20, 7)
    from (
      select true as a, date '2024-01-01' as b, 13 as c union all select false, date '2024-01-02', 5 union all select null, date '2024-01-03', null
    ) order by b`,
  "choices of BOOL": pairs("bool", "if(a, b, null), if(a, true, b), if(a is null, b, a)"),
  "instants from text": `select a, safe_cast(a as timestamp), safe_cast(safe_cast(a as timestamp) as timestamp)
    from unnest(['2024-11-03T01:30:00.000Z', '2024-02-29 12:00:00+00', '2024-02-30T00:00:00Z', '2024-11-03', '', 'x', null]) as a
      with offset as i order by i`,
  "instants as text": each("timestamp", "format_timestamp('%F %H:%M:%E6S+00', a), format_timestamp('%FT%TZ', a)"),
  "months as text": `select format_date('"%F"', a), format_date('%Y-%m', a) from unnest(${values.date}) as a with offset as i order by i`,
  "months from text": `select parse_date('%Y-%m', a) from unnest(['2018-01', '2024-02', '2024-12', null]) as a with offset as i order by i`,
  "bytes as text": each("bytes", "to_hex(a), coalesce('x', to_hex(a))"),
  "numbers and texts in a sentence": `select
      format('%d %s', n, a), format('%s: %s', a, a), format('the CSV has %d header rows instead of one', n),
      format('%d of the %d rides start in another month, more than half; the first one starts at %s', n, n, a),
      format('%d of the %d rows of the CSV would be rejected, more than 10%%: %s (%s)', n, n, a, a),
      format('the file has %d trips, fewer than 80%% of the %d of the previous load', n, n),
      format('the CSV lacks these columns: %s. It has: %s', a, a),
      format('the CSV has these columns more than once: %s', a),
      format('none of the %d rows of the CSV is a trip of that month: %s', n, a),
      format('none of the %d rows of the CSV is a header: %s', n, a), greatest(n, coalesce(n, 0)),
      format('the file has no county name for FIPS %s', a), format('the file has no valid outline for FIPS %s', a),
      format('the file has more than one row for FIPS %s', a), format('the file has no row for FIPS %s', a),
      format('the file has unknown FIPS codes: %s', a)
    from unnest([0, -1, 123456789, null]) as n with offset as i cross join unnest(['', 'a%d {} \\'é\\'', null]) as a with offset as j order by i, j`,
  "rows as JSON": `select to_json_string(struct(month as month, dimension as dimension, value as value)), to_json_string(struct(month as month, measure as measure, step_from as step_from)),
      to_json_string(struct(month as month, start_station_id as start_station_id, end_station_id as end_station_id)), to_json_string(struct(month as month, station_id as station_id, time_of_day as time_of_day)),
      to_json_string(struct(month as month, station_id as station_id)), to_json_string(struct(month as month, weekday_number as weekday_number, start_hour as start_hour, member_casual as member_casual))
    from (
      select date '2024-02-01' as month, 'all' as dimension, 'a "b"' as value, 'distance_km' as measure, 0.5 as step_from, 'SF-é' as station_id,
        'SF-1' as start_station_id, cast(null as string) as end_station_id, 'night' as time_of_day, 1 as weekday_number, 0 as start_hour,
        'member' as member_casual
    )`,
};
