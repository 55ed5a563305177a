{#
    When the newest load was committed that this build knows; later ones are left to the next build. Loads are committed
    one after the other, each with the time of its statement. Without the variable, loads of the last hour count as
    unknown, since one of them may have been committed during the build.
#}
{% macro loaded_until() -%}
    {%- if var('loaded_until', none) -%}
    timestamp '{{ var('loaded_until') }}'
    {%- else -%}
    timestamp_sub(timestamp '{{ run_started_at }}', interval 1 hour)
    {%- endif -%}
{%- endmacro %}
