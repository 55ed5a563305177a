with counties as (

    select * from {{ ref('stg_bay_area_county') }}

)

select
    county_id,
    county,
    -- some published outlines cross themselves
    st_geogfromtext(outline_wkt, make_valid => true) as outline
from counties
