-- In: $1 keys (null = all), $2 the key to begin after, $3 most rows, $4 SRID of the shapes. Out: organisations, cells as columns.rs names them.
select o.id as "id!", o.slug as "slug!", o.updated_at as "updated_at?", array[
    coalesce(o.source_id, o.slug), o.source, m.teryt, o.name, o.legal_form, o.social_enterprise::text, o.public_benefit::text,
    o.prosocial_mark::text, array_to_string(o.activities, ';'), o.krs, o.nip, o.regon, o.tagline, o.description, o.street,
    o.house_number, o.postal_code, o.city, o.phone, o.email, o.website, o.opening_hours, d.name, o.licence, o.verified_on::text,
    to_char(o.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
] as "cells!: Vec<Option<String>>",
case when $4::int = 4326 then o.point else st_setsrid(st_transform(o.point, $4::int), 0) end as "shape: Geom"
from organisation o
join municipality m on m.id = o.municipality_id
left join district d on d.id = o.district_id
where ($1::bigint[] is null or o.id = any($1)) and o.id > $2
order by o.id
limit $3
