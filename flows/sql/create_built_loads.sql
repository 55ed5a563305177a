-- What the models were built from; the last model of a build replaces it.
create table if not exists `{{ kv('GCP_DATASET') }}.built_loads` (
    source_month date,
    loaded_at timestamp
);

-- forgotten until a build of everything goes well: a failed one is repeated
delete from `{{ kv('GCP_DATASET') }}.built_loads`
where {{ renderOnce(vars.is_full) }}
