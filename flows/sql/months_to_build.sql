-- The months that the models must build: those that loads changed since the last build. `months` is null if built_loads
-- is empty, which means all months.
with loads as (

    select * from `{{ kv('GCP_DATASET') }}.baywheels_loads`

),

built_loads as (

    select * from `{{ kv('GCP_DATASET') }}.built_loads`

),

changed as (

    select
        coalesce(loads.source_month, built_loads.source_month) as source_month,
        -- a load that was deleted: its trips started in its month or in a neighbouring one
        if(
            loads.source_month is null,
            [
                date_sub(built_loads.source_month, interval 1 month),
                date_add(built_loads.source_month, interval 1 month)
            ],
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
