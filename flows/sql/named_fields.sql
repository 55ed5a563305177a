-- The fields of each line by name, as text; null if empty or a word such as `nan` that means empty. The header may be
-- on any line, with its columns in any order.
create or replace view `{{ kv('GCP_DATASET') }}.baywheels_tripdata_{{ renderOnce(vars.yyyy_mm) }}_fields`
options (expiration_timestamp = timestamp_add(current_timestamp(), interval 30 day))
as
with lines as (
    select
        rtrim(raw, '\r') as raw,
        -- at least half of the 13 names of a schema
        array_length(
            regexp_extract_all(
                lower(raw),
                r'\b(?:ride_id|bike_id|rideable_type|duration_sec|member_casual|user_type|started_at|ended_at|'
                || r'(?:start|end)_(?:time|lat|lng|station_(?:name|id|latitude|longitude)))\b'
            )
        ) >= 7 as is_header
    from `{{ kv('GCP_DATASET') }}.baywheels_tripdata_{{ renderOnce(vars.yyyy_mm) }}_ext`
    where trim(raw) != ''
),

-- a comma is put in front so that every field begins with one; positions therefore count from 1
names as (
    select
        place as position,
        regexp_replace(lower(field), r'[^a-z0-9_]', '') as name
    from lines
    cross join unnest(split(concat(',', raw), ',')) as field with offset as place
    where is_header
),

header as (
    select
        -- each word is enclosed in bytes that no field contains
        array_to_string(split(r',,null,none,nan,n/a,\n,-,inf,+inf,-inf,infinity,-infinity,', ','), chr(1)) as nothing,
        max(if(name != '', position, null)) as columns,
        min(if(name = 'ride_id', position, null)) as ride_id,
        min(if(name = 'rideable_type', position, null)) as rideable_type,
        min(if(name in ('started_at', 'start_time'), position, null)) as started_at,
        min(if(name in ('ended_at', 'end_time'), position, null)) as ended_at,
        min(if(name = 'start_station_name', position, null)) as start_station_name,
        min(if(name = 'start_station_id', position, null)) as start_station_id,
        min(if(name = 'end_station_name', position, null)) as end_station_name,
        min(if(name = 'end_station_id', position, null)) as end_station_id,
        min(if(name in ('start_lat', 'start_station_latitude'), position, null)) as start_lat,
        min(if(name in ('start_lng', 'start_station_longitude'), position, null)) as start_lng,
        min(if(name in ('end_lat', 'end_station_latitude'), position, null)) as end_lat,
        min(if(name in ('end_lng', 'end_station_longitude'), position, null)) as end_lng,
        min(if(name in ('member_casual', 'user_type'), position, null)) as member_casual,
        min(if(name = 'bike_id', position, null)) as bike_id,
        min(if(name = 'duration_sec', position, null)) as duration_sec
    from names
),

-- a field may be quoted; within quotes, "" stands for one quote
split_lines as (
    select
        raw,
        is_header,
        strpos(raw, '"') = 0
        or regexp_contains(concat(',', raw), r'^(?:,(?:"(?:[^"]|"")*"|[^",]*))*$') as are_quotes_paired,
        if(
            strpos(raw, '"') = 0,
            split(concat(',', raw), ','),
            split(
                replace(
                    regexp_replace(concat(',', raw), r',(?:"((?:[^"]|"")*)"|([^",]*))', concat(chr(1), r'\1\2')),
                    '""',
                    '"'
                ),
                chr(1)
            )
        ) as fields
    from lines
),

texts as (
    select
        split_lines.raw,
        split_lines.is_header,
        header.nothing,
        header.ride_id is null as is_old,
        split_lines.are_quotes_paired
        and array_length(split_lines.fields) - 1 - header.columns between 0
        and coalesce(length(replace(regexp_extract(split_lines.raw, '(?:,|"")*$'), '"', '')), 0) as is_well_formed,
        trim(split_lines.fields[safe_offset(coalesce(header.ride_id, header.bike_id))]) as ride_id,
        trim(split_lines.fields[safe_offset(header.rideable_type)]) as rideable_type,
        trim(split_lines.fields[safe_offset(header.started_at)]) as started_at,
        trim(split_lines.fields[safe_offset(header.ended_at)]) as ended_at,
        trim(split_lines.fields[safe_offset(header.start_station_name)]) as start_station_name,
        trim(split_lines.fields[safe_offset(header.start_station_id)]) as start_station_id,
        trim(split_lines.fields[safe_offset(header.end_station_name)]) as end_station_name,
        trim(split_lines.fields[safe_offset(header.end_station_id)]) as end_station_id,
        trim(split_lines.fields[safe_offset(header.start_lat)]) as start_lat,
        trim(split_lines.fields[safe_offset(header.start_lng)]) as start_lng,
        trim(split_lines.fields[safe_offset(header.end_lat)]) as end_lat,
        trim(split_lines.fields[safe_offset(header.end_lng)]) as end_lng,
        trim(split_lines.fields[safe_offset(header.member_casual)]) as member_casual,
        trim(split_lines.fields[safe_offset(header.duration_sec)]) as duration_sec
    from split_lines
    cross join header
)

select
    raw,
    is_header,
    is_well_formed,
    is_old,
    if(strpos(nothing, concat(chr(1), lower(ride_id), chr(1))) > 0, null, ride_id) as ride_id,
    if(strpos(nothing, concat(chr(1), lower(rideable_type), chr(1))) > 0, null, rideable_type) as rideable_type,
    if(strpos(nothing, concat(chr(1), lower(started_at), chr(1))) > 0, null, started_at) as started_at,
    if(strpos(nothing, concat(chr(1), lower(ended_at), chr(1))) > 0, null, ended_at) as ended_at,
    if(
        strpos(nothing, concat(chr(1), lower(start_station_name), chr(1))) > 0, null, start_station_name
    ) as start_station_name,
    if(
        strpos(nothing, concat(chr(1), lower(start_station_id), chr(1))) > 0, null, start_station_id
    ) as start_station_id,
    if(
        strpos(nothing, concat(chr(1), lower(end_station_name), chr(1))) > 0, null, end_station_name
    ) as end_station_name,
    if(strpos(nothing, concat(chr(1), lower(end_station_id), chr(1))) > 0, null, end_station_id) as end_station_id,
    if(strpos(nothing, concat(chr(1), lower(start_lat), chr(1))) > 0, null, start_lat) as start_lat,
    if(strpos(nothing, concat(chr(1), lower(start_lng), chr(1))) > 0, null, start_lng) as start_lng,
    if(strpos(nothing, concat(chr(1), lower(end_lat), chr(1))) > 0, null, end_lat) as end_lat,
    if(strpos(nothing, concat(chr(1), lower(end_lng), chr(1))) > 0, null, end_lng) as end_lng,
    if(strpos(nothing, concat(chr(1), lower(member_casual), chr(1))) > 0, null, member_casual) as member_casual,
    duration_sec
from texts
