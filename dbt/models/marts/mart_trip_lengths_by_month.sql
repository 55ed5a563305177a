with trips as (

    select * from {{ ref('facts_baywheels_trips') }}
    {%- if is_incremental() %}
    where {{ in_months('month') }}
    {%- endif %}

),

-- one row per trip and measure, so that the facts are read only once
measured as (

    select
        trips.month,
        measure.label as measure,
        measure.step,
        measure.last_step,
        -- whole seconds and metres, since a quotient of fractions could be rounded into the step below
        div(
            if(
                measure.label = 'duration_minutes',
                trips.duration_seconds,
                cast(round(trips.distance_km * 1000) as int64)
            ),
            measure.units
        ) as step_number
    from trips
    cross join
        unnest([
            struct('duration_minutes' as label, 5.0 as step, 300 as units, 12 as last_step),
            struct('distance_km' as label, 0.5 as step, 500 as units, 20 as last_step)
        ]) as measure

),

counted as (

    select
        month,
        measure,
        step,
        last_step,
        least(step_number, last_step) as step_number,
        count(*) as trips
    from measured
    where step_number is not null
    group by month, measure, step, last_step, least(step_number, last_step)

)

select
    month,
    measure,
    step_number * step as step_from,
    if(step_number < last_step, (step_number + 1) * step, null) as step_before,
    trips
from counted
