-- In:  $1 words of the query, folded, in order; $2 and $3 the two longest of them (or the only one twice); $4 forgive
--      typing errors (the threshold of "<%" is set before); $5 one of the words has a digit; $6 how many rows; $7 the house
--      number among the words, as it is compared, or nothing; $8 and $9 the two longest words beside it; $10 and $11 patterns of the words of streets
--      that are like them, where typing errors are forgiven.
-- Out: what fits best, best first. Every word must be found: whole words in a name count most, then beginnings, then
--      the rest of the text, then likeness. Candidates come from the trigram indexes by the two longest words; only
--      they are looked at closely.
with candidate as (
    select 'organisation' as kind, 3 as kind_order, 'organizacje/' || slug as item, name as label, search_text as text,
        legal_form as code, btrim(street || ' ' || house_number) as note, null::float8 as area_m2, point,
        null::bigint as street_id
    from (
        select * from organisation where search_fits(search_text, $2, $3, $4)
        -- A common word ("stowarzyszenie") is in thousands of names: the best are enough.
        order by case when $4 then 1 - word_similarity($2, search_text) - word_similarity($3, search_text)
            else strpos(search_text, $2) end
        limit 300
    ) nearest
    union all
    select 'support', 5, 'wsparcie/' || slug, name, search_text,
        kind, btrim(street || ' ' || house_number), null, point, null
    from support_institution where search_fits(search_text, $2, $3, $4)
    union all
    select 'premises', 4, 'lokale/' || p.slug, p.name, p.search_text,
        coalesce(s.status, 'withdrawn'), '', p.area_m2::float8, p.point, null
    from premises p
    left join premises_period s on s.premises_id = p.id and s.valid @> current_date
    where search_fits(p.search_text, $2, $3, $4)
    union all
    select 'offer', 6, 'oferty/' || f.slug, f.name, f.search_text, null, o.name, null, o.point, null
    from offer f join organisation o on o.id = f.organisation_id
    where f.shown and search_fits(f.search_text, $2, $3, $4)
    union all
    select 'demand', 7, 'zapotrzebowanie/' || n.slug, n.name, n.search_text, null, coalesce(o.name, n.unit_name), null,
        coalesce(n.point, o.point), null
    from demand n left join organisation o on o.id = n.organisation_id
    where n.shown and search_fits(n.search_text, $2, $3, $4)
    union all
    select 'equipment', 8, 'sprzet/' || e.slug, e.name, e.search_text, null, coalesce(o.name, e.owner_name), null, o.point, null
    from equipment e left join organisation o on o.id = e.organisation_id
    where e.shown and search_fits(e.search_text, $2, $3, $4)
    union all
    -- Where there is one municipality, nobody looks for it.
    select 'municipality', 0, null, m.name, fold(m.name), null, coalesce(municipality_regions(m.teryt), ''), null,
        m.boundary, null
    from municipality m
    where search_fits(fold(m.name), $2, $3, $4) and exists (select from municipality n where n.id <> m.id)
    union all
    select 'district', 1, null, d.name, fold(d.name), null, municipality_label(d.municipality_id), null, d.area, null
    from district d
    where search_fits(fold(d.name), $2, $3, $4)
    union all
    select 'landmark', 3, null, l.name, l.search_text, null, municipality_label(l.municipality_id), null, l.point, null
    from (
        select * from landmark where search_fits(search_text, $2, $3, $4) order by length(name), id limit 100
    ) l
    union all
    select 'street', 2, null, s.name, s.search_text, 'street',
        coalesce(nullif(s.city, ''), municipality_label(s.municipality_id)), null, null, s.id
    from (
        select * from street where name <> '' and search_fits(search_text, $2, $3, false)
            or $7 = '' and name <> '' and search_text like any ($10::text[]) and search_text like any ($11::text[])
        order by length(name), id limit 100
    ) s
    union all
    -- Of each street, the number itself and what begins like it.
    select 'address', 9, null, btrim(coalesce(nullif(s.name, ''), s.city) || ' ' || a.house_number),
        s.search_text || ' ' || a.number_key || ' ' || fold(a.house_number), null,
        coalesce(nullif(s.city, ''), municipality_label(s.municipality_id)), null, a.point, null
    from (
        select * from street where $7 <> '' and search_fits(search_text, $8, $9, false)
            or $7 <> '' and search_text like any ($10::text[]) and search_text like any ($11::text[])
        order by length(name), id limit 300
    ) s
    cross join lateral (
        select house_number, number_key, point from address
        where street_id = s.id and number_key like $7 || '%'
        order by number_key <> $7, length(number_key), number_key, id
        limit 3
    ) a
    union all
    -- A street is drawn in pieces.
    select 'street', 2, null, f.name, fold(f.name), f.kind, municipality_label(f.municipality_id), null, st_collect(f.geom), null
    from schematic_feature f
    where f.kind in ('street', 'bridge') and search_fits(fold(f.name), $2, $3, $4)
    group by f.name, f.kind, f.municipality_id
    union all
    select 'address', 9, null, a.street || ' ' || a.house_number, fold(a.street || ' ' || a.house_number), null, a.city,
        null, st_centroid(st_collect(a.point)), null
    from (
        select street, house_number, city, point from organisation
        where $5 and location_quality in ('given', 'address') and search_fits(search_text, $2, $3, $4)
        union all
        select street, house_number, city, point from support_institution
        where $5 and location_quality in ('given', 'address') and search_fits(search_text, $2, $3, $4)
        union all
        select street, house_number, city, point from premises
        where $5 and location_quality in ('given', 'address') and search_fits(search_text, $2, $3, $4)
    ) a
    where a.street <> '' and a.house_number <> ''
    group by a.street, a.house_number, a.city
),
scored as (
    select c.*, fit.mean
        + case
            when c.padded = ' ' || array_to_string($1, ' ') || ' ' then 1.0
            when starts_with(c.padded, ' ' || array_to_string($1, ' ')) then 0.6
            when strpos(c.padded, ' ' || array_to_string($1, ' ')) > 0 then 0.4
            else 0.0
        end
        -- "7" is not "77", however well the street fits.
        - case when c.kind = 'address' and $7 <> '' and strpos(' ' || c.text || ' ', ' ' || $7 || ' ') = 0 then 1.0 else 0.0 end
            as score, fit.mean
    from (
        -- Words of the name with spaces around each of them.
        select *, ' ' || btrim(regexp_replace(fold(label), '[^[:alnum:]]+', ' ', 'g')) || ' ' as padded from candidate
    ) c
    cross join lateral (
        select min(value) as least, avg(value)::float8 as mean
        from (
            select case
                when strpos(c.padded, ' ' || word || ' ') > 0 then 1.0
                when strpos(c.padded, ' ' || word) > 0 then 0.9
                -- One or two letters stand in every name.
                when length(word) < 3 then 0.0
                when strpos(c.padded, word) > 0 then 0.7
                when strpos(c.text, word) > 0 then 0.6
                -- A number is right or wrong; a short word is like too many others.
                when word ~ '[0-9]' or length(word) < 4 then 0.0
                when word <% c.padded then 0.6 * word_similarity(word, c.padded)
                when word <% c.text then 0.5 * word_similarity(word, c.text)
                else 0.0
            end as value
            from unnest($1::text[]) word
        ) each_word
    ) fit
    where fit.least > 0
)
select kind as "kind!", item as "item?", label as "label!", code as "code?", note as "note?", area_m2 as "area_m2?",
    st_x(at) as "lon?", st_y(at) as "lat?",
    case when kind in ('municipality', 'district', 'street')
        then array[st_xmin(whole), st_ymin(whole), st_xmax(whole), st_ymax(whole)] end as "bbox?"
from (
    select *
    from (
        select *, max(mean) over () as best,
            -- A street or a house that is known from several sources is one: drawn rather than counted, official rather than told.
            row_number() over (
                partition by kind, coalesce(note, ''), case when kind in ('street', 'address')
                    then regexp_replace(fold(label), '^(ul|ulica)\.? +', '') else coalesce(item, label || st_astext(point)) end
                order by street_id is not null, length(label), label
            ) as nth
        from scored
    ) ranked
    -- Where something fits well, what is only a little like it is noise.
    where mean >= case when $4 then 0.75 else 0.6 end * best and nth = 1
    order by score desc, kind_order, length(label), label collate "pl-x-icu", note, item
    limit $6
) hit
cross join lateral (
    select coalesce(point, (select st_collect(a.point) from address a where a.street_id = hit.street_id)) as whole
) extent
cross join lateral (
    select case
        when st_geometrytype(whole) = 'ST_Point' then whole
        when st_dimension(whole) = 0 then st_centroid(whole)
        else st_pointonsurface(whole)
    end as at
) place
order by score desc, kind_order, length(label), label collate "pl-x-icu", note, item
