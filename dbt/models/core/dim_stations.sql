with station_months as (

    select * from {{ ref('int_station_months') }}

),

counties as (

    select * from {{ ref('dim_bay_area_county') }}

),

seen as (

    select
        station_id,
        min(first_seen_at) as first_seen_at,
        max(last_seen_at) as last_seen_at
    from station_months
    group by station_id

),

names as (

    select
        station_id,
        station_name
    from station_months
    where station_name is not null
    qualify row_number() over (partition by station_id order by month desc) = 1

),

all_names as (

    select
        station_months.station_id,
        array_agg(distinct alias order by alias) as aliases
    from station_months
    cross join unnest(station_months.station_names) as alias
    group by station_months.station_id

),

places as (

    select
        station_id,
        lat,
        lng
    from station_months
    where lat is not null
    qualify row_number() over (partition by station_id order by month desc) = 1

),

-- BigQuery uses a spatial index for an inner join, but not for an outer one
places_in_counties as (

    select
        places.station_id,
        min(counties.county) as county
    from places
    inner join counties on st_within(st_geogpoint(places.lng, places.lat), counties.outline)
    group by places.station_id

)

select
    seen.station_id,
    names.station_name,
    coalesce(all_names.aliases, []) as aliases,
    places.lat,
    places.lng,
    places_in_counties.county,
    places_in_counties.county is null as is_outside_counties,
    seen.first_seen_at,
    seen.last_seen_at
from seen
left join names on seen.station_id = names.station_id
left join all_names on seen.station_id = all_names.station_id
left join places on seen.station_id = places.station_id
left join places_in_counties on seen.station_id = places_in_counties.station_id
