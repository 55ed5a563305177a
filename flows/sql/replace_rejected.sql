-- Replaces the rejected rows of the previous load with those of this one.
delete from `{{ kv('GCP_DATASET') }}.baywheels_tripdata_rejected`
where source_month = date '{{ renderOnce(vars.month) }}-01';

insert into `{{ kv('GCP_DATASET') }}.baywheels_tripdata_rejected` (source_month, reason, raw)
select
    source_month,
    reason,
    raw
from `{{ kv('GCP_DATASET') }}.baywheels_tripdata_{{ renderOnce(vars.yyyy_mm) }}`
where reason != 'header'
