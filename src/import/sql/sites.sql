-- In: $1 rows of ix, municipality_id, point (may be null) and district (name, may be empty). Out, for every ix: whether the
-- point lies in the municipality, also with longitude and latitude swapped; whether the district is known and holds the
-- point; and the name of the district that does. Null = no point, or no district named.
select
    r.ix as "ix!",
    m.name as "municipality!",
    st_intersects(m.boundary, r.point) as inside,
    -- Asked only where it says something: there may be hundreds of thousands of rows.
    case when not st_intersects(m.boundary, r.point)
        then st_intersects(m.boundary, st_flipcoordinates(r.point)) end as swapped_inside,
    d.id is not null as "district_known!",
    st_intersects(d.area, r.point) as in_district,
    case when r.district <> '' then (
        select a.name from district a
        where a.municipality_id = r.municipality_id and st_intersects(a.area, r.point)
        order by a.id limit 1
    ) end as actual
from jsonb_to_recordset($1) as r (ix bigint, municipality_id bigint, point geometry, district text)
join municipality m on m.id = r.municipality_id
left join district d on d.municipality_id = r.municipality_id and d.name = r.district
order by r.ix
