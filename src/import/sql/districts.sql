-- In: $1 rows of districts as JSON. Out: id of every row that was written, and whether it is new (no older version of
-- it exists, so xmax is 0). A row that is already as it should be is neither written nor returned.
insert into district as o (
    municipality_id, source, source_id, name, area
)
select
    r.municipality_id, r.source, r.source_id, r.name, st_multi(st_collectionextract(st_makevalid(r.area),
    3))
from jsonb_to_recordset($1) as r (
    municipality_id bigint, source text, source_id text, name text, area geometry
)
on conflict on constraint district_source_key do update set (
    name, area
) = (
    excluded.name, excluded.area
)
where (
    o.name, o.area
) is distinct from (
    excluded.name, excluded.area
)
returning o.id as "id!", (o.xmax = 0) as "inserted!"
