with trips as (

    select * from {{ ref('facts_baywheels_trips') }}
    {%- if is_incremental() %}
    where {{ in_months('month') }}
    {%- endif %}

),

station_months as (

    select * from {{ ref('int_station_months') }}
    {%- if is_incremental() %}
    where {{ in_months('month') }}
    {%- endif %}

),

visits as (

    select
        month,
        start_station_id as station_id,
        time_of_day,
        1 as starts,
        0 as ends
    from trips
    where start_station_id is not null
    union all
    select
        month,
        end_station_id as station_id,
        end_time_of_day as time_of_day,
        0 as starts,
        1 as ends
    from trips
    where end_station_id is not null

),

counted as (

    select
        month,
        station_id,
        time_of_day,
        sum(starts) as starts,
        sum(ends) as ends
    from visits
    group by month, station_id, time_of_day

)

select
    counted.month,
    counted.station_id,
    station_months.station_name,
    counted.time_of_day,
    counted.starts,
    counted.ends
from counted
left join station_months on counted.month = station_months.month and counted.station_id = station_months.station_id
