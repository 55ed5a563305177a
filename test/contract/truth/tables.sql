-- Right tables for the files in files.ts, computed by hand. The test inserts loads and rejected rows itself.

create table trips.baywheels_loads (
    source_month date, object_name string, published_at timestamp, size_bytes int64, etag string,
    rows_in_file int64, rows_loaded int64, rows_rejected int64
);

create table trips.baywheels_tripdata_rejected (source_month date, reason string, raw string);

-- each trip as loaded, behind what its key is the MD5 of
create table trips.loaded (
    hashed string, source_month date, ride_id string, rideable_type string, started_at datetime, ended_at datetime,
    start_station_name string, start_station_id string, end_station_name string, end_station_id string,
    start_lat float64, start_lng float64, end_lat float64, end_lng float64, member_casual string
);
insert into trips.loaded values
  ('BACK', date '2024-11-01', 'BACK', 'classic_bike', datetime '2024-11-03 01:50:00', datetime '2024-11-03 01:10:00',
    'A', 'SF-A', 'B', 'SF-B', 37.75, -122.45, 37.76, -122.44, 'member'),
  ('DAY', date '2024-11-01', 'DAY', 'classic_bike', datetime '2024-11-02 12:00:00', datetime '2024-11-03 11:00:00',
    null, 'SF-A', null, null, 37.754, -122.45, null, null, null),
  ('EDGE', date '2024-11-01', 'EDGE', 'electric_bike', datetime '2024-11-08 05:00:00', datetime '2024-11-08 05:10:00',
    null, null, null, null, 36.8, -123.7, 38.9, -121.2, 'member'),
  ('DUP', date '2024-11-01', 'DUP', 'classic_bike', datetime '2024-11-08 12:00:00', datetime '2024-11-08 12:05:00',
    'A', 'SF-A', 'A', 'SF-A', 37.75, -122.45, 37.75, -122.45, 'member'),
  ('TWICE', date '2024-12-01', 'TWICE', 'classic_bike', datetime '2024-11-30 23:50:00.100', datetime '2024-12-01 00:10:30',
    'A', 'SF-A', 'B', 'SF-B', 37.75, -122.45, 37.76, -122.44, 'casual'),
  ('ROUND', date '2024-12-01', 'ROUND', 'electric_bike', datetime '2024-12-07 18:00:00.500', datetime '2024-12-07 18:30:00.499',
    'B, "new"', 'SF-B', 'B "newest"', 'SF-B', 37.76, -122.44, 37.762, -122.44, 'casual'),
  ('FREE', date '2024-12-01', 'FREE', 'electric_bike', datetime '2024-12-09 11:59:59.999', datetime '2024-12-09 12:10:00',
    null, null, null, null, 37.8, -122.2, 0.0, 0.0, 'member'),
  ('FORWARD', date '2025-03-01', 'FORWARD', 'docked_bike', datetime '2025-03-09 01:50:00', datetime '2025-03-09 03:10:00',
    'C', 'OK-C', 'D', 'XX-D', 37.8, -122.25, 38.5, -122.0, 'member'),
  ('2765|2018-01-31 22:52:35.2390|2018-02-01 19:47:19.8240|75284|Subscriber', date '2018-01-01', null, null, datetime '2018-01-31 22:52:35.239', datetime '2018-02-01 19:47:19.824',
    'E', '120', 'F', '285', 37.76, -122.43, 37.78, -122.43, 'member'),
  ('4242|2018-01-15 08:00:00.5000|2018-01-15 08:20:00.2500|1200|Customer', date '2018-01-01', null, null, datetime '2018-01-15 08:00:00.500', datetime '2018-01-15 08:20:00.250',
    null, null, null, null, 37.8, -122.2, 37.81, -122.2, 'casual');

create table trips.baywheels_tripdata as
select md5(hashed) as unique_row_id, * except (hashed) from trips.loaded;

