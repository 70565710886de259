-- In: $1 rows of ix, municipality_id, owner and source_id, $2 their kind. Out: the records that are there, as import_record has them,
-- without what the database keeps for itself.
select r.ix as "ix!", s.id as "id!", s.source, s.source_id, s.name as "name!", st_x(s.place) as lon, st_y(s.place) as lat,
    s.fields - array[
        'id', 'slug', 'version', 'created_at', 'updated_at', 'edited_at', 'search_text', 'district_id', 'number_key', 'teryt_key', 'osm_key',
        'street_id', 'administrator_id', 'organisation_id', 'premises_id', 'valid', 'shown', 'is_open', 'matched_at'
    ] as "fields!"
from jsonb_to_recordset($1) as r (ix bigint, municipality_id bigint, owner text, source_id text)
-- Row by row: each is found by an index.
cross join lateral (
    select *
    from import_record o
    where o.kind = $2 and o.municipality_id = r.municipality_id and o.owner = r.owner and o.source_id = r.source_id
    offset 0
) s
order by r.ix
