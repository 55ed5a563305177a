{#
    A condition: this build writes the month. True for every month if the build names none and so builds everything.
    The argument is the expression that the table is partitioned by and the months are constants, so that BigQuery reads
    no other partition.
#}
{% macro in_months(month) -%}
    {%- if var('months', []) -%}{{ month }} in ('{{ var('months') | join("', '") }}'){%- else -%}true{%- endif -%}
{%- endmacro %}
