-- runs after all models that are built by month
-- depends_on: {{ ref('mart_hours_by_month') }}
-- depends_on: {{ ref('mart_routes_by_month') }}
-- depends_on: {{ ref('mart_stations_by_month') }}
-- depends_on: {{ ref('mart_trip_lengths_by_month') }}
-- depends_on: {{ ref('mart_trips_by_month') }}

select
    source_month,
    loaded_at
from {{ source('baywheels', 'baywheels_loads') }}
where loaded_at <= {{ loaded_until() }}
