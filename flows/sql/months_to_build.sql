-- The months that the models must build: those that loads touched since the last build. Without a row in built_loads it names none: everything
-- must be built.
create table if not exists `{{ kv('GCP_PROJECT_ID') }}.{{ kv('GCP_DATASET') }}.built_loads` (
    source_month date,
    loaded_at timestamp
);

-- forgotten until a build of everything goes well: a failed one is repeated
delete from `{{ kv('GCP_PROJECT_ID') }}.{{ kv('GCP_DATASET') }}.built_loads`
where {{ renderOnce(vars.is_full) }};

with loads as (

    select * from `{{ kv('GCP_PROJECT_ID') }}.{{ kv('GCP_DATASET') }}.baywheels_loads`

),

built_loads as (

    select * from `{{ kv('GCP_PROJECT_ID') }}.{{ kv('GCP_DATASET') }}.built_loads`

),

changed as (

    select
        coalesce(loads.source_month, built_loads.source_month) as source_month,
        -- a month that was taken away: its trips began in it or in a month beside it
        if(
            loads.source_month is null,
            [date_sub(built_loads.source_month, interval 1 month), date_add(built_loads.source_month, interval 1 month)],
            loads.touched_months
        ) as touched_months
    from loads
    full outer join built_loads on loads.source_month = built_loads.source_month
    where loads.loaded_at is distinct from built_loads.loaded_at

),

touched as (

    select source_month as month from changed
    union distinct
    select month from changed cross join unnest(touched_months) as month

)

select
    (select count(*) from changed) > 0 as is_new,
    if(
        (select count(*) from built_loads) = 0,
        null,
        (select string_agg(format_date('"%F"', month), ', ' order by month) from touched)
    ) as months,
    (select format_timestamp('%F %H:%M:%E6S+00', max(loaded_at)) from loads) as loaded_until
