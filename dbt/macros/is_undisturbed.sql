{#
    A condition for tests that compare models with what the flows load: true unless a month was loaded, or taken away, while this build ran.
    The next build then writes its days anew and tests them.
#}
{% macro is_undisturbed() -%}
    {%- set built_loads = existing_built_loads() -%}
    not exists (
        select 1
        from {{ source('baywheels', 'baywheels_loads') }} as loads
        full outer join (
            select
                source_month,
                loaded_at
            from {{ ref('int_loads_to_build') }}
            {%- if built_loads is not none %}
            union all
            select
                source_month,
                loaded_at
            from {{ built_loads }}
            where source_month not in (select to_build.source_month from {{ ref('int_loads_to_build') }} as to_build)
            {%- endif %}
        ) as seen on loads.source_month = seen.source_month
        where loads.loaded_at is distinct from seen.loaded_at
    )
{%- endmacro %}
