-- In: $1 rows of pairs of street names as JSON. Out: id of every row that was written, and whether it is new (no older version of
-- it exists, so xmax is 0). A row that is already as it should be is neither written nor returned.
insert into street_name as o (
    simc, ulic, teryt_name, osm_name, source, source_id, licence
)
select
    r.simc, r.ulic, r.teryt_name, r.osm_name, r.source, r.source_id, r.licence
from jsonb_to_recordset($1) as r (
    simc text, ulic text, teryt_name text, osm_name text, source text, source_id text, licence text
)
on conflict on constraint street_name_key do update set (
    teryt_name, osm_name, source, source_id, licence
) = (
    excluded.teryt_name, excluded.osm_name, excluded.source, excluded.source_id, excluded.licence
)
where (
    o.teryt_name, o.osm_name, o.source, o.source_id, o.licence
) is distinct from (
    excluded.teryt_name, excluded.osm_name, excluded.source, excluded.source_id, excluded.licence
)
returning o.id as "id!", (o.xmax = 0) as "inserted!"
