-- In: $1 rows of categories as JSON. Out: a number for every row that was written, and whether it is new (no older version of
-- it exists, so xmax is 0). A row that is already as it should be is neither written nor returned.
insert into category as o (
    code, name_pl, name_en, cpv
)
select
    r.code, r.name_pl, r.name_en, r.cpv
from jsonb_to_recordset($1) as r (
    code text, name_pl text, name_en text, cpv text
)
on conflict on constraint category_pkey do update set (
    name_pl, name_en, cpv
) = (
    excluded.name_pl, excluded.name_en, excluded.cpv
)
where (
    o.name_pl, o.name_en, o.cpv
) is distinct from (
    excluded.name_pl, excluded.name_en, excluded.cpv
)
returning hashtextextended(o.code, 0) as "id!", (o.xmax = 0) as "inserted!"
