-- In: $1 rows of organisations that may be new. Out, for each that another record of its municipality seems to be: that record, and by what it is known:
-- KRS, NIP or REGON, else the name together with a point at most 150 m away or the same building. Records that are themselves among the rows are
-- left to those; where an earlier one of the rows seems to be the same, that is told without an id.
with k as materialized (
    select *, name_key(name) as key
    from jsonb_to_recordset($1) as k (
        ix bigint, municipality_id bigint, source text, source_id text, name text, krs text, nip text, regon text, street text,
        house_number text, point geometry, location_quality text
    )
),
r as materialized (
    select *
    from k
    where not exists (
        select from organisation own
        where own.municipality_id = k.municipality_id and own.source = k.source and own.source_id = k.source_id
    )
),
found as materialized (
    select r.ix, o.id, 'KRS' as why, 1 as rank from r join organisation o on o.krs = r.krs and o.municipality_id = r.municipality_id
    union all
    select r.ix, o.id, 'NIP' as why, 2 as rank from r join organisation o on o.nip = r.nip and o.municipality_id = r.municipality_id
    union all
    select r.ix, o.id, 'REGON' as why, 3 as rank from r join organisation o on o.regon = r.regon and o.municipality_id = r.municipality_id
    union all
    select r.ix, o.id, 'name and place' as why, 4 as rank
    from r
    -- Each name by the index: rows that went in just now are in no statistics, and comparing all with all takes ever longer.
    cross join lateral (
        select *
        from organisation o
        where o.municipality_id = r.municipality_id and name_key(o.name) = r.key
        offset 0
    ) o
    where case
        when r.location_quality in ('given', 'address') and o.location_quality in ('given', 'address')
            then st_dwithin(o.point::geography, r.point::geography, 150)
        else r.street <> '' and (street_parts(o.street))[3] = (street_parts(r.street))[3]
            and building_key(house_number_key(o.house_number)) = building_key(house_number_key(r.house_number))
    end
),
similar_ones as (
    select found.ix, found.rank, o.id, o.name, o.source, o.source_id, found.why
    from found
    cross join lateral (select * from organisation o where o.id = found.id offset 0) o
    where not exists (
        select from k where k.municipality_id = o.municipality_id and k.source = o.source and k.source_id = o.source_id
    )
    union all
    select r.ix, 5, null, e.name, e.source, e.source_id, 'name and place'
    from r
    join k e on e.municipality_id = r.municipality_id and e.key = r.key and e.ix < r.ix
    where case
        when r.location_quality in ('given', 'address') and e.location_quality in ('given', 'address')
            then st_dwithin(e.point::geography, r.point::geography, 150)
        else r.street <> '' and (street_parts(e.street))[3] = (street_parts(r.street))[3]
            and building_key(house_number_key(e.house_number)) = building_key(house_number_key(r.house_number))
    end
)
select distinct on (ix) ix as "ix!", id, name as "name!", source as "source!", source_id, why as "why!"
from similar_ones
order by ix, rank, id, source_id
