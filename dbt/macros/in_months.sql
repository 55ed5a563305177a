{#
    A condition: the month lies among those that this build writes, or no month is named and everything is built. Constants, and the column
    or the expression by which the table is partitioned: BigQuery then reads no other partition.
#}
{% macro in_months(month) -%}
    {%- if var('months', []) -%}{{ month }} in ('{{ var('months') | join("', '") }}'){%- else -%}true{%- endif -%}
{%- endmacro %}
