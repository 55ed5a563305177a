-- Checks the month's table before anything changes; one row. `fault`: why the month can't be loaded. `doubt`: why it
-- isn't loaded unless input `accept` is set. Both are null if all is well.
with month_rows as (
    select
        *,
        date_trunc(date(started_at), month) = source_month as is_of_month
    from `{{ kv('GCP_DATASET') }}.baywheels_tripdata_{{ renderOnce(vars.yyyy_mm) }}`
),

counted as (
    select
        countif(reason = 'header') as headers,
        countif(reason is distinct from 'header') as rows_in_file,
        countif(reason is null) as rows_loaded,
        countif(reason != 'header') as rows_rejected,
        countif(is_of_month is not null) as starts,
        countif(not is_of_month) as starts_elsewhere,
        min(if(is_of_month, null, started_at)) as start_elsewhere,
        min(if(reason = 'header', raw, null)) as header
    from month_rows
),

reasons as (
    select
        reason,
        count(*) as row_count,
        min(substr(raw, 1, 100)) as example
    from month_rows
    where reason != 'header'
    group by reason
),

rejected as (
    select
        string_agg(format('%d %s', row_count, reason), ', ' order by reason) as counts,
        string_agg(format('%s: %s', reason, example), '; ' order by reason) as examples
    from reasons
),

names as (
    select
        regexp_replace(lower(field), r'[^a-z0-9_]', '') as name,
        count(*) as times
    from counted
    cross join unnest(split(header, ',')) as field
    group by name
),

needed as (
    select name
    from counted
    cross join
        unnest(
            split(
                if(
                    regexp_contains(lower(header), r'\b(?:start_time|end_time|user_type)\b'),
                    'start_time,end_time,start_station_name,start_station_id,end_station_name,end_station_id,'
                    || 'start_station_latitude,start_station_longitude,end_station_latitude,end_station_longitude,'
                    || 'user_type,bike_id,duration_sec',
                    'ride_id,rideable_type,started_at,ended_at,start_station_name,start_station_id,'
                    || 'end_station_name,end_station_id,start_lat,start_lng,end_lat,end_lng,member_casual'
                ),
                ','
            )
        ) as name
),

columns as (
    select
        countif(names.name is not null) as found,
        string_agg(if(names.name is null, needed.name, null), ', ') as missing,
        string_agg(if(names.times > 1, needed.name, null), ', ') as doubled
    from needed
    left join names on needed.name = names.name
),

load_before as (
    select
        coalesce(max(rows_in_file), 0) as rows_in_file,
        max(rows_loaded) as rows_loaded
    from `{{ kv('GCP_DATASET') }}.baywheels_loads`
    where source_month = date '{{ renderOnce(vars.month) }}-01'
)

select
    counted.rows_in_file,
    counted.rows_loaded,
    rejected.counts as rejected,
    case
        when counted.rows_in_file + counted.headers = 0 then 'the CSV is empty'
        when counted.headers = 0
            then format('none of the %d rows of the CSV is a header: %s', counted.rows_in_file, rejected.examples)
        when counted.headers > 1 then format('the CSV has %d header rows instead of one', counted.headers)
        when strpos(counted.header, '\r') > 0
            then 'the lines of the CSV end with CR alone, so BigQuery reads them as one line'
        when columns.found < 2 and strpos(counted.header, ';') > 0
            then 'the CSV separates its columns with semicolons, not commas'
        when columns.found < 2 and strpos(counted.header, '\t') > 0
            then 'the CSV separates its columns with tabs, not commas'
        when columns.doubled is not null then format('the CSV has these columns more than once: %s', columns.doubled)
        when columns.missing is not null
            then format('the CSV lacks these columns: %s. It has: %s', columns.missing, substr(counted.header, 1, 500))
        when counted.rows_in_file = 0 then 'the CSV has a header but no rows'
        when counted.rows_loaded = 0
            then
                format(
                    'none of the %d rows of the CSV is a trip of that month: %s',
                    counted.rows_in_file, rejected.examples
                )
    end as fault,
    case
        when greatest(counted.rows_in_file, load_before.rows_in_file) < 20 then null
        when counted.rows_rejected > 0.1 * counted.rows_in_file
            then format(
                '%d of the %d rows of the CSV would be rejected, more than 10%%: %s (%s)',
                counted.rows_rejected, counted.rows_in_file, rejected.counts, rejected.examples
            )
        when counted.starts_elsewhere > 0.5 * counted.starts
            then format(
                '%d of the %d rides start in another month, more than half; the first one starts at %s',
                counted.starts_elsewhere, counted.starts, format_datetime('%F %T', counted.start_elsewhere)
            )
        when counted.rows_loaded < 0.8 * load_before.rows_loaded
            then
                format(
                    'the file has %d trips, fewer than 80%% of the %d of the previous load',
                    counted.rows_loaded, load_before.rows_loaded
                )
    end as doubt
from counted
cross join rejected
cross join columns
cross join load_before
