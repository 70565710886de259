-- In: $1 rows of demand as JSON. Out: id of every row that was written, and whether it is new (no older version of
-- it exists, so xmax is 0). A row that is already as it should be is neither written nor returned.
insert into demand as o (
    municipality_id, source, source_id, organisation_id, unit_name, name, description, category, quantity,
    budget_min_pln, budget_max_pln, deadline
)
select
    r.municipality_id, r.source, r.source_id, r.organisation_id, r.unit_name, r.name, r.description,
    r.category, r.quantity, r.budget_min_pln, r.budget_max_pln, r.deadline
from jsonb_to_recordset($1) as r (
    municipality_id bigint, source text, source_id text, organisation_id bigint, unit_name text,
    name text, description text, category text, quantity text, budget_min_pln numeric, budget_max_pln numeric,
    deadline date
)
on conflict on constraint demand_source_key do update set (
    organisation_id, unit_name, name, description, category, quantity, budget_min_pln, budget_max_pln,
    deadline
) = (
    excluded.organisation_id, excluded.unit_name, excluded.name, excluded.description, excluded.category,
    excluded.quantity, excluded.budget_min_pln, excluded.budget_max_pln, excluded.deadline
)
where (
    o.organisation_id, o.unit_name, o.name, o.description, o.category, o.quantity, o.budget_min_pln,
    o.budget_max_pln, o.deadline
) is distinct from (
    excluded.organisation_id, excluded.unit_name, excluded.name, excluded.description, excluded.category,
    excluded.quantity, excluded.budget_min_pln, excluded.budget_max_pln, excluded.deadline
)
returning o.id as "id!", (o.xmax = 0) as "inserted!"
