{{ config(materialized='view') }}

with loads as (

    select * from {{ source('baywheels', 'baywheels_loads') }}

),

rejected as (

    select * from {{ source('baywheels', 'baywheels_tripdata_rejected') }}

),

outcomes as (

    select
        source_month,
        'loaded' as outcome,
        rows_loaded as file_rows
    from loads
    union all
    select
        source_month,
        reason as outcome,
        count(*) as file_rows
    from rejected
    group by source_month, reason

)

select
    loads.source_month as month,
    outcomes.outcome,
    outcomes.file_rows,
    round(100 * outcomes.file_rows / nullif(loads.rows_in_file, 0), 3) as share_percent,
    loads.published_at,
    date_diff(
        date(loads.published_at, 'America/Los_Angeles'), last_day(loads.source_month, month), day
    ) as days_to_publication
from loads
inner join outcomes on loads.source_month = outcomes.source_month
