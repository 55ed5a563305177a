-- The CSV in the bucket, one row per line, in no particular order. A column for each field would lose lines: BigQuery's CSV reader drops
-- or refuses those that it can't split, and here each one is loaded or rejected with its text. No file has the byte 1.
create or replace external table `{{ kv('GCP_DATASET') }}.baywheels_tripdata_{{ renderOnce(vars.yyyy_mm) }}_ext` (
    raw string
)
options (
    format = 'CSV',
    uris = ['{{ renderOnce(vars.csv_uri) }}'],
    field_delimiter = '\x01',
    quote = '',
    skip_leading_rows = 0,
    ignore_unknown_values = true,
    preserve_ascii_control_characters = true,
    description = 'The CSV as published: one raw line per row, not parsed, so that no line is lost',
    expiration_timestamp = timestamp_add(current_timestamp(), interval 30 day)
)
