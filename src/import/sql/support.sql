-- In: $1 rows of support institutions as JSON. Out: id of every row that was written, and whether it is new (no older version of
-- it exists, so xmax is 0). A row that is already as it should be is neither written nor returned.
-- Written by a file, it is no longer confirmed by anybody.
insert into support_institution as o (
    municipality_id, source, source_id, name, kind, services, operator, area_of_operation, tagline,
    description, street, house_number, postal_code, city, phone, email, website, opening_hours, point, location_quality,
    licence, verified_on
)
select
    r.municipality_id, r.source, r.source_id, r.name, r.kind, r.services, r.operator, r.area_of_operation,
    r.tagline, r.description, r.street, r.house_number, r.postal_code, r.city, r.phone, r.email,
    r.website, r.opening_hours, r.point, r.location_quality, r.licence, r.verified_on
from jsonb_to_recordset($1) as r (
    municipality_id bigint, source text, source_id text, name text, kind text, services text[],
    operator text, area_of_operation text, tagline text, description text, street text, house_number text,
    postal_code text, city text, phone text, email text, website text, opening_hours text, point geometry, location_quality text,
    licence text, verified_on date
)
on conflict on constraint support_institution_source_key do update set (
    name, kind, services, operator, area_of_operation, tagline, description, street, house_number,
    postal_code, city, phone, email, website, opening_hours, point, location_quality, licence, verified_on,
    verified_by
) = (
    excluded.name, excluded.kind, excluded.services, excluded.operator, excluded.area_of_operation,
    excluded.tagline, excluded.description, excluded.street, excluded.house_number, excluded.postal_code,
    excluded.city, excluded.phone, excluded.email, excluded.website, excluded.opening_hours,
    excluded.point, excluded.location_quality, excluded.licence, excluded.verified_on,
    null
)
where (
    o.name, o.kind, o.services, o.operator, o.area_of_operation, o.tagline, o.description, o.street,
    o.house_number, o.postal_code, o.city, o.phone, o.email, o.website, o.opening_hours, o.point, o.location_quality,
    o.licence, o.verified_on
) is distinct from (
    excluded.name, excluded.kind, excluded.services, excluded.operator, excluded.area_of_operation,
    excluded.tagline, excluded.description, excluded.street, excluded.house_number, excluded.postal_code,
    excluded.city, excluded.phone, excluded.email, excluded.website, excluded.opening_hours,
    excluded.point, excluded.location_quality, excluded.licence, excluded.verified_on
)
returning o.id as "id!", (o.xmax = 0) as "inserted!"
