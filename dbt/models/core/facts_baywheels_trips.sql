with trips as (

    select * from {{ ref('stg_baywheels_tripdata') }}
    {%- if is_incremental() %}
    where {{ in_months('datetime_trunc(started_at, month)') }}
    {%- endif %}

),

stations as (

    select * from {{ ref('dim_stations') }}

),

counties as (

    select * from {{ ref('dim_bay_area_county') }}

),

-- trips without a station have few distinct places, since their coordinates are cut to two decimals
places as (

    select
        start_lat as lat,
        start_lng as lng
    from trips
    where start_station_id is null and start_lat is not null
    union distinct
    select
        end_lat as lat,
        end_lng as lng
    from trips
    where end_station_id is null and end_lat is not null

),

places_in_counties as (

    select
        places.lat,
        places.lng,
        min(counties.county) as county
    from places
    inner join counties on st_within(st_geogpoint(places.lng, places.lat), counties.outline)
    group by places.lat, places.lng

),

timed as (

    select
        *,
        -- in the hour that the clock shows twice, the first one
        timestamp(started_at, 'America/Los_Angeles') as started_instant,
        timestamp(ended_at, 'America/Los_Angeles') as ended_instant
    from trips

),

checked as (

    select
        *,
        -- the trip ended when the clock showed that hour for the second time; the published time doesn't say so
        ended_instant < started_instant
        and timestamp_add(ended_instant, interval 1 hour) >= started_instant
        and datetime(timestamp_add(ended_instant, interval 1 hour), 'America/Los_Angeles') = ended_at as dst_ambiguous
    from timed

)

select
    trips.unique_row_id,
    trips.ride_id,
    trips.source_month,
    trips.rideable_type,
    trips.member_casual,
    trips.started_at,
    trips.ended_at,
    trips.started_on,
    trips.month,
    trips.start_station_id,
    trips.end_station_id,
    trips.start_lat,
    trips.start_lng,
    trips.end_lat,
    trips.end_lng,
    if(trips.start_station_id is null, start_places.county, start_stations.county) as start_county,
    if(trips.end_station_id is null, end_places.county, end_stations.county) as end_county,
    round(
        st_distance(
            st_geogpoint(trips.start_lng, trips.start_lat), st_geogpoint(trips.end_lng, trips.end_lat)
        ) / 1000,
        3
    ) as distance_km,
    case
        when trips.dst_ambiguous
            then timestamp_diff(timestamp_add(trips.ended_instant, interval 1 hour), trips.started_instant, second)
        when trips.ended_instant >= trips.started_instant
            then timestamp_diff(trips.ended_instant, trips.started_instant, second)
    end as duration_seconds,
    trips.dst_ambiguous,
    extract(hour from trips.started_at) as start_hour,
    ['night', 'morning', 'afternoon', 'evening'][offset(div(extract(hour from trips.started_at), 6))] as time_of_day,
    ['night', 'morning', 'afternoon', 'evening'][offset(div(extract(hour from trips.ended_at), 6))] as end_time_of_day,
    format_date('%A', trips.started_on) as start_weekday,
    extract(month from trips.started_on) as start_month,
    extract(quarter from trips.started_on) as start_quarter,
    extract(year from trips.started_on) as start_year
from checked as trips
left join stations as start_stations on trips.start_station_id = start_stations.station_id
left join stations as end_stations on trips.end_station_id = end_stations.station_id
left join places_in_counties as start_places
    on trips.start_lat = start_places.lat and trips.start_lng = start_places.lng
left join places_in_counties as end_places
    on trips.end_lat = end_places.lat and trips.end_lng = end_places.lng
