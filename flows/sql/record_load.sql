-- Records what this load does. Runs before the merge, while the months of the rides that it moves or removes are known.
merge `{{ kv('GCP_DATASET') }}.baywheels_loads` as t
using (
    select
        date '{{ renderOnce(vars.month) }}-01' as source_month,
        {{ renderOnce(vars.object_name) }} as object_name,
        safe_cast('{{ renderOnce(vars.published_at) }}' as timestamp) as published_at,
        {{ renderOnce(vars.size_bytes) }} as size_bytes,
        nullif({{ renderOnce(vars.etag) }}, '') as etag,
        countif(reason is distinct from 'header') as rows_in_file,
        countif(reason is null) as rows_loaded,
        countif(reason != 'header') as rows_rejected,
        array(
            select date_trunc(date(rides.started_at), month) as touched_month
            from `{{ kv('GCP_DATASET') }}.baywheels_tripdata_{{ renderOnce(vars.yyyy_mm) }}` as rides
            where rides.reason is null
            union distinct
            select date_trunc(date(trips.started_at), month) as touched_month
            from `{{ kv('GCP_DATASET') }}.baywheels_tripdata` as trips
            left join `{{ kv('GCP_DATASET') }}.baywheels_tripdata_{{ renderOnce(vars.yyyy_mm) }}` as new_trips
                on trips.unique_row_id = new_trips.unique_row_id and new_trips.reason is null
            where
                trips.started_at >= datetime '{{ renderOnce(vars.bound_from) }}'
                and trips.started_at < datetime '{{ renderOnce(vars.bound_before) }}'
                and (
                    new_trips.unique_row_id is not null
                    or trips.source_month = date '{{ renderOnce(vars.month) }}-01'
                    or trips.older_month = date '{{ renderOnce(vars.month) }}-01'
                )
            union distinct
            -- the months that earlier loads changed, which may not have been built yet
            select touched_month
            from `{{ kv('GCP_DATASET') }}.baywheels_loads` as loads
            cross join unnest(loads.touched_months) as touched_month
            where loads.source_month = date '{{ renderOnce(vars.month) }}-01'
        ) as touched_months,
        timestamp_diff(current_timestamp(), timestamp '{{ renderOnce(vars.started) }}', millisecond) / 1000 as seconds,
        current_timestamp() as loaded_at,
        '{{ execution.id }}' as execution_id
    from `{{ kv('GCP_DATASET') }}.baywheels_tripdata_{{ renderOnce(vars.yyyy_mm) }}`
) as s
    on t.source_month = s.source_month
when matched then
    update
        set
            object_name = s.object_name,
            published_at = s.published_at,
            size_bytes = s.size_bytes,
            etag = s.etag,
            rows_in_file = s.rows_in_file,
            rows_loaded = s.rows_loaded,
            rows_rejected = s.rows_rejected,
            touched_months = s.touched_months,
            seconds = s.seconds,
            loaded_at = s.loaded_at,
            execution_id = s.execution_id
when not matched then
    insert (
        source_month, object_name, published_at, size_bytes, etag, rows_in_file, rows_loaded, rows_rejected,
        touched_months, seconds, loaded_at, execution_id
    )
    values (
        s.source_month, s.object_name, s.published_at, s.size_bytes, s.etag, s.rows_in_file, s.rows_loaded,
        s.rows_rejected, s.touched_months, s.seconds, s.loaded_at, s.execution_id
    )
