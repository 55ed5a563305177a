with station_months as (

    select * from {{ ref('int_station_months') }}
    {%- if is_incremental() %}
    where {{ in_months('month') }}
    {%- endif %}

),

trips as (

    select
        start_station_id,
        end_station_id,
        duration_seconds,
        month
    from {{ ref('facts_baywheels_trips') }}
    where
        start_station_id is not null
        and end_station_id is not null
        {%- if is_incremental() %}
        and {{ in_months('month') }}
        {%- endif %}

),

routes as (

    select
        month,
        start_station_id,
        end_station_id,
        count(*) as trips
    from trips
    group by month, start_station_id, end_station_id

),

popular_routes as (

    select
        *,
        row_number() over (
            partition by month order by trips desc, start_station_id asc, end_station_id asc
        ) as popularity_rank
    from routes
    where true
    qualify popularity_rank <= 100

),

with_medians as (

    select distinct
        popular_routes.*,
        percentile_cont(trips.duration_seconds, 0.5) over (
            partition by popular_routes.month, popular_routes.popularity_rank
        ) as median_duration_seconds
    from popular_routes
    inner join trips
        on
            popular_routes.month = trips.month
            and popular_routes.start_station_id = trips.start_station_id
            and popular_routes.end_station_id = trips.end_station_id

)

select
    with_medians.month,
    with_medians.popularity_rank,
    with_medians.start_station_id,
    start_stations.station_name as start_station_name,
    with_medians.end_station_id,
    end_stations.station_name as end_station_name,
    with_medians.trips,
    round(with_medians.median_duration_seconds / 60, 2) as median_duration_minutes
from with_medians
left join station_months as start_stations
    on with_medians.month = start_stations.month and with_medians.start_station_id = start_stations.station_id
left join station_months as end_stations
    on with_medians.month = end_stations.month and with_medians.end_station_id = end_stations.station_id
