-- In: $1 keys (null = all), $2 the key to begin after, $3 most rows, $4 SRID of the shapes. Out: demand that everybody sees, cells as columns.rs names them. Residents' names stay in.
select d.id as "id!", d.slug as "slug!", d.updated_at as "updated_at?", array[
    coalesce(d.source_id, d.slug), d.source, m.teryt, case when o.id is not null then coalesce(o.source_id, o.slug) end,
    case when d.by_person then 'mieszkaniec' else d.unit_name end, d.name, d.description, d.category, d.quantity,
    d.budget_min_pln::text, d.budget_max_pln::text, d.deadline::text,
    (d.is_open and (d.deadline is null or d.deadline >= current_date))::text,
    case when d.by_person then 'mieszkaniec' else coalesce(o.name, d.unit_name) end, to_char(d.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
] as "cells!: Vec<Option<String>>",
case when $4::int = 4326 then coalesce(d.point, st_centroid(i.area), o.point) else st_setsrid(st_transform(coalesce(d.point, st_centroid(i.area), o.point), $4::int), 0) end as "shape: Geom"
from demand d
join municipality m on m.id = d.municipality_id
left join organisation o on o.id = d.organisation_id
left join district i on i.id = d.district_id
where d.shown and ($1::bigint[] is null or d.id = any($1)) and d.id > $2
order by d.id
limit $3
