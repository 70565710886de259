-- In: $1 rows of ix, municipality_id (0 = none) and shape. Out, for shapes that are not valid or lie outside their
-- municipality: whether and why not valid, whether a repair leaves anything of the same dimension, and whether the shape
-- touches the municipality, also with longitude and latitude swapped (null = there is none).
select
    s.ix as "ix!",
    s.valid as "valid!",
    st_isvalidreason(s.shape) as "reason!",
    not st_isempty(s.repaired) as "usable!",
    s.touches,
    st_intersects(s.boundary, st_flipcoordinates(s.repaired)) as swapped_touches
from (
    select r.ix, r.shape, v.valid, v.repaired, m.boundary, st_intersects(m.boundary, v.repaired) as touches
    from jsonb_to_recordset($1) as r (ix bigint, municipality_id bigint, shape geometry)
    cross join lateral (
        select st_isvalid(r.shape) as valid,
            case when st_isvalid(r.shape) then r.shape
                else st_collectionextract(st_makevalid(r.shape), st_dimension(r.shape) + 1) end as repaired
    ) v
    left join municipality m on m.id = r.municipality_id
) s
where not s.valid or s.touches is false
order by s.ix
