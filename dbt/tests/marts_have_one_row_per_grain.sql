{%- set grains = {
    'int_station_months': ['month', 'station_id'],
    'mart_hours_by_month': ['month', 'weekday_number', 'start_hour', 'member_casual'],
    'mart_routes_by_month': ['month', 'start_station_id', 'end_station_id'],
    'mart_stations_by_month': ['month', 'station_id', 'time_of_day'],
    'mart_trip_lengths_by_month': ['month', 'measure', 'step_from'],
    'mart_trips_by_month': ['month', 'dimension', 'value'],
} -%}

{%- for model, columns in grains.items() %}
select
    '{{ model }}' as mart,
    to_json_string(struct({{ columns | join(', ') }})) as grain
from {{ ref(model) }}
where {{ in_months('month') }}
group by {{ columns | join(', ') }}
having count(*) > 1
{%- if not loop.last %}
union all
{%- endif %}
{%- endfor %}
