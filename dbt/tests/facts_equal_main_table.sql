with trips as (

    select * from {{ ref('stg_baywheels_tripdata') }}
    where {{ in_months('datetime_trunc(started_at, month)') }} and {{ is_settled('month') }}

),

facts as (

    select * from {{ ref('facts_baywheels_trips') }}
    where {{ in_months('month') }} and {{ is_settled('month') }}

),

both_tables as (

    select
        unique_row_id,
        started_at,
        ended_at,
        source_month,
        1 as loaded,
        0 as built
    from trips
    union all
    select
        unique_row_id,
        started_at,
        ended_at,
        source_month,
        0 as loaded,
        1 as built
    from facts

)

select
    unique_row_id,
    sum(loaded) as times_loaded,
    sum(built) as times_built
from both_tables
group by unique_row_id
having
    sum(loaded) != 1
    or sum(built) != 1
    or min(started_at) != max(started_at)
    or min(ended_at) != max(ended_at)
    or min(source_month) != max(source_month)
