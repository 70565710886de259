-- In: $1 rows of offers as JSON. Out: id of every row that was written, and whether it is new (no older version of
-- it exists, so xmax is 0). A row that is already as it should be is neither written nor returned.
insert into offer as o (
    municipality_id, source, source_id, organisation_id, kind, name, description, category, price_pln,
    price_unit, delivery_area
)
select
    r.municipality_id, r.source, r.source_id, r.organisation_id, r.kind, r.name, r.description,
    r.category, r.price_pln, r.price_unit, r.delivery_area
from jsonb_to_recordset($1) as r (
    municipality_id bigint, source text, source_id text, organisation_id bigint, kind text, name text,
    description text, category text, price_pln numeric, price_unit text, delivery_area text
)
on conflict on constraint offer_source_key do update set (
    organisation_id, kind, name, description, category, price_pln, price_unit, delivery_area
) = (
    excluded.organisation_id, excluded.kind, excluded.name, excluded.description, excluded.category,
    excluded.price_pln, excluded.price_unit, excluded.delivery_area
)
where (
    o.organisation_id, o.kind, o.name, o.description, o.category, o.price_pln, o.price_unit,
    o.delivery_area
) is distinct from (
    excluded.organisation_id, excluded.kind, excluded.name, excluded.description, excluded.category,
    excluded.price_pln, excluded.price_unit, excluded.delivery_area
)
returning o.id as "id!", (o.xmax = 0) as "inserted!"
