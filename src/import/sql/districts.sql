-- In: $1 rows of districts as JSON. Out: id of every row that was written, and whether it is new (no older version of
-- it exists, so xmax is 0). A row that is already as it should be is neither written nor returned.
insert into district as o (
    municipality_id, source, source_id, name, area, licence, verified_on
)
select
    r.municipality_id, r.source, r.source_id, r.name, st_multi(st_collectionextract(st_makevalid(r.area),
    3)), r.licence, r.verified_on
from jsonb_to_recordset($1) as r (
    municipality_id bigint, source text, source_id text, name text, area geometry, licence text, verified_on date
)
on conflict on constraint district_source_key do update set (
    name, area, licence, verified_on
) = (
    excluded.name, excluded.area, excluded.licence, excluded.verified_on
)
where (
    o.name, o.area, o.licence, o.verified_on
) is distinct from (
    excluded.name, excluded.area, excluded.licence, excluded.verified_on
)
returning o.id as "id!", (o.xmax = 0) as "inserted!"
