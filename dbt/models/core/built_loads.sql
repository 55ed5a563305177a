{%- set built_loads = existing_built_loads() -%}

-- built last: after every incremental model
-- depends_on: {{ ref('facts_baywheels_trips') }}
-- depends_on: {{ ref('int_station_months') }}
-- depends_on: {{ ref('mart_routes_by_month') }}
-- depends_on: {{ ref('mart_stations_by_month') }}
-- depends_on: {{ ref('mart_trips_by_month') }}

with loads as (

    select * from {{ source('baywheels', 'baywheels_loads') }}

),

built_now as (

    select * from {{ ref('int_loads_to_build') }}

),

built_before as (

    {% if built_loads is none -%}
    select
        source_month,
        loaded_at,
        first_day,
        last_day
    from loads
    where false
    {%- else -%}
    select * from {{ built_loads }}
    {%- endif %}

)

select
    loads.source_month,
    -- null for a load that came during the build: the facts may hold a part of it
    case
        when built_now.source_month is not null then built_now.loaded_at
        when built_before.loaded_at = loads.loaded_at then built_before.loaded_at
    end as loaded_at,
    least(loads.first_day, coalesce(built_now.first_day, built_before.first_day, loads.first_day)) as first_day,
    greatest(loads.last_day, coalesce(built_now.last_day, built_before.last_day, loads.last_day)) as last_day
from loads
left join built_now on loads.source_month = built_now.source_month
left join built_before on loads.source_month = built_before.source_month
