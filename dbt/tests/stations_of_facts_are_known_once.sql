with facts as (

    select
        start_station_id,
        end_station_id
    from {{ ref('facts_baywheels_trips') }}
    where started_on in ({{ touched_days() | join(', ') }})

),

used as (

    select start_station_id as station_id from facts
    union distinct
    select end_station_id as station_id from facts

)

select
    used.station_id,
    count(stations.station_id) as known
from used
left join {{ ref('dim_stations') }} as stations on used.station_id = stations.station_id
where used.station_id is not null and {{ is_undisturbed() }}
group by used.station_id
having count(stations.station_id) != 1
