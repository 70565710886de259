-- In: $1 rows of equipment as JSON. Out: id of every row that was written, and whether it is new (no older version of
-- it exists, so xmax is 0). A row that is already as it should be is neither written nor returned.
insert into equipment as o (
    municipality_id, source, source_id, organisation_id, owner_name, name, description, category, mode,
    quantity, terms
)
select
    r.municipality_id, r.source, r.source_id, r.organisation_id, r.owner_name, r.name, r.description,
    r.category, r.mode, r.quantity, r.terms
from jsonb_to_recordset($1) as r (
    municipality_id bigint, source text, source_id text, organisation_id bigint, owner_name text,
    name text, description text, category text, mode text, quantity integer, terms text
)
on conflict on constraint equipment_source_key do update set (
    organisation_id, owner_name, name, description, category, mode, quantity, terms
) = (
    excluded.organisation_id, excluded.owner_name, excluded.name, excluded.description, excluded.category,
    excluded.mode, excluded.quantity, excluded.terms
)
where (
    o.organisation_id, o.owner_name, o.name, o.description, o.category, o.mode, o.quantity, o.terms
) is distinct from (
    excluded.organisation_id, excluded.owner_name, excluded.name, excluded.description, excluded.category,
    excluded.mode, excluded.quantity, excluded.terms
)
returning o.id as "id!", (o.xmax = 0) as "inserted!"
