-- Makes the main table equal to the file for its source month; a second run changes nothing. A file has rides of its
-- month and of the two neighbouring months, and the next file may have the same ride one month later, so five months
-- contain every row that can change.
merge `{{ kv('GCP_DATASET') }}.baywheels_tripdata` as t
using (
    select
        unique_row_id,
        source_month,
        ride_id,
        rideable_type,
        started_at,
        ended_at,
        start_station_name,
        start_station_id,
        end_station_name,
        end_station_id,
        start_lat,
        start_lng,
        end_lat,
        end_lng,
        member_casual
    from `{{ kv('GCP_DATASET') }}.baywheels_tripdata_{{ renderOnce(vars.yyyy_mm) }}`
    where reason is null
) as s
    on
        t.unique_row_id = s.unique_row_id
        and t.started_at >= datetime '{{ renderOnce(vars.bound_from) }}'
        and t.started_at < datetime '{{ renderOnce(vars.bound_before) }}'
-- a newer file has the ride too and keeps it
when matched and t.source_month > s.source_month and t.older_month is distinct from s.source_month then
    update
        set
            older_month = s.source_month
when matched and t.source_month <= s.source_month
and (
    t.source_month != s.source_month
    or t.rideable_type is distinct from s.rideable_type
    or t.started_at is distinct from s.started_at
    or t.ended_at is distinct from s.ended_at
    or t.start_station_name is distinct from s.start_station_name
    or t.start_station_id is distinct from s.start_station_id
    or t.end_station_name is distinct from s.end_station_name
    or t.end_station_id is distinct from s.end_station_id
    or t.start_lat is distinct from s.start_lat
    or t.start_lng is distinct from s.start_lng
    or t.end_lat is distinct from s.end_lat
    or t.end_lng is distinct from s.end_lng
    or t.member_casual is distinct from s.member_casual
)
then
    update
        set
            older_month = if(t.source_month < s.source_month, t.source_month, t.older_month),
            source_month = s.source_month,
            rideable_type = s.rideable_type,
            started_at = s.started_at,
            ended_at = s.ended_at,
            start_station_name = s.start_station_name,
            start_station_id = s.start_station_id,
            end_station_name = s.end_station_name,
            end_station_id = s.end_station_id,
            start_lat = s.start_lat,
            start_lng = s.start_lng,
            end_lat = s.end_lat,
            end_lng = s.end_lng,
            member_casual = s.member_casual
when not matched by target then
    insert (
        unique_row_id, source_month, ride_id, rideable_type, started_at, ended_at, start_station_name, start_station_id,
        end_station_name, end_station_id, start_lat, start_lng, end_lat, end_lng, member_casual
    )
    values (
        s.unique_row_id, s.source_month, s.ride_id, s.rideable_type, s.started_at, s.ended_at, s.start_station_name,
        s.start_station_id, s.end_station_name, s.end_station_id, s.start_lat, s.start_lng, s.end_lat, s.end_lng,
        s.member_casual
    )
-- a ride that is gone from this file but is still in an older one goes back to the older file
when not matched by source
and t.started_at >= datetime '{{ renderOnce(vars.bound_from) }}'
and t.started_at < datetime '{{ renderOnce(vars.bound_before) }}'
and t.source_month = date '{{ renderOnce(vars.month) }}-01' and t.older_month is not null
then update set source_month = t.older_month, older_month = null
when not matched by source
and t.started_at >= datetime '{{ renderOnce(vars.bound_from) }}'
and t.started_at < datetime '{{ renderOnce(vars.bound_before) }}'
and t.source_month = date '{{ renderOnce(vars.month) }}-01'
then delete
when not matched by source
and t.started_at >= datetime '{{ renderOnce(vars.bound_from) }}'
and t.started_at < datetime '{{ renderOnce(vars.bound_before) }}'
and t.older_month = date '{{ renderOnce(vars.month) }}-01'
then update set older_month = null
