-- In: $1 rows of organisations. Out: other organisations that hold a row's KRS, NIP or REGON, and which of them. Records
-- that are themselves among the rows are left to the rows' own checks.
select
    r.ix as "ix!", o.name, o.source, coalesce(o.source_id, '') as "source_id!",
    r.krs, r.nip, r.regon, o.krs = r.krs as same_krs, o.nip = r.nip as same_nip, o.regon = r.regon as same_regon
from jsonb_to_recordset($1) as r (ix bigint, krs text, nip text, regon text)
join organisation o on o.krs = r.krs or o.nip = r.nip or o.regon = r.regon
where not exists (
    select from jsonb_to_recordset($1) as k (municipality_id bigint, source text, source_id text)
    where k.municipality_id = o.municipality_id and k.source = o.source and k.source_id = o.source_id
)
order by r.ix
