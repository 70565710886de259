-- In: $1 rows of premises as JSON. Out: id of every row that was written, and whether it is new (no older version of
-- it exists, so xmax is 0). A row that is already as it should be is neither written nor returned.
-- Their administrators must be there.
insert into premises as o (
    municipality_id, source, source_id, name, street, house_number, unit_number, postal_code, city,
    storey, area_m2, "use", technical_condition, utilities, accessible, accessibility_note,
    administrator_id, remarks, point, location_quality, footprint, source_url, licence, verified_on
)
select
    r.municipality_id, r.source, r.source_id, r.name, r.street, r.house_number, r.unit_number,
    r.postal_code, r.city, r.storey, r.area_m2, r."use", r.technical_condition, r.utilities, r.accessible,
    r.accessibility_note, a.id, r.remarks, r.point, r.location_quality,
    st_multi(st_collectionextract(st_makevalid(r.footprint), 3)), r.source_url, r.licence, r.verified_on
from jsonb_to_recordset($1) as r (
    municipality_id bigint, source text, source_id text, name text, street text, house_number text,
    unit_number text, postal_code text, city text, storey text, area_m2 numeric, "use" text,
    technical_condition text, utilities text[], accessible boolean, accessibility_note text,
    administrator text, remarks text, point geometry, location_quality text, footprint geometry, source_url text, licence text,
    verified_on date
)
left join premises_administrator a on a.municipality_id = r.municipality_id and a.name = r.administrator
on conflict on constraint premises_source_key do update set (
    name, street, house_number, unit_number, postal_code, city, storey, area_m2, "use",
    technical_condition, utilities, accessible, accessibility_note, administrator_id, remarks, point, location_quality,
    footprint, source_url, licence, verified_on
) = (
    excluded.name, excluded.street, excluded.house_number, excluded.unit_number, excluded.postal_code,
    excluded.city, excluded.storey, excluded.area_m2, excluded."use", excluded.technical_condition,
    excluded.utilities, excluded.accessible, excluded.accessibility_note, excluded.administrator_id,
    excluded.remarks, excluded.point, excluded.location_quality, excluded.footprint, excluded.source_url, excluded.licence,
    excluded.verified_on
)
where (
    o.name, o.street, o.house_number, o.unit_number, o.postal_code, o.city, o.storey, o.area_m2, o."use",
    o.technical_condition, o.utilities, o.accessible, o.accessibility_note, o.administrator_id, o.remarks,
    o.point, o.location_quality, o.footprint, o.source_url, o.licence, o.verified_on
) is distinct from (
    excluded.name, excluded.street, excluded.house_number, excluded.unit_number, excluded.postal_code,
    excluded.city, excluded.storey, excluded.area_m2, excluded."use", excluded.technical_condition,
    excluded.utilities, excluded.accessible, excluded.accessibility_note, excluded.administrator_id,
    excluded.remarks, excluded.point, excluded.location_quality, excluded.footprint, excluded.source_url, excluded.licence,
    excluded.verified_on
)
returning o.id as "id!", (o.xmax = 0) as "inserted!"