-- 0.01 degrees of latitude are 1.112 km
create table trips.derived (
    hashed string, distance_km float64, duration_seconds int64, dst_ambiguous bool, started_on date, start_hour int64,
    start_weekday string, time_of_day string, start_county string, end_county string
);
insert into trips.derived values
  ('BACK', 1.418, 1200, true, date '2024-11-03', 1, 'Sunday', 'night', 'San Francisco', 'San Francisco'),
  ('DAY', null, 86400, false, date '2024-11-02', 12, 'Saturday', 'afternoon', 'San Francisco', null),
  ('EDGE', 320.454, 600, false, date '2024-11-08', 5, 'Friday', 'night', null, null),
  ('DUP', 0.0, 300, false, date '2024-11-08', 12, 'Friday', 'afternoon', 'San Francisco', 'San Francisco'),
  ('TWICE', 1.418, 1229, false, date '2024-11-30', 23, 'Saturday', 'evening', 'San Francisco', 'San Francisco'),
  ('ROUND', 0.222, 1799, false, date '2024-12-07', 18, 'Saturday', 'evening', 'San Francisco', 'San Francisco'),
  ('FREE', null, 600, false, date '2024-12-09', 11, 'Monday', 'morning', 'Alameda', null),
  ('FORWARD', 80.848, 1200, false, date '2025-03-09', 1, 'Sunday', 'night', 'Alameda', null),
  ('2765|2018-01-31 22:52:35.2390|2018-02-01 19:47:19.8240|75284|Subscriber', 2.224, 75284, false, date '2018-01-31', 22, 'Wednesday', 'evening', 'San Francisco', 'San Francisco'),
  ('4242|2018-01-15 08:00:00.5000|2018-01-15 08:20:00.2500|1200|Customer', 1.112, 1199, false, date '2018-01-15', 8, 'Monday', 'morning', 'Alameda', 'Alameda');

create table trips.facts_baywheels_trips as
select
  t.*, d.* except (hashed), date_trunc(date(t.started_at), month) as month,
  case div(extract(hour from t.ended_at), 6) when 0 then 'night' when 1 then 'morning' when 2 then 'afternoon' else 'evening' end
    as end_time_of_day
from trips.baywheels_tripdata as t inner join trips.derived as d on t.unique_row_id = md5(d.hashed);

-- what stg_baywheels_tripdata makes of coordinates that are no place
update trips.facts_baywheels_trips set end_lat = null, end_lng = null where end_lat = 0;

-- SF-A lies in the middle of five visits in November. SF-B was elsewhere in that month, under its first name.
create table trips.dim_stations (
    station_id string, station_name string, aliases array<string>, lat float64, lng float64, county string,
    is_outside_counties bool, first_seen_at datetime, last_seen_at datetime
);
insert into trips.dim_stations values
  ('SF-A', 'A', ['A'], 37.7508, -122.45, 'San Francisco', false,
    datetime '2024-11-02 12:00:00', datetime '2024-11-30 23:50:00.100'),
  ('SF-B', 'B "newest"', ['B', 'B "newest"', 'B, "new"'], 37.761, -122.44, 'San Francisco', false,
    datetime '2024-11-03 01:10:00', datetime '2024-12-07 18:30:00.499'),
  ('OK-C', 'C', ['C'], 37.8, -122.25, 'Alameda', false, datetime '2025-03-09 01:50:00', datetime '2025-03-09 01:50:00'),
  ('XX-D', 'D', ['D'], 38.5, -122, null, true, datetime '2025-03-09 03:10:00', datetime '2025-03-09 03:10:00'),
  ('120', 'E', ['E'], 37.76, -122.43, 'San Francisco', false,
    datetime '2018-01-31 22:52:35.239', datetime '2018-01-31 22:52:35.239'),
  ('285', 'F', ['F'], 37.78, -122.43, 'San Francisco', false,
    datetime '2018-02-01 19:47:19.824', datetime '2018-02-01 19:47:19.824');

create table trips.mart_trips_by_month as
with seen as (
  select
    month, dimension, duration_seconds / 60 as minutes, distance_km as km,
    case dimension
      when 'all' then 'all'
      when 'rideable_type' then coalesce(rideable_type, 'unknown')
      when 'member_casual' then coalesce(member_casual, 'unknown')
      when 'weekday' then start_weekday
      when 'time_of_day' then time_of_day
      when 'start_county' then coalesce(start_county, 'outside')
    end as value
  from trips.facts_baywheels_trips
  cross join unnest(['all', 'rideable_type', 'member_casual', 'weekday', 'time_of_day', 'start_county']) as dimension
),
halved as (
  select
    *,
    percentile_cont(minutes, 0.5) over (partition by month, dimension, value) as half_minutes,
    percentile_cont(km, 0.5) over (partition by month, dimension, value) as half_km
  from seen
)
select
  month, dimension, value, count(*) as trips,
  round(avg(minutes), 2) as average_duration_minutes, round(min(half_minutes), 2) as median_duration_minutes,
  round(avg(km), 3) as average_distance_km, round(min(half_km), 3) as median_distance_km
from halved
group by month, dimension, value;

create table trips.mart_stations_by_month (
    month date, station_id string, time_of_day string, starts int64, ends int64
);
insert into trips.mart_stations_by_month values
    (date '2018-01-01', '120', 'evening', 1, 0), (date '2018-01-01', '285', 'evening', 0, 1), (date '2024-11-01', 'SF-A', 'night', 1, 0),
    (date '2024-11-01', 'SF-A', 'afternoon', 2, 1), (date '2024-11-01', 'SF-A', 'evening', 1, 0), (date '2024-11-01', 'SF-B', 'night', 0, 2),
    (date '2024-12-01', 'SF-B', 'evening', 1, 1), (date '2025-03-01', 'OK-C', 'night', 1, 0), (date '2025-03-01', 'XX-D', 'night', 0, 1);

