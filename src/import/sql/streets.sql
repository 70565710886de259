-- In: $1 rows of addresses as JSON. Makes the streets that are new; of several spellings that compare as one, the first in the
-- file's order stays. A SIMC code that was not known is taken over.
insert into street as o (municipality_id, city, name, simc)
select distinct on (r.municipality_id, r.city, parts[1], parts[2]) r.municipality_id, r.city, r.street, r.simc
from (
    -- Names are compared once for each spelling, not for each house.
    select min(ix) as ix, municipality_id, city, street, max(simc) as simc
    from jsonb_to_recordset($1) as r (ix bigint, municipality_id bigint, city text, street text, simc text)
    group by municipality_id, city, street
) r
cross join lateral street_parts(r.street) as parts
order by r.municipality_id, r.city, parts[1], parts[2], r.simc = '', r.ix
on conflict (municipality_id, city, (parts[1]), (parts[2])) do update set simc = excluded.simc
where o.simc = '' and excluded.simc <> ''
