{{
    config(
        materialized='incremental',
        incremental_strategy='insert_overwrite',
        on_schema_change='fail',
        partition_by={'field': 'started_on', 'data_type': 'date', 'granularity': 'day'},
        cluster_by=['station_id'],
    )
}}

{%- set days = touched_days() %}

with trips as (

    select * from {{ ref('stg_baywheels_tripdata') }}
    {%- if is_incremental() %}
    where started_on in ({{ days | join(', ') }})
    {%- endif %}

),

visits as (

    select
        started_on,
        unique_row_id,
        start_station_id as station_id,
        start_station_name as station_name,
        start_lat as lat,
        start_lng as lng,
        started_at as seen_at
    from trips
    union all
    select
        started_on,
        unique_row_id,
        end_station_id as station_id,
        end_station_name as station_name,
        end_lat as lat,
        end_lng as lng,
        ended_at as seen_at
    from trips

),

named as (

    select
        started_on,
        station_id,
        lat,
        lng,
        seen_at,
        first_value(station_name ignore nulls) over (
            partition by started_on, station_id
            order by seen_at desc, unique_row_id desc
            rows between unbounded preceding and unbounded following
        ) as station_name
    from visits
    where station_id is not null

)

select
    started_on,
    station_id,
    min(station_name) as station_name,
    -- five decimals are a metre
    round(avg(lat), 5) as lat,
    round(avg(lng), 5) as lng,
    min(seen_at) as first_seen_at,
    max(seen_at) as last_seen_at
from named
group by started_on, station_id
