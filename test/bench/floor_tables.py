"""The statements by which floor.py makes the pipeline's tables in DuckDB.

They follow the same rules and share no statement with the pipeline. Files have the present schema.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

CSV_COLUMNS = {
    "ride_id": "varchar",
    "rideable_type": "varchar",
    "started_at": "timestamp",
    "ended_at": "timestamp",
    "start_station_name": "varchar",
    "start_station_id": "varchar",
    "end_station_name": "varchar",
    "end_station_id": "varchar",
    "start_lat": "double",
    "start_lng": "double",
    "end_lat": "double",
    "end_lng": "double",
    "member_casual": "varchar",
}

SPHERE_RADIUS_KM = 6371.01


def instant(column: str) -> str:
    """When the clock showed a time: of the hour that it shows twice, the first, where DuckDB takes the second."""
    zone = "at time zone 'America/Los_Angeles'"
    second = f"({column} {zone})"
    first = f"({second} - interval 1 hour)"
    return f"if({first} {zone} = {column}, {first}, {second})"


def judged(month: str, csv: Path) -> str:
    """Every row that DuckDB can read of a month's file, with the reason for which it is no trip.

    DuckDB tells of the others in the table `unread`.
    """
    zone = "at time zone 'America/Los_Angeles'"
    start, end = instant("started_at"), instant("ended_at")
    # the clock showed that time for the second time
    later = f"{end} < {start} and ({end} + interval 1 hour) {zone} = ended_at"
    seconds = f"epoch({end}) + if({later}, 3600, 0) - epoch({start})"
    inside = "{0}_lat between 36.8 and 38.9 and {0}_lng between -123.7 and -121.2"
    return f"""
        select *, case when reason is null and row_number() over (
                partition by ride_id, reason
                order by started_at, ended_at, start_station_id, end_station_id, start_lat, start_lng, end_lat, end_lng
            ) > 1 then 'duplicate' else reason end as final_reason
        from (
            select md5(ride_id) as unique_row_id, date '{month}-01' as source_month, *,
                coalesce(start_lat != 0 and start_lng != 0, false) as is_start_known,
                coalesce(end_lat != 0 and end_lng != 0, false) as is_end_known,
                case
                    when ride_id is null then 'malformed'
                    when started_at is null or ended_at is null
                        or started_at < date '{month}-01' - interval 1 month
                        or started_at >= date '{month}-01' + interval 2 month then 'bad timestamp'
                    when {seconds} < 0 then 'end before start'
                    when {seconds} > 86400 then 'over 24 h'
                    when not is_start_known and not is_end_known then 'no coordinates'
                    when is_start_known and not ({inside.format("start")})
                        or is_end_known and not ({inside.format("end")}) then 'outside the Bay Area'
                end as reason
            from read_csv(
                '{csv}', columns = {CSV_COLUMNS}, header = true, auto_detect = false, delim = ',', quote = '"',
                escape = '"', nullstr = ['', 'NULL'], store_rejects = true, rejects_table = 'unread',
                rejects_scan = 'unread_scans'
            )
        )
    """


STATION_MONTHS = """
    with visits as (
        select date_trunc('month', started_at)::date as month, start_station_id as station_id,
            start_station_name as station_name, start_lat as lat, start_lng as lng, started_at as seen_at
        from touched
        union all
        select date_trunc('month', started_at)::date, end_station_id, end_station_name, end_lat, end_lng, ended_at
        from touched
    )
    select month, station_id, arg_max(station_name, seen_at) as station_name,
        list_sort(list(distinct station_name)) as station_names,
        round(avg(lat), 5) as lat, round(avg(lng), 5) as lng,
        min(seen_at) as first_seen_at, max(seen_at) as last_seen_at
    from visits
    where station_id is not null
    group by month, station_id
"""

STATIONS = """
    with seen as (
        select station_id, arg_max(station_name, month) as station_name,
            list_sort(list_distinct(flatten(list(station_names)))) as aliases,
            arg_max(lat, month) as lat, arg_max(lng, month) as lng,
            min(first_seen_at) as first_seen_at, max(last_seen_at) as last_seen_at
        from station_months
        group by station_id
    ),
    located as (
        select station_id, min(county) as county
        from seen
        join counties on st_within(st_point(lng, lat), outline)
        group by station_id
    )
    select seen.*, county
    from seen
    left join located using (station_id)
