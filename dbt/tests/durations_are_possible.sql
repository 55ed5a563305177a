select
    unique_row_id,
    duration_seconds
from {{ ref('facts_baywheels_trips') }}
where
    started_on in ({{ touched_days() | join(', ') }})
    -- the load rejects an end before the start and a trip of more than a day
    and (duration_seconds is null or duration_seconds not between 0 and 86400)
