with trips as (

    select * from {{ ref('stg_baywheels_tripdata') }}
    {%- if is_incremental() %}
    where {{ in_months('datetime_trunc(started_at, month)') }}
    {%- endif %}

),

visits as (

    select
        month,
        start_station_id as station_id,
        start_station_name as station_name,
        start_lat as lat,
        start_lng as lng,
        started_at as seen_at
    from trips
    where start_station_id is not null
    union all
    select
        month,
        end_station_id as station_id,
        end_station_name as station_name,
        end_lat as lat,
        end_lng as lng,
        ended_at as seen_at
    from trips
    where end_station_id is not null

),

-- few rows; all that follows is computed from them
named as (

    select
        month,
        station_id,
        station_name,
        count(lat) as places,
        -- in units of 1e-10 degrees: sums of integers don't depend on the order of the rows
        sum(cast(round(lat * 1e10) as int64)) as lat,
        sum(cast(round(lng * 1e10) as int64)) as lng,
        min(seen_at) as first_seen_at,
        max(seen_at) as last_seen_at
    from visits
    group by month, station_id, station_name

),

latest_names as (

    select
        month,
        station_id,
        station_name
    from named
    where station_name is not null
    qualify row_number() over (partition by month, station_id order by last_seen_at desc, station_name desc) = 1

),

all_names as (

    select
        month,
        station_id,
        array_agg(station_name order by station_name) as station_names
    from named
    where station_name is not null
    group by month, station_id

),

counted as (

    select
        month,
        station_id,
        -- five decimals are about a metre
        round(sum(lat) / nullif(sum(places), 0) / 1e10, 5) as lat,
        round(sum(lng) / nullif(sum(places), 0) / 1e10, 5) as lng,
        min(first_seen_at) as first_seen_at,
        max(last_seen_at) as last_seen_at
    from named
    group by month, station_id

)

select
    counted.month,
    counted.station_id,
    latest_names.station_name,
    coalesce(all_names.station_names, []) as station_names,
    counted.lat,
    counted.lng,
    counted.first_seen_at,
    counted.last_seen_at
from counted
left join latest_names on counted.month = latest_names.month and counted.station_id = latest_names.station_id
left join all_names on counted.month = all_names.month and counted.station_id = all_names.station_id
