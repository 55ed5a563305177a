with trips as (

    select * from {{ ref('facts_baywheels_trips') }}
    {%- if is_incremental() %}
    where {{ in_months('month') }}
    {%- endif %}

)

select
    month,
    -- in BigQuery, the week starts on Sunday, with 1
    1 + mod(extract(dayofweek from started_on) + 5, 7) as weekday_number,
    start_weekday as weekday,
    start_hour,
    coalesce(member_casual, 'unknown') as member_casual,
    count(*) as trips
from trips
group by month, weekday_number, weekday, start_hour, member_casual
