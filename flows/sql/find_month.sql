-- Finds the month to load in an S3 listing; one row. It's the requested month, or else the oldest month that isn't
-- loaded, comes after `after` and is newer than the oldest loaded month (if nothing is loaded: the newest month).
-- `month` is null if there is none.
with entries as (
    select
        regexp_extract(entry, r'<Key>([^<]*)</Key>') as object_name,
        regexp_extract(entry, r'<ETag>(?:&quot;|")?([^<&"]*)') as etag,
        safe_cast(regexp_extract(entry, r'<LastModified>([^<]*)</LastModified>') as timestamp) as published_at
    from unnest(regexp_extract_all({{ renderOnce(vars.listing) }}, r'(?s)<Contents>(.*?)</Contents>')) as entry
),

objects as (
    select
        *,
        concat(substr(object_name, 1, 4), '-', substr(object_name, 5, 2)) as month,
        row_number() over (partition by substr(object_name, 1, 6) order by published_at desc, object_name desc) as age
    from entries
    where regexp_contains(object_name, r'(?i)^20\d\d(?:0[1-9]|1[0-2])[ _-][\w .-]*tripdata[\w .-]*\.zip$')
),

-- if a month has several objects, the newest one counts
published as (
    select
        month,
        max(if(age = 1, object_name, null)) as object_name,
        max(if(age = 1, etag, null)) as etag,
        max(if(age = 1, published_at, null)) as published_at,
        string_agg(if(age > 1, object_name, null), ', ' order by age) as older_objects
    from objects
    group by month
),

loaded as (
    select
        etag,
        format_date('%Y-%m', source_month) as month
    from `{{ kv('GCP_DATASET') }}.baywheels_loads`
),

span as (
    select
        min(month) as oldest,
        max(month) as newest
    from loaded
),

newest_two as (
    select month
    from published
    order by month desc
    limit 2
),

chosen as (
    select
        published.*,
        loaded.etag as loaded_etag
    from published
    left join loaded on published.month = loaded.month
    cross join span
    where
        if(
            '{{ renderOnce(vars.wanted) }}' != '',
            published.month = '{{ renderOnce(vars.wanted) }}',
            loaded.month is null
            and published.month > '{{ renderOnce(vars.after) }}'
            and published.month > coalesce(
                span.oldest, (select if(count(*) = 2, min(newest_two.month), '') from newest_two)
            )
        )
    order by published.month
    limit 1
),

-- one row, even if no month was found
found as (
    select
        max(month) as month,
        max(object_name) as object_name,
        max(older_objects) as older_objects,
        max(etag) as etag,
        max(loaded_etag) as loaded_etag,
        format_timestamp('%FT%TZ', max(published_at)) as published_at
    from chosen
),

between_loads as (
    select format_date('%Y-%m', day) as month
    from span
    cross join
        unnest(
            generate_date_array(parse_date('%Y-%m', oldest), parse_date('%Y-%m', newest), interval 1 month)
        ) as day
),

compared as (
    select
        string_agg(
            if(published.month is null, between_loads.month, null), ', ' order by between_loads.month
        ) as missing,
        string_agg(
            if(published.etag != loaded.etag, between_loads.month, null), ', ' order by between_loads.month
        ) as changed
    from between_loads
    left join published on between_loads.month = published.month
    left join loaded on between_loads.month = loaded.month
)

select
    found.month,
    found.object_name,
    found.older_objects,
    found.etag,
    found.loaded_etag,
    found.published_at,
    '{{ renderOnce(vars.wanted) }}' > span.oldest as is_scheduled,
    span.newest,
    compared.missing,
    compared.changed
from found
cross join span
cross join compared
