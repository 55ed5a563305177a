{%- set days = touched_days() | join(', ') %}

with trips as (

    select * from {{ ref('stg_baywheels_tripdata') }}
    where started_on in ({{ days }})

),

facts as (

    select * from {{ ref('facts_baywheels_trips') }}
    where started_on in ({{ days }})

)

select
    trips.unique_row_id as loaded_row_id,
    facts.unique_row_id as built_row_id
from trips
full outer join facts on trips.unique_row_id = facts.unique_row_id
where
    (
        trips.started_at is distinct from facts.started_at
        or trips.ended_at is distinct from facts.ended_at
        or trips.source_month is distinct from facts.source_month
    )
    and {{ is_undisturbed() }}
