select
    rideable_type,
    member_casual,
    count(*) as trips
from {{ ref('facts_baywheels_trips') }}
where
    {{ in_months('month') }}
    and (
        rideable_type not in ('classic_bike', 'electric_bike', 'docked_bike')
        or member_casual not in ('member', 'casual')
    )
group by rideable_type, member_casual
