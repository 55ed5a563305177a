with trips as (

    select * from {{ ref('facts_baywheels_trips') }}
    {%- if is_incremental() %}
    where {{ in_months('month') }}
    {%- endif %}

),

-- one row per trip and dimension, so that the facts are read only once
seen_by_dimension as (

    select
        dimension,
        month,
        duration_seconds,
        cast(round(distance_km * 1000) as int64) as distance_metres,
        case dimension
            when 'all' then 'all'
            when 'rideable_type' then coalesce(rideable_type, 'unknown')
            when 'member_casual' then coalesce(member_casual, 'unknown')
            when 'time_of_day' then time_of_day
            when 'weekday' then start_weekday
            when 'start_county' then
                coalesce(start_county, if(start_station_id is null and start_lat is null, 'unknown', 'outside'))
        end as value
    from trips
    cross join unnest(['all', 'rideable_type', 'member_casual', 'time_of_day', 'weekday', 'start_county']) as dimension

),

-- exact medians, the same in every build (docs/adr/0006)
with_medians as (

    select
        month,
        dimension,
        value,
        duration_seconds,
        distance_metres,
        percentile_cont(duration_seconds, 0.5) over (partition by month, dimension, value) as median_duration_seconds,
        percentile_cont(distance_metres, 0.5) over (partition by month, dimension, value) as median_distance_metres
    from seen_by_dimension

)

select
    month,
    dimension,
    value,
    count(*) as trips,
    -- sums of integers don't depend on the order of the rows
    round(sum(duration_seconds) / nullif(count(duration_seconds), 0) / 60, 2) as average_duration_minutes,
    round(min(median_duration_seconds) / 60, 2) as median_duration_minutes,
    round(sum(distance_metres) / nullif(count(distance_metres), 0) / 1000, 3) as average_distance_km,
    round(min(median_distance_metres) / 1000, 3) as median_distance_km
from with_medians
group by month, dimension, value
