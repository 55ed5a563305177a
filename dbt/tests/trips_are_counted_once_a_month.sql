{%- set months = touched_months() %}

with facts as (

    select
        date_trunc(started_on, month) as month,
        count(*) as trips
    from {{ ref('facts_baywheels_trips') }}
    where started_on in ({{ days_of_months(months) | join(', ') }})
    group by month

),

counted as (

    select
        month,
        dimension,
        sum(trips) as trips
    from {{ ref('mart_trips_by_month') }}
    where month in ({{ months | join(', ') }})
    group by month, dimension

)

select
    counted.dimension,
    facts.trips,
    counted.trips as counted_trips,
    coalesce(facts.month, counted.month) as month
from facts
full outer join counted on facts.month = counted.month
where facts.trips is distinct from counted.trips
