-- The tables that every load writes. Existing tables are unchanged.
create table if not exists `{{ kv('GCP_DATASET') }}.baywheels_tripdata` (
    unique_row_id bytes options (description = 'MD5 of ride_id; before 2020 of bike, times, duration and user type'),
    source_month date options (
        description = 'first day of the month whose file has the ride; if two files have it, of the newer one'
    ),
    older_month date options (description = 'first day of the older month whose file has the ride too'),
    ride_id string options (description = 'as published; null before 2020'),
    rideable_type string options (description = 'null before 2020'),
    started_at datetime options (description = 'San Francisco wall clock, as published'),
    ended_at datetime options (description = 'San Francisco wall clock, as published'),
    start_station_name string,
    start_station_id string,
    end_station_name string,
    end_station_id string,
    start_lat float64,
    start_lng float64,
    end_lat float64,
    end_lng float64,
    member_casual string
)
partition by datetime_trunc(started_at, month)
cluster by start_station_id
options (description = 'One row per trip');

create table if not exists `{{ kv('GCP_DATASET') }}.baywheels_tripdata_rejected` (
    source_month date,
    reason string,
    raw string options (description = 'the row as published')
)
partition by source_month
options (description = 'One row per row of a loaded file that was not loaded as a trip');

create table if not exists `{{ kv('GCP_DATASET') }}.baywheels_loads` (
    source_month date,
    object_name string,
    published_at timestamp options (description = 'when the object was last modified'),
    size_bytes int64,
    etag string options (description = 'of the object; the month is not loaded again until it changes'),
    rows_in_file int64 options (
        description = 'rows_loaded plus rows_rejected: all lines except the header and blank ones'
    ),
    rows_loaded int64,
    rows_rejected int64,
    touched_months array<date> options (description = 'months of started_at whose rows loads of this month changed'),
    seconds float64 options (description = 'from the start of the execution to the end of the load'),
    loaded_at timestamp,
    execution_id string
)
options (description = 'One row per loaded month: what its latest load did')
