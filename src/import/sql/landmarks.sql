-- In: $1 rows of landmarks as JSON. Out: id of every row that was written, and whether it is new (no older version of
-- it exists, so xmax is 0). A row that is already as it should be is neither written nor returned.
insert into landmark as o (
    municipality_id, source, source_id, name, description, link, point, licence, verified_on
)
select
    r.municipality_id, r.source, r.source_id, r.name, r.description, r.link, r.point, r.licence, r.verified_on
from jsonb_to_recordset($1) as r (
    municipality_id bigint, source text, source_id text, name text, description text, link text, point geometry,
    licence text, verified_on date
)
on conflict on constraint landmark_source_key do update set (
    name, description, link, point, licence, verified_on
) = (
    excluded.name, excluded.description, excluded.link, excluded.point, excluded.licence, excluded.verified_on
)
where (
    o.name, o.description, o.link, o.point, o.licence, o.verified_on
) is distinct from (
    excluded.name, excluded.description, excluded.link, excluded.point, excluded.licence, excluded.verified_on
)
returning o.id as "id!", (o.xmax = 0) as "inserted!"
