-- In: $1 rows of municipalities as JSON. Out: id of every row that was written, and whether it is new (no older version of
-- it exists, so xmax is 0). A row that is already as it should be is neither written nor returned.
insert into municipality as o (
    teryt, name, boundary, source, licence, verified_on
)
select
    r.teryt, r.name, st_multi(st_collectionextract(st_makevalid(r.boundary), 3)), r.source, r.licence, r.verified_on
from jsonb_to_recordset($1) as r (
    teryt text, name text, boundary geometry, source text, licence text, verified_on date
)
on conflict on constraint municipality_teryt_key do update set (
    name, boundary, source, licence, verified_on
) = (
    excluded.name, excluded.boundary, excluded.source, excluded.licence, excluded.verified_on
)
where (
    o.name, o.boundary, o.source, o.licence, o.verified_on
) is distinct from (
    excluded.name, excluded.boundary, excluded.source, excluded.licence, excluded.verified_on
)
returning o.id as "id!", (o.xmax = 0) as "inserted!"
