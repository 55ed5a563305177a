-- Every line of the CSV with its typed fields. `reason` is the first reason why the line isn't loaded as a trip: null
-- for a trip, 'header' for the header.
create or replace table `{{ kv('GCP_DATASET') }}.baywheels_tripdata_{{ renderOnce(vars.yyyy_mm) }}`
options (expiration_timestamp = timestamp_add(current_timestamp(), interval 30 day))
as
with typed as (
    select
        raw,
        is_header,
        is_well_formed and ride_id is not null as is_well_formed,
        md5(
            if(
                is_old,
                concat(ride_id, '|', started_at, '|', ended_at, '|', duration_sec, '|', coalesce(member_casual, '')),
                ride_id
            )
        ) as unique_row_id,
        if(is_old, null, ride_id) as ride_id,
        rideable_type,
        safe_cast(started_at as datetime) as started_at,
        safe_cast(ended_at as datetime) as ended_at,
        start_station_name,
        start_station_id,
        end_station_name,
        end_station_id,
        safe_cast(start_lat as float64) as start_lat,
        safe_cast(start_lng as float64) as start_lng,
        safe_cast(end_lat as float64) as end_lat,
        safe_cast(end_lng as float64) as end_lng,
        case member_casual
            when 'Subscriber' then 'member'
            when 'Customer' then 'casual'
            else member_casual
        end as member_casual
    from `{{ kv('GCP_DATASET') }}.baywheels_tripdata_{{ renderOnce(vars.yyyy_mm) }}_fields`
),

instants as (
    select
        *,
        coalesce(start_lat != 0 and start_lng != 0, false) as is_start_known,
        coalesce(end_lat != 0 and end_lng != 0, false) as is_end_known,
        -- in the hour that the clock shows twice, the first one; `least`, since year 9999 has no end in every time zone
        timestamp(least(started_at, datetime '9999-01-01'), 'America/Los_Angeles') as started_instant,
        timestamp(least(ended_at, datetime '9999-01-01'), 'America/Los_Angeles') as ended_instant
    from typed
),

timed as (
    select
        *,
        -- a file has rides of its month and of the two neighbouring months; in spring the clock skips an hour
        coalesce(
            started_at >= datetime_sub(datetime '{{ renderOnce(vars.month) }}-01', interval 1 month)
            and started_at < datetime_add(datetime '{{ renderOnce(vars.month) }}-01', interval 2 month)
            and datetime(started_instant, 'America/Los_Angeles') = started_at
            and datetime(ended_instant, 'America/Los_Angeles') = least(ended_at, datetime '9999-01-01'),
            false
        ) as is_dated,
        timestamp_diff(
            -- the ride ended when the clock showed that time for the second time
            if(
                ended_instant < started_instant
                and datetime(timestamp_add(ended_instant, interval 1 hour), 'America/Los_Angeles') = ended_at,
                timestamp_add(ended_instant, interval 1 hour),
                ended_instant
            ),
            started_instant,
            microsecond
        ) as microseconds
    from instants
),

judged as (
    select
        *,
        case
            when is_header then 'header'
            when not coalesce(is_well_formed, false) then 'malformed'
            when not is_dated then 'bad timestamp'
            when microseconds < 0 then 'end before start'
            when microseconds > 86400000000 then 'over 24 h'
            when not is_start_known and not is_end_known then 'no coordinates'
            -- the bounding box of the nine counties
            when
                is_start_known and not (start_lat between 36.8 and 38.9 and start_lng between -123.7 and -121.2)
                or is_end_known and not (end_lat between 36.8 and 38.9 and end_lng between -123.7 and -121.2)
                then 'outside the Bay Area'
        end as fault
    from timed
),

counted as (
    select
        *,
        row_number() over (partition by unique_row_id, fault order by started_at, ended_at, raw) as copy
    from judged
)

select
    unique_row_id,
    ride_id,
    date '{{ renderOnce(vars.month) }}-01' as source_month,
    rideable_type,
    started_at,
    ended_at,
    start_station_name,
    start_station_id,
    end_station_name,
    end_station_id,
    start_lat,
    start_lng,
    end_lat,
    end_lng,
    member_casual,
    if(fault is null and copy > 1, 'duplicate', fault) as reason,
    if(fault is null and copy = 1, null, if(is_header, substr(raw, 1, 100000), raw)) as raw
from counted
