-- In: $1 keys (null = all), $2 the key to begin after, $3 most rows, $4 SRID of the shapes. $5 the day of statuses (null = today).
-- Out: premises, cells as columns.rs names them; outlines as well-known text are made elsewhere, from "outline".
select p.id as "id!", p.slug as "slug!", p.updated_at as "updated_at!", array[
    coalesce(p.source_id, p.slug), p.source, m.teryt, p.name, p.street, p.house_number, p.unit_number, p.postal_code, p.city,
    p.storey, p.area_m2::text, p.use, p.technical_condition, array_to_string(p.utilities, ';'), p.accessible::text,
    p.accessibility_note, a.name, a.contact, p.remarks, '', d.name, p.source_url, p.licence, p.verified_on::text,
    (select string_agg(f.file || '|' || translate(f.alternative_text, ';', ','), '; ' order by f.position)
        from premises_photo f where f.premises_id = p.id),
    coalesce(s.status, 'withdrawn'), s.rent_pln_per_m2::text, s.call_deadline::text, to_char(p.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
] as "cells!: Vec<Option<String>>",
case when $4::int = 4326 then p.point else st_setsrid(st_transform(p.point, $4::int), 0) end as "shape: Geom",
p.footprint as "outline: Geom"
from premises p
join municipality m on m.id = p.municipality_id
left join district d on d.id = p.district_id
left join premises_administrator a on a.id = p.administrator_id
left join premises_period s on s.premises_id = p.id and s.valid @> coalesce($5::date, current_date)
where ($1::bigint[] is null or p.id = any($1)) and p.id > $2
order by p.id
limit $3
