-- In: $1 rows of regions as JSON. Out: id of every row that was written, and whether it is new (no older version of
-- it exists, so xmax is 0). A row that is already as it should be is neither written nor returned.
insert into region as o (
    level, code, name, area, source, source_id, licence
)
select
    r.level, r.code, r.name, st_multi(st_collectionextract(st_makevalid(r.area), 3)), r.source, r.source_id, r.licence
from jsonb_to_recordset($1) as r (
    level text, code text, name text, area geometry, source text, source_id text, licence text
)
on conflict on constraint region_code_key do update set (
    level, name, area, source, source_id, licence
) = (
    excluded.level, excluded.name, excluded.area, excluded.source, excluded.source_id, excluded.licence
)
where (
    o.level, o.name, o.area, o.source, o.source_id, o.licence
) is distinct from (
    excluded.level, excluded.name, excluded.area, excluded.source, excluded.source_id, excluded.licence
)
returning o.id as "id!", (o.xmax = 0) as "inserted!"
