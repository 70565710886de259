-- In: $1 rows of addresses as JSON; their streets must be there. Out: id of every row that was written, and whether it is new (no
-- older version of it exists, so xmax is 0). A row that is already as it should be is neither written nor returned.
with r as materialized (
    select *
    from jsonb_to_recordset($1) as r (
        municipality_id bigint, city text, street text, house_number text, postal_code text, point geometry, source text,
        source_id text, licence text, verified_on date
    )
),
-- Streets are looked up once for each spelling, not for each house.
spelling as materialized (
    select d.municipality_id, d.city, d.street, s.id
    from (select distinct municipality_id, city, street from r) d
    cross join lateral street_parts(d.street) as parts
    cross join lateral (
        select id from street
        where municipality_id = d.municipality_id and city = d.city
            and street.parts[1] = parts.parts[1] and street.parts[2] = parts.parts[2]
        limit 1
    ) s
)
insert into address as o (
    municipality_id, street_id, house_number, postal_code, point, source, source_id, licence, verified_on
)
select
    r.municipality_id, s.id, r.house_number, r.postal_code, r.point, r.source, r.source_id, r.licence, r.verified_on
from r
join spelling s using (municipality_id, city, street)
on conflict on constraint address_source_key do update set (
    street_id, house_number, postal_code, point, licence, verified_on
) = (
    excluded.street_id, excluded.house_number, excluded.postal_code, excluded.point, excluded.licence, excluded.verified_on
)
where (
    o.street_id, o.house_number, o.postal_code, o.point, o.licence, o.verified_on
) is distinct from (
    excluded.street_id, excluded.house_number, excluded.postal_code, excluded.point, excluded.licence, excluded.verified_on
)
returning o.id as "id!", (o.xmax = 0) as "inserted!"
