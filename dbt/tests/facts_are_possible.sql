with facts as (

    select * from {{ ref('facts_baywheels_trips') }}
    where {{ in_months('month') }} and {{ is_settled('month') }}

),

used_stations as (

    select start_station_id as station_id from facts
    union distinct
    select end_station_id as station_id from facts

)

select
    'a duration below 0 or above 24 hours' as problem,
    coalesce(ride_id, to_hex(unique_row_id)) as which
from facts
where duration_seconds is null or duration_seconds not between 0 and 86400
union all
select
    'a station that dim_stations does not have once' as problem,
    used_stations.station_id as which
from used_stations
left join {{ ref('dim_stations') }} as stations on used_stations.station_id = stations.station_id
where used_stations.station_id is not null
group by used_stations.station_id
having count(stations.station_id) != 1