"""

FACTS = f"""
    with timed as (
        select
            *,
            {instant("started_at")} as start_instant,
            {instant("ended_at")} as end_instant
        from touched
    ),
    places as (
        select start_lat as lat, start_lng as lng from timed where start_station_id is null
        union
        select end_lat, end_lng from timed where end_station_id is null
    ),
    located as (
        select lat, lng, min(county) as county
        from places
        join counties on st_within(st_point(lng, lat), outline)
        group by lat, lng
    )
    select
        unique_row_id,
        ride_id,
        source_month,
        rideable_type,
        member_casual,
        started_at,
        ended_at,
        started_at::date as started_on,
        date_trunc('month', started_at)::date as month,
        timed.start_station_id,
        timed.end_station_id,
        start_lat,
        start_lng,
        end_lat,
        end_lng,
        if(start_station_id is null, start_place.county, start_station.county) as start_county,
        if(end_station_id is null, end_place.county, end_station.county) as end_county,
        round(2 * {SPHERE_RADIUS_KM} * asin(sqrt(
            sin(radians(end_lat - start_lat) / 2) ** 2
            + cos(radians(start_lat)) * cos(radians(end_lat)) * sin(radians(end_lng - start_lng) / 2) ** 2
        )), 3) as distance_km,
        floor(epoch(end_instant) + if(end_instant < start_instant, 3600, 0) - epoch(start_instant))::bigint
            as duration_seconds,
        end_instant < start_instant as dst_ambiguous,
        hour(started_at) as start_hour,
        case
            when hour(started_at) < 6 then 'night'
            when hour(started_at) < 12 then 'morning'
            when hour(started_at) < 18 then 'afternoon'
            else 'evening'
        end as time_of_day,
        case
            when hour(ended_at) < 6 then 'night'
            when hour(ended_at) < 12 then 'morning'
            when hour(ended_at) < 18 then 'afternoon'
            else 'evening'
        end as end_time_of_day,
        dayname(started_at) as start_weekday,
        month(started_at) as start_month,
        quarter(started_at) as start_quarter,
        year(started_at) as start_year
    from timed
    left join stations as start_station on start_station_id = start_station.station_id
    left join stations as end_station on end_station_id = end_station.station_id
    left join located as start_place on start_lat = start_place.lat and start_lng = start_place.lng
    left join located as end_place on end_lat = end_place.lat and end_lng = end_place.lng
"""

RECENT_FACTS = """
    (select * from facts where month in (select month from months))
"""

TRIPS_BY_MONTH = f"""
    with dimensions as (
        select month, duration_seconds / 60 as minutes, distance_km, unnest([
            {{'dimension': 'all', 'value': 'all'}},
            {{'dimension': 'rideable_type', 'value': coalesce(rideable_type, 'unknown')}},
            {{'dimension': 'member_casual', 'value': coalesce(member_casual, 'unknown')}},
            {{'dimension': 'time_of_day', 'value': time_of_day}},
            {{'dimension': 'weekday', 'value': start_weekday}},
            {{'dimension': 'start_county', 'value':
                coalesce(start_county, if(start_station_id is null and start_lat is null, 'unknown', 'outside'))}}
        ], recursive := true)
        from {RECENT_FACTS}
    )
    select month, dimension, value, count(*) as trips, round(avg(minutes), 2) as average_duration_minutes,
        round(median(minutes), 2) as median_duration_minutes, round(avg(distance_km), 3) as average_distance_km,
        round(median(distance_km), 3) as median_distance_km
    from dimensions
    group by month, dimension, value
"""

STATIONS_BY_MONTH = f"""
    with visits as (
        select month, start_station_id as station_id, time_of_day, 1 as starts, 0 as ends from {RECENT_FACTS}
        union all
        select month, end_station_id, end_time_of_day, 0, 1 from {RECENT_FACTS}
    )
    select month, station_id, station_name, time_of_day, sum(starts) as starts, sum(ends) as ends
    from visits
    join station_months using (month, station_id)
    group by month, station_id, station_name, time_of_day
"""

HOURS_BY_MONTH = f"""
    select month, isodow(started_on) as weekday_number, start_weekday as weekday, start_hour,
        coalesce(member_casual, 'unknown') as member_casual, count(*) as trips
    from {RECENT_FACTS}
    group by all
"""

LENGTHS_BY_MONTH = f"""
    select month, 'duration_minutes' as measure, least(duration_seconds // 300, 12) * 5.0 as step_from,
        count(*) as trips
    from {RECENT_FACTS}
    group by all
    union all
    select month, 'distance_km', least(floor(distance_km * 2), 20) / 2, count(*)
    from {RECENT_FACTS}
    where distance_km is not null
    group by all
"""

ROUTES_BY_MONTH = f"""
    select month, start_station_id, end_station_id, count(*) as trips,
        row_number() over (partition by month order by trips desc, start_station_id, end_station_id) as popularity_rank,
        round(median(duration_seconds) / 60, 2) as median_duration_minutes
    from {RECENT_FACTS}
    where start_station_id is not null and end_station_id is not null
    group by month, start_station_id, end_station_id
    qualify popularity_rank <= 100
"""
