{#
    Days whose partitions an incremental build writes anew, as a list of date literals: BigQuery prunes partitions by constants alone, so a
    build costs the same however long the history is. The first one lies before all trips: the list is never empty, and a build without a
    new load replaces nothing. It is asked for once in an invocation and kept in dbt's graph, the only thing that all nodes share.
#}
{% macro touched_days(loads=none) -%}
    {%- set loads = loads or ref('int_loads_to_build') -%}
    {%- set days = ["date '0001-01-01'"] -%}
    {%- if execute and graph.touched_days -%}
        {%- set days = graph.touched_days -%}
    {%- elif execute -%}
        {%- set query -%}
            select distinct cast(touched_day as string) as touched_day
            from {{ loads }}
            cross join unnest(generate_date_array(touched_from, touched_to)) as touched_day
            order by touched_day
        {%- endset -%}
        {%- for row in run_query(query) -%}
            {%- do days.append("date '" ~ row[0] ~ "'") -%}
        {%- endfor -%}
        {%- do graph.update({'touched_days': days}) -%}
    {%- endif -%}
    {{- return(days) -}}
{%- endmacro %}

{# First days of the months of the touched days. #}
{% macro touched_months(loads=none) -%}
    {%- set months = [] -%}
    {%- for day in touched_days(loads) -%}
        {%- set month = day[:-3] ~ "01'" -%}
        {%- if month not in months -%}{%- do months.append(month) -%}{%- endif -%}
    {%- endfor -%}
    {{- return(months) -}}
{%- endmacro %}

{# Every day of these months: what a model with a partition a month reads of a table with a partition a day. Never empty, as above. #}
{% macro days_of_months(months) -%}
    {%- set days = ["date '0001-01-01'"] -%}
    {%- for month in months if execute -%}
        {%- set first_day = modules.datetime.date.fromisoformat(month[6:16]) -%}
        {%- for number in range(31) -%}
            {%- set day = first_day + modules.datetime.timedelta(days=number) -%}
            {%- if day.month == first_day.month -%}{%- do days.append("date '" ~ day.isoformat() ~ "'") -%}{%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {{- return(days) -}}
{%- endmacro %}

{# The partitions of an incremental model that a build writes anew, as its partition_by says: days or months. #}
{% macro touched_partitions(partition_by, loads=none) -%}
    {{- return(touched_months(loads) if partition_by.granularity == 'month' else touched_days(loads)) -}}
{%- endmacro %}
