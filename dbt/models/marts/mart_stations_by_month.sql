{{
    config(
        materialized='incremental',
        incremental_strategy='insert_overwrite',
        on_schema_change='fail',
        partition_by={'field': 'month', 'data_type': 'date', 'granularity': 'month'},
    )
}}

{%- set months = touched_months() %}

with station_months as (

    select * from {{ ref('int_station_months') }}
    {%- if is_incremental() %}
    where month in ({{ months | join(', ') }})
    {%- endif %}

)

select
    month,
    station_id,
    station_name,
    starts,
    ends,
    row_number() over (partition by month order by starts + ends desc, station_id asc) as popularity_rank
from station_months
