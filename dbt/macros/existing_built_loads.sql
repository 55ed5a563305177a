{#
    The table built_loads as the last build left it, or none when the incremental models are to be built from all loads. It can't be named
    by ref(): it is built last, and read first by the next build.
#}
{% macro existing_built_loads() -%}
    {%- set found = namespace(relation=none) -%}
    {%- if execute and not flags.FULL_REFRESH -%}
        {%- set relations = [] -%}
        {%- for name in ['int_station_days', 'facts_baywheels_trips', 'built_loads'] -%}
            {%- set relation = adapter.get_relation(this.database, this.schema, name) -%}
            {%- if relation is not none -%}{%- do relations.append(relation) -%}{%- endif -%}
        {%- endfor -%}
        {%- if relations | length == 3 -%}{%- set found.relation = relations[2] -%}{%- endif -%}
    {%- endif -%}
    {{- return(found.relation) -}}
{%- endmacro %}
