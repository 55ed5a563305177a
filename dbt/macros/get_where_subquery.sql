{#
    Replaces dbt's macro of the same name: what a data test reads. Of an incremental model only the partitions that this build wrote, so
    that tests cost the same however long the history is; what is older was tested when it was built. A second copy of a trip on a day that
    no build touches is for `npm run truth` to find. Applies to every incremental model.
#}
{% macro get_where_subquery(relation) -%}
    {%- set conditions = [] -%}
    {%- if config.get('where') -%}{%- do conditions.append('(' ~ config.get('where') ~ ')') -%}{%- endif -%}
    {%- for tested in incremental_models() if tested.alias == relation.identifier and tested.schema == relation.schema -%}
        {%- set by = tested.config.partition_by -%}
        {%- set partitions = touched_partitions(by, existing_table('int_loads_to_build')) -%}
        {%- do conditions.append(by.field ~ ' in (' ~ partitions | join(', ') ~ ')') -%}
    {%- endfor -%}
    {%- if conditions -%}
        {{- return('(select * from ' ~ relation ~ ' where ' ~ conditions | join(' and ') ~ ') as tested') -}}
    {%- endif -%}
    {{- return(relation) -}}
{%- endmacro %}
