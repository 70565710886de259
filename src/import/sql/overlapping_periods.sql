-- In: $1 rows of periods with known days, $2 all rows. Out: periods in the database, not among the rows, that share a day
-- with one of them.
select
    r.ix as "ix!", r."from"::text as "from!", o.status,
    lower(o.valid)::text || ' – ' || coalesce(upper(o.valid)::text, 'until further notice') as "valid!"
from jsonb_to_recordset($1) as r (ix bigint, premises_id bigint, "from" date, "to" date)
join premises_period o on o.premises_id = r.premises_id and o.valid && daterange(r."from", r."to")
join premises p on p.id = o.premises_id
where not exists (
    select from jsonb_to_recordset($2) as k (municipality_id bigint, source text, source_id text)
    where k.municipality_id = p.municipality_id and k.source = o.source and k.source_id = o.source_id
)
order by r.ix
