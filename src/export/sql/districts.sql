-- In: $1 keys (null = all), $2 the key to begin after, $3 most rows, $4 SRID of the shapes. Out: districts, cells as columns.rs names them.
select d.id as "id!", d.slug as "slug!", d.updated_at as "updated_at?",
    array[coalesce(d.source_id, d.slug), d.source, m.teryt, d.name, to_char(d.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')] as "cells!: Vec<Option<String>>",
case when $4::int = 4326 then d.area else st_setsrid(st_transform(d.area, $4::int), 0) end as "shape: Geom"
from district d
join municipality m on m.id = d.municipality_id
where ($1::bigint[] is null or d.id = any($1)) and d.id > $2
order by d.id
limit $3
