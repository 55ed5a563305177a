select
    source_month,
    count(*) as loads,
    sum(rows_in_file) as in_file,
    sum(rows_loaded) as loaded,
    sum(rows_rejected) as rejected
from {{ source('baywheels', 'baywheels_loads') }}
group by source_month
having
    source_month is null
    or count(*) != 1
    or sum(rows_in_file) is distinct from sum(rows_loaded) + sum(rows_rejected)
