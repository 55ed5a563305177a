{#
    A condition for tests: no load has changed the month since the loads that this build knows. Otherwise the next build
    writes and tests it.
#}
{% macro is_settled(month) -%}
    {{ month }} not in (
        select touched_month
        from {{ source('baywheels', 'baywheels_loads') }}
        cross join unnest(touched_months) as touched_month
        where loaded_at > {{ loaded_until() }}
    )
{%- endmacro %}
