-- In: $1 keys (null = all), $2 the key to begin after, $3 most rows. Out: periods of premises, cells as columns.rs names them.
select s.id as "id!", p.slug as "slug!", null::timestamptz as "updated_at?", array[
    coalesce(s.source_id, p.slug || '-' || lower(s.valid)), s.source, m.teryt, coalesce(p.source_id, p.slug), s.status,
    lower(s.valid)::text, upper(s.valid)::text, case when o.id is not null then coalesce(o.source_id, o.slug) end, s.tenant_name,
    s.title, s.letting_mode, s.rent_pln_per_m2::text, s.call_announcement, s.call_deadline::text, s.note
] as "cells!: Vec<Option<String>>",
null::geometry as "shape: Geom"
from premises_period s
join premises p on p.id = s.premises_id
join municipality m on m.id = p.municipality_id
left join organisation o on o.id = s.organisation_id
where ($1::bigint[] is null or s.id = any($1)) and s.id > $2
order by s.id
limit $3
