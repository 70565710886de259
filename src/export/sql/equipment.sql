-- In: $1 keys (null = all), $2 the key to begin after, $3 most rows, $4 SRID of the shapes. Out: equipment that everybody sees, cells as columns.rs names them.
select e.id as "id!", e.slug as "slug!", e.updated_at as "updated_at?", array[
    coalesce(e.source_id, e.slug), e.source, m.teryt, case when o.id is not null then coalesce(o.source_id, o.slug) end,
    e.owner_name, e.name, e.description, e.category, e.mode, e.quantity::text, e.terms, coalesce(o.name, e.owner_name), to_char(e.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
] as "cells!: Vec<Option<String>>",
case when $4::int = 4326 then o.point else st_setsrid(st_transform(o.point, $4::int), 0) end as "shape: Geom"
from equipment e
join municipality m on m.id = e.municipality_id
left join organisation o on o.id = e.organisation_id
where e.shown and ($1::bigint[] is null or e.id = any($1)) and e.id > $2
order by e.id
limit $3
