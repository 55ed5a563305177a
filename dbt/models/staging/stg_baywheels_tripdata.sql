with source as (

    select * from {{ source('baywheels', 'baywheels_tripdata') }}

),

renamed as (

    select
        unique_row_id,
        ride_id,
        source_month,
        rideable_type,
        member_casual,
        started_at,
        ended_at,
        date(started_at) as started_on,
        date_trunc(date(started_at), month) as month,
        start_station_id,
        start_station_name,
        end_station_id,
        end_station_name,
        start_lat,
        start_lng,
        end_lat,
        end_lng,
        -- 0,0 means that the place is unknown; BigQuery refuses points with a latitude beyond 90 degrees
        start_lat between -90 and 90 and start_lng between -180 and 180
        and start_lat != 0 and start_lng != 0 as is_start_known,
        end_lat between -90 and 90 and end_lng between -180 and 180 and end_lat != 0 and end_lng != 0 as is_end_known
    from source

)

select
    unique_row_id,
    ride_id,
    source_month,
    rideable_type,
    member_casual,
    started_at,
    ended_at,
    started_on,
    month,
    start_station_id,
    start_station_name,
    end_station_id,
    end_station_name,
    if(is_start_known, start_lat, null) as start_lat,
    if(is_start_known, start_lng, null) as start_lng,
    if(is_end_known, end_lat, null) as end_lat,
    if(is_end_known, end_lng, null) as end_lng
from renamed
