-- The external table over the counties in the bucket; its columns are in the file's order.
create or replace external table `{{ kv('GCP_DATASET') }}.bay_area_county_ext` (
    {{ renderOnce(vars.columns) }}
)
options (
    format = 'CSV',
    uris = ['gs://{{ kv('GCP_BUCKET_NAME') }}/{{ renderOnce(vars.object) }}'],
    skip_leading_rows = 1,
    allow_quoted_newlines = true
)
