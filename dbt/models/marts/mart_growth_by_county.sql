{{ config(materialized='view') }}

with trips_by_month as (

    select * from {{ ref('mart_trips_by_month') }}

),

-- a month that isn't loaded can still have a few trips, from the edges of the neighbouring months' files
loaded_months as (

    select source_month as month from {{ ref('built_loads') }}

),

counted as (

    select
        month,
        value as county,
        trips
    from trips_by_month
    where dimension in ('all', 'start_county')

),

counties as (

    select distinct county from counted

),

months_of_counties as (

    select
        loaded_months.month,
        counties.county,
        coalesce(counted.trips, 0) as trips
    from loaded_months
    cross join counties
    left join counted on loaded_months.month = counted.month and counties.county = counted.county

)

select
    present.month,
    present.county,
    present.trips,
    round(
        100 * (present.trips - month_before.trips) / nullif(month_before.trips, 0), 1
    ) as change_to_month_before_percent,
    round(100 * (present.trips - year_before.trips) / nullif(year_before.trips, 0), 1) as change_to_year_before_percent
from months_of_counties as present
left join months_of_counties as month_before
    on present.county = month_before.county and month_before.month = date_sub(present.month, interval 1 month)
left join months_of_counties as year_before
    on present.county = year_before.county and year_before.month = date_sub(present.month, interval 1 year)
