{#
    Days whose partitions an incremental build writes anew, as a list of date literals: BigQuery prunes partitions by constants alone, so a
    build costs the same however long the history is. The first one lies before all trips: the list is never empty, and a build without a
    new load replaces nothing.
#}
{% macro touched_days() -%}
    {%- set days = ["date '0001-01-01'"] -%}
    {%- set loads = ref('int_loads_to_build') -%}
    {%- if execute -%}
        {%- set query -%}
            select distinct cast(touched_day as string) as touched_day
            from {{ loads }}
            cross join unnest(generate_date_array(touched_from, touched_to)) as touched_day
            order by touched_day
        {%- endset -%}
        {%- for row in run_query(query) -%}
            {%- do days.append("date '" ~ row[0] ~ "'") -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return(days) -}}
{%- endmacro %}
