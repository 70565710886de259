-- In: $1 keys (null = all), $2 the key to begin after, $3 most rows, $4 SRID of the shapes. Out: offers that everybody sees, cells as columns.rs names them.
select f.id as "id!", f.slug as "slug!", f.updated_at as "updated_at?", array[
    coalesce(f.source_id, f.slug), f.source, m.teryt, coalesce(o.source_id, o.slug), f.kind, f.name, f.description, f.category,
    f.price_pln::text, f.price_unit,
    case f.delivery_kind
        when 'town' then m.name
        when 'radius' then f.delivery_radius_m || ' m'
        when 'districts' then (select string_agg(d.name, ', ' order by d.name collate "pl-x-icu")
            from offer_district x join district d on d.id = x.district_id where x.offer_id = f.id)
        else f.delivery_area
    end,
    o.name, to_char(f.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
] as "cells!: Vec<Option<String>>",
case when $4::int = 4326 then o.point else st_setsrid(st_transform(o.point, $4::int), 0) end as "shape: Geom"
from offer f
join organisation o on o.id = f.organisation_id
join municipality m on m.id = f.municipality_id
where f.shown and ($1::bigint[] is null or f.id = any($1)) and f.id > $2
order by f.id
limit $3
