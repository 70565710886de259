-- In: $1 keys (null = all), $2 the key to begin after, $3 most rows, $4 SRID of the shapes. Out: support institutions, cells as columns.rs names them.
select i.id as "id!", i.slug as "slug!", i.updated_at as "updated_at?", array[
    coalesce(i.source_id, i.slug), i.source, m.teryt, i.name, i.kind, array_to_string(i.services, ';'), i.operator,
    i.area_of_operation, i.tagline, i.description, i.street, i.house_number, i.postal_code, i.city, i.phone, i.email, i.website,
    i.opening_hours,
    -- What separates must not stand in what is separated.
    (select string_agg(translate(l.label, ';|', ',/') || '|' || replace(l.url, ';', '%3B'), '; ' order by l.position)
        from support_link l where l.institution_id = i.id),
    i.licence, i.verified_on::text, to_char(i.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
] as "cells!: Vec<Option<String>>",
case when $4::int = 4326 then i.point else st_setsrid(st_transform(i.point, $4::int), 0) end as "shape: Geom"
from support_institution i
join municipality m on m.id = i.municipality_id
where ($1::bigint[] is null or i.id = any($1)) and i.id > $2
order by i.id
limit $3
