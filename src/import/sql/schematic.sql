-- In: $1 rows of features of the schematic basemap as JSON. Out: id of every row that was written, and whether it is new (no older version of
-- it exists, so xmax is 0). A row that is already as it should be is neither written nor returned.
insert into schematic_feature as o (
    municipality_id, source, source_id, kind, name, rank, geom
)
select
    r.municipality_id, r.source, r.source_id, r.kind, r.name, r.rank, case when st_isvalid(r.geom) then
    r.geom     else st_collectionextract(st_makevalid(r.geom), st_dimension(r.geom) + 1) end
from jsonb_to_recordset($1) as r (
    municipality_id bigint, source text, source_id text, kind text, name text, rank smallint,
    geom geometry
)
on conflict on constraint schematic_feature_source_key do update set (
    kind, name, rank, geom
) = (
    excluded.kind, excluded.name, excluded.rank, excluded.geom
)
where (
    o.kind, o.name, o.rank, o.geom
) is distinct from (
    excluded.kind, excluded.name, excluded.rank, excluded.geom
)
returning o.id as "id!", (o.xmax = 0) as "inserted!"
