with facts as (

    select
        month,
        count(*) as trips,
        count(distance_km) as distances,
        count(start_station_id) as starts,
        count(end_station_id) as ends
    from {{ ref('facts_baywheels_trips') }}
    where {{ in_months('month') }}
    group by month

),

stations as (

    select
        month,
        starts,
        ends
    from {{ ref('mart_stations_by_month') }}
    where {{ in_months('month') }}

),

-- the trips by each way in which a mart counts them, and the count of the facts that they must equal
counted as (

    select
        month,
        dimension as way,
        'trips' as what,
        sum(trips) as trips
    from {{ ref('mart_trips_by_month') }}
    where {{ in_months('month') }}
    group by month, dimension
    union all
    select
        month,
        'hours' as way,
        'trips' as what,
        sum(trips) as trips
    from {{ ref('mart_hours_by_month') }}
    where {{ in_months('month') }}
    group by month
    union all
    select
        month,
        measure as way,
        if(measure = 'distance_km', 'distances', 'trips') as what,
        sum(trips) as trips
    from {{ ref('mart_trip_lengths_by_month') }}
    where {{ in_months('month') }}
    group by month, measure
    union all
    select
        month,
        what as way,
        what,
        sum(if(what = 'starts', starts, ends)) as trips
    from stations
    cross join unnest(['starts', 'ends']) as what
    group by month, what

),

ways as (

    select distinct
        way,
        what
    from counted

),

expected as (

    select
        facts.month,
        ways.way,
        case ways.what
            when 'trips' then facts.trips
            when 'distances' then facts.distances
            when 'starts' then facts.starts
            when 'ends' then facts.ends
        end as trips
    from facts
    cross join ways

)

select
    coalesce(expected.month, counted.month) as month,
    coalesce(expected.way, counted.way) as way,
    expected.trips as expected_trips,
    counted.trips as counted_trips
from expected
full outer join counted on expected.month = counted.month and expected.way = counted.way
where coalesce(expected.trips, 0) != coalesce(counted.trips, 0)
