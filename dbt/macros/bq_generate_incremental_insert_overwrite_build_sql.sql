{#
    Replaces dbt-bigquery's macro of the same name: strategy insert_overwrite writes the touched days or months anew, in one transaction.
    dbt's own takes them from the config `partitions`, which is evaluated when the project is parsed, before a query can tell them; or from
    the new rows, so that a day whose last trip vanished keeps its old rows.
#}
{% macro bq_generate_incremental_insert_overwrite_build_sql(
    tmp_relation, target_relation, sql, unique_key, partition_by, partitions, dest_columns, tmp_relation_exists, copy_partitions
) %}
    {%- set columns = dest_columns | map(attribute='quoted') | join(', ') -%}

    begin transaction;

    delete from {{ target_relation }}
    where {{ partition_by.field }} in ({{ touched_partitions(partition_by) | join(', ') }});

    insert into {{ target_relation }} ({{ columns }})
    select {{ columns }}
    from {{ tmp_relation if tmp_relation_exists else '(' ~ sql ~ ')' }};

    commit transaction;
{% endmacro %}
