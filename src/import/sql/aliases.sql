-- In: $1 rows of ix, municipality_id, source and source_id, $2 their table. Out: rows that were merged into a record of another source,
-- with that record's own source and source_id.
select r.ix as "ix!", coalesce(o.source, i.source) as "source!", coalesce(o.source_id, i.source_id) as "source_id!"
from jsonb_to_recordset($1) as r (ix bigint, municipality_id bigint, source text, source_id text)
join record_alias a on a.municipality_id = r.municipality_id and a.source = r.source and a.source_id = r.source_id
left join organisation o on o.id = a.organisation_id
left join support_institution i on i.id = a.institution_id
where $2 = case when a.organisation_id is null then 'support_institution' else 'organisation' end
    and coalesce(o.source_id, i.source_id) is not null
order by r.ix
