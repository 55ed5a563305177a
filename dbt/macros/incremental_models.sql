{# Every incremental model of the project, as dbt's graph has it. Empty while the project is parsed. #}
{% macro incremental_models() -%}
    {%- set models = [] -%}
    {%- if execute -%}
        {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.config.materialized == 'incremental' -%}
            {%- do models.append(node) -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return(models) -}}
{%- endmacro %}

{# The table of a model, by its name; none when it does not exist. For macros that cannot name it by ref(). #}
{% macro existing_table(name) -%}
    {%- set node = graph.nodes['model.' ~ project_name ~ '.' ~ name] -%}
    {{- return(adapter.get_relation(node.database, node.schema, node.alias)) -}}
{%- endmacro %}
