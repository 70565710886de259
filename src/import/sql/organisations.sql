-- In: $1 rows of organisations as JSON. Out: id of every row that was written, and whether it is new (no older version of
-- it exists, so xmax is 0). A row that is already as it should be is neither written nor returned.
-- Written by a file, it is no longer confirmed by anybody.
insert into organisation as o (
    municipality_id, source, source_id, name, legal_form, social_enterprise, public_benefit,
    prosocial_mark, activities, krs, nip, regon, tagline, description, street, house_number, postal_code,
    city, phone, email, website, opening_hours, point, location_quality, licence, verified_on
)
select
    r.municipality_id, r.source, r.source_id, r.name, r.legal_form, r.social_enterprise, r.public_benefit,
    r.prosocial_mark, r.activities, r.krs, r.nip, r.regon, r.tagline, r.description, r.street,
    r.house_number, r.postal_code, r.city, r.phone, r.email, r.website, r.opening_hours, r.point, r.location_quality,
    r.licence, r.verified_on
from jsonb_to_recordset($1) as r (
    municipality_id bigint, source text, source_id text, name text, legal_form text,
    social_enterprise boolean, public_benefit boolean, prosocial_mark boolean, activities text[], krs text, nip text,
    regon text, tagline text, description text, street text, house_number text, postal_code text, city text,
    phone text, email text, website text, opening_hours text, point geometry, location_quality text, licence text,
    verified_on date
)
on conflict on constraint organisation_source_key do update set (
    name, legal_form, social_enterprise, public_benefit, prosocial_mark, activities, krs, nip, regon,
    tagline, description, street, house_number, postal_code, city, phone, email, website, opening_hours,
    point, location_quality, licence, verified_on,
    verified_by
) = (
    excluded.name, excluded.legal_form, excluded.social_enterprise, excluded.public_benefit,
    excluded.prosocial_mark, excluded.activities, excluded.krs, excluded.nip, excluded.regon,
    excluded.tagline, excluded.description, excluded.street, excluded.house_number, excluded.postal_code,
    excluded.city, excluded.phone, excluded.email, excluded.website, excluded.opening_hours,
    excluded.point, excluded.location_quality, excluded.licence, excluded.verified_on,
    null
)
where (
    o.name, o.legal_form, o.social_enterprise, o.public_benefit, o.prosocial_mark, o.activities, o.krs,
    o.nip, o.regon, o.tagline, o.description, o.street, o.house_number, o.postal_code, o.city, o.phone,
    o.email, o.website, o.opening_hours, o.point, o.location_quality, o.licence, o.verified_on
) is distinct from (
    excluded.name, excluded.legal_form, excluded.social_enterprise, excluded.public_benefit,
    excluded.prosocial_mark, excluded.activities, excluded.krs, excluded.nip, excluded.regon,
    excluded.tagline, excluded.description, excluded.street, excluded.house_number, excluded.postal_code,
    excluded.city, excluded.phone, excluded.email, excluded.website, excluded.opening_hours,
    excluded.point, excluded.location_quality, excluded.licence, excluded.verified_on
)
returning o.id as "id!", (o.xmax = 0) as "inserted!"
