{# A condition for tests: no load touched the month after those that this build knows. The next build writes and tests it. #}
{% macro is_settled(month) -%}
    {{ month }} not in (
        select touched_month
        from {{ source('baywheels', 'baywheels_loads') }}
        cross join unnest(touched_months) as touched_month
        where loaded_at > {{ loaded_until() }}
    )
{%- endmacro %}
