-- In: $1 keys (null = all), $2 the key to begin after, $3 most rows. Out: categories; their key is their number in the order of codes.
select c.id as "id!", c.code as "slug!", null::timestamptz as "updated_at?",
    array[c.code, c.name_pl, c.name_en, c.cpv] as "cells!: Vec<Option<String>>",
null::geometry as "shape: Geom"
from (select row_number() over (order by code collate "C") as id, category.* from category) c
where ($1::bigint[] is null or c.id = any($1)) and c.id > $2
order by c.id
limit $3
