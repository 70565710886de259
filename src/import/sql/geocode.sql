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
),
house as (
    select r.*, best.street_id, best.several, a.point
    from r
    left join best on best.ix = r.ix
    left join lateral (
        select point
        from address
        where street_id = best.street_id and r.number <> ''
            and number_key in (r.number, split_part(r.number, '/', 1), building_key(r.number))
        order by length(number_key) desc, id
        limit 1
    ) a on true
),
-- Each street, district and town is looked at once, however many rows need it.
middle as (
    select s.street_id, a.point
    from (select distinct street_id from house where point is null and street_id is not null and street <> '') s
    cross join lateral (
        select a.point
        from address a
        where a.street_id = s.street_id
        order by a.point <-> (select st_centroid(st_collect(b.point)) from address b where b.street_id = s.street_id), a.id
        limit 1
    ) a
),
part as (
    select d.municipality_id, d.name, st_pointonsurface(d.area) as point
    from district d
    where (d.municipality_id, d.name) in (select municipality_id, district from house where point is null and district <> '')
),
-- The middle one of the first houses of its streets.
town as (
    select t.municipality_id, t.town, a.point
    from (
        select distinct h.municipality_id, h.town
        from house h
        join municipality m on m.id = h.municipality_id
        where h.point is null and (h.street_id is null or h.street = '') and h.town not in ('', fold(m.name))
    ) t
    cross join lateral (
        select array_agg(h.point order by s.id) as points, st_centroid(st_collect(h.point)) as centre
        from street s
        cross join lateral (select point from address where street_id = s.id order by id limit 1) h
        where s.municipality_id = t.municipality_id and fold(s.city) = t.town
    ) houses
    cross join lateral (
        select point
        from unnest(houses.points) with ordinality h (point, nth)
        order by point <-> houses.centre, nth
        limit 1
    ) a
)
select h.ix as "ix!", coalesce(found.quality, '') as "quality!", st_x(found.point) as lon, st_y(found.point) as lat, h.several
from house h
join municipality m on m.id = h.municipality_id
left join middle on middle.street_id = h.street_id and h.street <> ''
left join part on part.municipality_id = h.municipality_id and part.name = h.district
left join town on town.municipality_id = h.municipality_id and town.town = h.town
left join lateral (
    select *
    from (
        values (1, 'address', h.point), (2, 'street', middle.point), (3, 'district', part.point), (4, 'locality', town.point),
            (5, 'municipality', case when h.town = fold(m.name) or (h.town = '' and h.street <> '')
                then st_pointonsurface(m.boundary) end)
    ) place (nth, quality, point)
    where point is not null
    order by nth
    limit 1
) found on true
where found.quality is not null or h.several is not null
order by h.ix