create table trips.mart_hours_by_month (
    month date, weekday_number int64, weekday string, start_hour int64, member_casual string, trips int64
);
insert into trips.mart_hours_by_month values
    (date '2018-01-01', 1, 'Monday', 8, 'casual', 1), (date '2018-01-01', 3, 'Wednesday', 22, 'member', 1),
    (date '2024-11-01', 5, 'Friday', 5, 'member', 1), (date '2024-11-01', 5, 'Friday', 12, 'member', 1),
    (date '2024-11-01', 6, 'Saturday', 12, 'unknown', 1), (date '2024-11-01', 6, 'Saturday', 23, 'casual', 1),
    (date '2024-11-01', 7, 'Sunday', 1, 'member', 1), (date '2024-12-01', 1, 'Monday', 11, 'member', 1),
    (date '2024-12-01', 6, 'Saturday', 18, 'casual', 1), (date '2025-03-01', 7, 'Sunday', 1, 'member', 1);

create table trips.mart_trip_lengths_by_month (
    month date, measure string, step_from float64, step_before float64, trips int64
);
insert into trips.mart_trip_lengths_by_month values
    (date '2018-01-01', 'duration_minutes', 15.0, 20.0, 1), (date '2018-01-01', 'duration_minutes', 60.0, null, 1),
    (date '2018-01-01', 'distance_km', 1.0, 1.5, 1), (date '2018-01-01', 'distance_km', 2.0, 2.5, 1),
    (date '2024-11-01', 'duration_minutes', 5.0, 10.0, 1), (date '2024-11-01', 'duration_minutes', 10.0, 15.0, 1),
    (date '2024-11-01', 'duration_minutes', 20.0, 25.0, 2), (date '2024-11-01', 'duration_minutes', 60.0, null, 1),
    (date '2024-11-01', 'distance_km', 0.0, 0.5, 1), (date '2024-11-01', 'distance_km', 1.0, 1.5, 2),
    (date '2024-11-01', 'distance_km', 10.0, null, 1), (date '2024-12-01', 'duration_minutes', 10.0, 15.0, 1),
    (date '2024-12-01', 'duration_minutes', 25.0, 30.0, 1), (date '2024-12-01', 'distance_km', 0.0, 0.5, 1),
    (date '2025-03-01', 'duration_minutes', 20.0, 25.0, 1), (date '2025-03-01', 'distance_km', 10.0, null, 1);

create table trips.mart_quality_by_month (
    month date, outcome string, file_rows int64, share_percent float64, days_to_publication int64
);
insert into trips.mart_quality_by_month values
    (date '2018-01-01', 'loaded', 2, 40.0, 2), (date '2018-01-01', 'malformed', 1, 20.0, 2), (date '2018-01-01', 'duplicate', 1, 20.0, 2),
    (date '2018-01-01', 'bad timestamp', 1, 20.0, 2), (date '2024-11-01', 'loaded', 5, 18.519, 1), (date '2024-11-01', 'duplicate', 2, 7.407, 1),
    (date '2024-11-01', 'malformed', 8, 29.63, 1), (date '2024-11-01', 'bad timestamp', 6, 22.222, 1),
    (date '2024-11-01', 'end before start', 1, 3.704, 1), (date '2024-11-01', 'over 24 h', 2, 7.407, 1),
    (date '2024-11-01', 'no coordinates', 1, 3.704, 1), (date '2024-11-01', 'outside the Bay Area', 2, 7.407, 1),
    (date '2024-12-01', 'loaded', 3, 60.0, 15), (date '2024-12-01', 'duplicate', 1, 20.0, 15), (date '2024-12-01', 'malformed', 1, 20.0, 15),
    (date '2025-03-01', 'loaded', 1, 100.0, 0);

create table trips.mart_routes_by_month (
    month date, popularity_rank int64, start_station_id string, end_station_id string, trips int64,
    median_duration_minutes float64
);
insert into trips.mart_routes_by_month values
    (date '2018-01-01', 1, '120', '285', 1, 1254.73), (date '2024-11-01', 1, 'SF-A', 'SF-B', 2, 20.24),
    (date '2024-11-01', 2, 'SF-A', 'SF-A', 1, 5.0), (date '2024-12-01', 1, 'SF-B', 'SF-B', 1, 29.98),
    (date '2025-03-01', 1, 'OK-C', 'XX-D', 1, 20.0);
