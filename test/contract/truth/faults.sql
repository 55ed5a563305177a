-- Makes each compared value wrong once, and rows missing, double or exchanged. Each line of differences.txt is one of
-- these changes.

update trips.facts_baywheels_trips
set
    distance_km = round(distance_km + 0.001, 3),
    month = date '2024-12-01',
    end_lat = end_lat + 0.0000001
where ride_id = 'TWICE';
update trips.facts_baywheels_trips
set
    distance_km = 0.0,
    time_of_day = 'afternoon',
    end_time_of_day = 'morning',
    start_county = null
where ride_id = 'FREE';
update trips.facts_baywheels_trips
set
    duration_seconds = duration_seconds - 1,
    dst_ambiguous = false
where ride_id = 'BACK';
update trips.facts_baywheels_trips
set
    duration_seconds = duration_seconds + 3600,
    started_on = date '2025-03-08'
where ride_id = 'FORWARD';
update trips.facts_baywheels_trips set start_hour = 11 where ride_id = 'DAY';
update trips.facts_baywheels_trips
set
    start_weekday = 'Sunday',
    end_county = 'Alameda'
where ride_id = 'ROUND';
update trips.baywheels_tripdata set source_month = date '2024-11-01' where ride_id = 'TWICE';
update trips.baywheels_tripdata
set
    ride_id = 'SQUARE',
    rideable_type = 'classic_bike',
    started_at = datetime '2024-12-07 18:00:00',
    ended_at = datetime '2024-12-07 18:30:00',
    start_station_name = 'B, new',
    start_station_id = null,
    end_station_name = 'B',
    end_station_id = 'SF-A',
    start_lat = 37.7600001,
    start_lng = null,
    end_lat = 37.76,
    end_lng = 0.0,
    member_casual = 'member'
where ride_id = 'ROUND';
update trips.baywheels_tripdata
set
    ride_id = 'OLD',
    rideable_type = 'docked_bike',
    member_casual = 'Subscriber'
where start_station_id = '120';
update trips.baywheels_loads
set
    object_name = '202503-tripdata.zip',
    size_bytes = size_bytes + 1,
    etag = to_hex(md5('march')),
    rows_in_file = 2,
    rows_loaded = 0,
    rows_rejected = 2
where source_month = date '2025-03-01';
update trips.baywheels_tripdata_rejected set reason = 'duplicate' where source_month = date '2024-11-01' and starts_with(raw, 'OVER');
update trips.baywheels_tripdata_rejected set raw = concat(raw, '\r') where source_month = date '2024-11-01' and starts_with(raw, 'SHORT');
update trips.dim_stations
set
    station_name = 'B',
    aliases = ['B', 'B "newest"'],
    lat = 37.76101,
    is_outside_counties = true,
    first_seen_at = datetime '2024-11-03 01:50:00',
    last_seen_at = datetime '2024-12-07 18:00:00'
where station_id = 'SF-B';
update trips.dim_stations set county = 'San Francisco' where station_id = 'OK-C';
update trips.mart_trips_by_month
set
    trips = 6,
    average_duration_minutes = 299.09,
    median_duration_minutes = median_duration_minutes + 0.01,
    average_distance_km = null,
    median_distance_km = 1.417
where month = date '2024-11-01' and value = 'all';
update trips.mart_trips_by_month set value = 'unknown' where month = date '2024-11-01' and value = 'outside';
update trips.mart_stations_by_month
set
    starts = 2,
    ends = 1
where station_id = 'OK-C';
update trips.mart_hours_by_month
set
    weekday = 'Thursday',
    trips = 2
where start_hour = 22;
update trips.mart_trip_lengths_by_month
set
    step_before = null,
    trips = 2
where step_from = 15;
update trips.mart_quality_by_month
set
    file_rows = 9,
    share_percent = 29.631,
    days_to_publication = 0
where file_rows = 8;
update trips.mart_routes_by_month
set
    trips = 3,
    median_duration_minutes = 20.25,
    popularity_rank = 2
where trips = 2;

-- another trip instead of one
update trips.facts_baywheels_trips set unique_row_id = md5('SQUARE') where ride_id is null and duration_seconds = 1199;
-- missing, and twice
delete from trips.facts_baywheels_trips where ride_id = 'EDGE';
insert into trips.facts_baywheels_trips select * from trips.facts_baywheels_trips where ride_id = 'DUP';
delete from trips.dim_stations where station_id = 'XX-D';
insert into trips.dim_stations select * from trips.dim_stations where station_id = '120';
insert into trips.baywheels_loads select * from trips.baywheels_loads where source_month = date '2018-01-01';
delete from trips.baywheels_tripdata_rejected where starts_with(raw, 'BEFORE');
