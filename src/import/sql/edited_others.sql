-- In: $1 keys of a file's rows, $2 their table. Out: keys of records of the same municipalities and sources that somebody edited in the
-- browser and that the file does not have.
with k as (select * from jsonb_to_recordset($1) as k (municipality_id bigint, source text, source_id text))
select e.municipality_id as "municipality_id!", e.source as "source!", coalesce(e.source_id, '') as "source_id!"
from (
    select 'organisation' as thing, municipality_id, source, source_id from organisation where edited_at is not null
    union all
    select 'support_institution', municipality_id, source, source_id from support_institution where edited_at is not null
    union all
    select 'premises', municipality_id, source, source_id from premises where edited_at is not null
    union all
    select 'offer', municipality_id, source, source_id from offer where edited_at is not null
    union all
    select 'demand', municipality_id, source, source_id from demand where edited_at is not null
    union all
    select 'equipment', municipality_id, source, source_id from equipment where edited_at is not null
) e
where e.thing = $2 and (e.municipality_id, e.source) in (select municipality_id, source from k)
    and (e.municipality_id, e.source, coalesce(e.source_id, '')) not in (select municipality_id, source, source_id from k)
