{#
    The table built_loads as the last build left it, or none when the incremental models are to be built from all loads: at a full refresh,
    and when one of them is missing. It can't be named by ref(): it is built last, and read first by the next build.
#}
{% macro existing_built_loads() -%}
    {%- set built = namespace(loads=none) -%}
    {%- if execute and not flags.FULL_REFRESH -%}
        {%- set built.loads = existing_table('built_loads') -%}
        {%- for model in incremental_models() if existing_table(model.name) is none -%}
            {%- set built.loads = none -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return(built.loads) -}}
{%- endmacro %}
