-- In: $1 rows of organisations that may be new. Out, for each that another record seems to be: that record, and by what it is known:
-- KRS, NIP or REGON, else the name together with a point at most 150 m away or the same building. Records that are themselves among the rows are
-- left to those.
with r as (
    select *
    from jsonb_to_recordset($1) as r (
        ix bigint, municipality_id bigint, source text, source_id text, name text, krs text, nip text, regon text, street text,
        house_number text, point geometry, location_quality text
    )
    where not exists (
        select from organisation own
        where own.municipality_id = r.municipality_id and own.source = r.source and own.source_id = r.source_id
    )
)
select distinct on (found.ix)
    found.ix as "ix!", o.id as "id!", o.name as "name!", o.source as "source!", o.source_id, found.why as "why!"
from (
    select r.ix, o.id, 'KRS' as why, 1 as rank from r join organisation o on o.krs = r.krs
    union all
    select r.ix, o.id, 'NIP' as why, 2 as rank from r join organisation o on o.nip = r.nip
    union all
    select r.ix, o.id, 'REGON' as why, 3 as rank from r join organisation o on o.regon = r.regon
    union all
    select r.ix, o.id, 'name and place', 4
    from r
    join organisation o on o.municipality_id = r.municipality_id and name_key(o.name) = name_key(r.name)
    where case
        when r.location_quality in ('given', 'address') and o.location_quality in ('given', 'address')
            then st_dwithin(o.point::geography, r.point::geography, 150)
        else r.street <> '' and (street_parts(o.street))[3] = (street_parts(r.street))[3]
            and building_key(house_number_key(o.house_number)) = building_key(house_number_key(r.house_number))
    end
) found
join organisation o on o.id = found.id
where not exists (
    select from jsonb_to_recordset($1) as k (municipality_id bigint, source text, source_id text)
    where k.municipality_id = o.municipality_id and k.source = o.source and k.source_id = o.source_id
)
order by found.ix, found.rank, found.id
