-- The loads that the models were built from; the last model of a build replaces this table.
create table if not exists `{{ kv('GCP_DATASET') }}.built_loads` (
    source_month date,
    loaded_at timestamp
);

-- emptied before a full build, so that a failed one is repeated
delete from `{{ kv('GCP_DATASET') }}.built_loads`
where {{ renderOnce(vars.is_full) }}
