-- In: $1 rows of organisations. Out: other organisations that hold a row's KRS, NIP or REGON, and which of them. Records
-- that are themselves among the rows are left to the rows' own checks.
with k as materialized (
    select *
    from jsonb_to_recordset($1) as k (ix bigint, municipality_id bigint, source text, source_id text, krs text, nip text, regon text)
),
-- Each number by its index: an "or" of the three would compare all with all.
found as materialized (
    select k.ix, o.id from k join organisation o on o.krs = k.krs
    union
    select k.ix, o.id from k join organisation o on o.nip = k.nip
    union
    select k.ix, o.id from k join organisation o on o.regon = k.regon
)
select
    r.ix as "ix!", o.name as "name!", o.source as "source!", coalesce(o.source_id, '') as "source_id!",
    r.krs, r.nip, r.regon, o.krs = r.krs as same_krs, o.nip = r.nip as same_nip, o.regon = r.regon as same_regon
from found
join k r on r.ix = found.ix
cross join lateral (select * from organisation o where o.id = found.id offset 0) o
where not exists (
    select from k where k.municipality_id = o.municipality_id and k.source = o.source and k.source_id = o.source_id
)
order by r.ix
