{%- set built_loads = existing_built_loads() -%}

with loads as (

    select * from {{ source('baywheels', 'baywheels_loads') }}

),

built as (

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

),

compared as (

    select
        loads.loaded_at,
        loads.first_day,
        loads.last_day,
        coalesce(loads.source_month, built.source_month) as source_month,
        least(coalesce(loads.first_day, built.first_day), coalesce(built.first_day, loads.first_day)) as touched_from,
        greatest(coalesce(loads.last_day, built.last_day), coalesce(built.last_day, loads.last_day)) as touched_to
    from loads
    full outer join built on loads.source_month = built.source_month
    where loads.loaded_at is distinct from built.loaded_at or loads.source_month is null

)

select
    source_month,
    loaded_at,
    first_day,
    last_day,
    touched_from,
    touched_to
from compared
