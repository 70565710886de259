-- In: $1 rows of ix, municipality_id, source and source_id, $2 their table. Out: those whose record somebody edited in the browser.
select r.ix as "ix!", e.id as "id!"
from jsonb_to_recordset($1) as r (ix bigint, municipality_id bigint, source text, source_id text)
join (
    select 'organisation' as thing, id, municipality_id, source, source_id from organisation where edited_at is not null
    union all
    select 'support_institution', id, municipality_id, source, source_id from support_institution where edited_at is not null
    union all
    select 'premises', id, municipality_id, source, source_id from premises where edited_at is not null
    union all
    select 'offer', id, municipality_id, source, source_id from offer where edited_at is not null
    union all
    select 'demand', id, municipality_id, source, source_id from demand where edited_at is not null
    union all
    select 'equipment', id, municipality_id, source, source_id from equipment where edited_at is not null
) e on e.municipality_id = r.municipality_id and e.source = r.source and e.source_id = r.source_id
where e.thing = $2
order by r.ix
