-- Why a file of counties can't be used, in one row: a sentence without its full stop, or null if it's good. The file
-- must have exactly one row for each of the nine counties, each with a name and an outline.
with counties as (
    select
        trim(fipsstco) as fips,
        coalesce(trim(county), '') as county,
        not coalesce(regexp_contains(the_geom, r'(?is)^\s*(?:multi)?polygon\s*\(\(.*\d.*\)\)\s*$'), false) as is_empty
    from `{{ kv('GCP_DATASET') }}.bay_area_county_unchecked_ext`
),

nine as (
    select fips
    from unnest(['06001', '06013', '06041', '06055', '06075', '06081', '06085', '06095', '06097']) as fips
),

counted as (
    select
        coalesce(nine.fips, counties.fips, '(none)') as fips,
        nine.fips is not null as is_known,
        count(counties.county) as row_count,
        countif(counties.is_empty) as empty_outlines,
        countif(counties.county = '') as unnamed
    from nine
    full outer join counties on nine.fips = counties.fips
    group by nine.fips, counties.fips
)

select
    case
        when countif(not is_known) > 0
            then
                format(
                    'the file has unknown FIPS codes: %s',
                    string_agg(if(is_known, null, substr(fips, 1, 20)), ', ' order by fips)
                )
        when countif(row_count = 0) > 0
            then
                format(
                    'the file has no row for FIPS %s',
                    string_agg(if(row_count = 0, fips, null), ', ' order by fips)
                )
        when countif(row_count > 1) > 0
            then
                format(
                    'the file has more than one row for FIPS %s',
                    string_agg(if(row_count > 1, fips, null), ', ' order by fips)
                )
        when countif(empty_outlines > 0) > 0
            then
                format(
                    'the file has no valid outline for FIPS %s',
                    string_agg(if(empty_outlines > 0, fips, null), ', ' order by fips)
                )
        when countif(unnamed > 0) > 0
            then
                format(
                    'the file has no county name for FIPS %s',
                    string_agg(if(unnamed > 0, fips, null), ', ' order by fips)
                )
    end as fault
from counted
