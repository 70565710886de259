-- In: $1 keys (null = all), $2 the key to begin after, $3 most rows, $4 SRID of the shapes. Out: municipalities, cells as columns.rs names them.
select m.id as "id!", m.slug as "slug!", m.updated_at as "updated_at?",
    array[m.teryt, m.name, to_char(m.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')] as "cells!: Vec<Option<String>>",
case when $4::int = 4326 then m.boundary else st_setsrid(st_transform(m.boundary, $4::int), 0) end as "shape: Geom"
from municipality m
where ($1::bigint[] is null or m.id = any($1)) and m.id > $2
order by m.id
limit $3
