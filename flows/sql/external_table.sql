-- The CSV in the bucket as one text column, one row per line, in no particular order. With one column per field,
-- BigQuery's CSV reader would drop or refuse lines that it can't split; here each line is loaded, or rejected with its
-- text. The delimiter is byte 1, which no file contains.
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
