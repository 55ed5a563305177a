select
    source_month,
    rows_in_file,
    rows_loaded,
    rows_rejected
from {{ source('baywheels', 'baywheels_loads') }}
where rows_in_file is distinct from rows_loaded + rows_rejected
