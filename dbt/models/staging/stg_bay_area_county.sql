with source as (

    select * from {{ source('baywheels', 'bay_area_county_ext') }}

),

renamed as (

    select
        trim(fipsstco) as county_id,
        trim(county) as county,
        the_geom as outline_wkt
    from source

)

select
    county_id,
    county,
    outline_wkt
from renamed
