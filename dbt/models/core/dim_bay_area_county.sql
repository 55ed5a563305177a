with counties as (

    select * from {{ ref('stg_bay_area_county') }}

)

select
    county_id,
    county,
    st_geogfromtext(outline_wkt) as outline
from counties
