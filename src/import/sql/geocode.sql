-- In: $1 rows of ix, municipality_id, street, house_number, city and district, all without a point. Out, for every row whose place can
-- be told: where, and how sure that is: the building, else the middle house of the street, else the district that the row names, else
-- the town or village, else the municipality where the row names no other town. A street that could be several is none: their names are
-- in "several". Streets fit by the words that count (see street_parts); where none does, by a pair of spellings.
with r as materialized (
    select r.ix, r.municipality_id, r.street, r.district, r.city, fold(btrim(r.city)) as town,
        house_number_key(r.house_number) as number, parts.parts
    from jsonb_to_recordset($1) as r (
        ix bigint, municipality_id bigint, street text, house_number text, city text, district text
    )
    join (
        select street, street_parts(street) as parts
        from (select distinct street from jsonb_to_recordset($1) as r (street text)) spelling
    ) parts using (street)
),
fitting as (
    select r.ix, s.id, s.name,
        1 + 4 * (s.parts[2] = r.parts[2])::int + 2 * (s.parts[1] = r.parts[1])::int as score
    from r
    join street s on s.municipality_id = r.municipality_id and s.parts[3] = r.parts[3]
        and names_agree(s.parts[4], r.parts[4])
        and (s.parts[1] = r.parts[1] or s.parts[1] = '' or r.parts[1] = '')
        and (fold(s.city) = r.town or s.city = '' or r.town = '')
    -- Where houses have no streets, the village has to be named.
    where r.street <> '' or r.town <> ''
    union all
    select r.ix, s.id, s.name, 0
    from r
    join (
        select teryt_key as one, osm_key as other, simc from street_name
        union
        select osm_key, teryt_key, simc from street_name
    ) p on p.one = r.parts[2] and r.street <> ''
    join street s on s.municipality_id = r.municipality_id and s.parts[2] = p.other
        and (s.simc = p.simc or s.simc = '')
        and (fold(s.city) = r.town or s.city = '' or r.town = '')
),
best as (
    select ix, case when count(distinct id) = 1 then min(id) end as street_id,
        case when count(distinct id) > 1 then array_agg(distinct name) end as several
    from (select *, rank() over (partition by ix order by score desc) as place from fitting) ranked
    where place = 1
    group by ix
)
select r.ix as "ix!", coalesce(found.quality, '') as "quality!", st_x(found.point) as lon, st_y(found.point) as lat, best.several
from r
join municipality m on m.id = r.municipality_id
left join best on best.ix = r.ix
left join lateral (
    (
        select 1 as place, 'address' as quality, a.point
        from address a
        where a.street_id = best.street_id and r.number <> '' and a.number_key in (r.number, split_part(r.number, '/', 1), building_key(r.number))
        order by length(a.number_key) desc, a.id
        limit 1
    )
    union all
    (
        select 2, 'street', a.point
        from address a
        where a.street_id = best.street_id and r.street <> ''
        order by a.point <-> (select st_centroid(st_collect(b.point)) from address b where b.street_id = best.street_id), a.id
        limit 1
    )
    union all
    (
        select 3, 'district', st_pointonsurface(d.area)
        from district d
        where d.municipality_id = r.municipality_id and d.name = r.district
        limit 1
    )
    union all
    (
        -- The middle house of the town's, by its streets' first houses.
        select 4, 'locality', a.point
        from street s
        cross join lateral (select point, id from address where street_id = s.id order by id limit 1) a
        where r.town not in ('', fold(m.name)) and s.municipality_id = r.municipality_id and fold(s.city) = r.town
        order by a.point <-> (
            select st_centroid(st_collect(c.point))
            from street b
            cross join lateral (select point from address where street_id = b.id order by id limit 1) c
            where b.municipality_id = r.municipality_id and fold(b.city) = r.town
        ), a.id
        limit 1
    )
    union all
    select 5, 'municipality', st_pointonsurface(m.boundary)
    where r.town = fold(m.name) or (r.town = '' and r.street <> '')
    order by 1
    limit 1
) found on true
where found.quality is not null or best.several is not null
order by r.ix
