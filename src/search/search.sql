-- In:  $1 words of the query, folded, in order; $2 and $3 the two longest of them (or the only one twice); $4 forgive
--      typing errors (the threshold of "<%" is set before); $5 one of the words has a digit; $6 how many rows.
-- Out: what fits best, best first. Every word must be found: whole words in a name count most, then beginnings, then
--      the rest of the text, then likeness. Candidates come from the trigram indexes by the two longest words; only
--      they are looked at closely.
with candidate as (
    select 'organisation' as kind, 3 as kind_order, 'organizacje/' || slug as item, name as label, search_text as text,
        legal_form as code, btrim(street || ' ' || house_number) as note, null::float8 as area_m2, point
    from (
        select * from organisation where search_fits(search_text, $2, $3, $4)
        -- A common word ("stowarzyszenie") is in thousands of names: the best are enough.
        order by case when $4 then 1 - word_similarity($2, search_text) - word_similarity($3, search_text)
            else strpos(search_text, $2) end
        limit 300
    ) nearest
    union all
    select 'support', 5, 'wsparcie/' || slug, name, search_text,
        kind, btrim(street || ' ' || house_number), null, point
    from support_institution where search_fits(search_text, $2, $3, $4)
    union all
    select 'premises', 4, 'lokale/' || p.slug, p.name, p.search_text,
        coalesce(s.status, 'withdrawn'), '', p.area_m2::float8, p.point
    from premises p
    left join premises_period s on s.premises_id = p.id and s.valid @> current_date
    where search_fits(p.search_text, $2, $3, $4)
    union all
    select 'offer', 6, 'oferty/' || f.slug, f.name, f.search_text, null, o.name, null, o.point
    from offer f join organisation o on o.id = f.organisation_id
    where f.shown and search_fits(f.search_text, $2, $3, $4)
    union all
    select 'demand', 7, 'zapotrzebowanie/' || n.slug, n.name, n.search_text, null, coalesce(o.name, n.unit_name), null, coalesce(n.point, o.point)
    from demand n left join organisation o on o.id = n.organisation_id
    where n.shown and search_fits(n.search_text, $2, $3, $4)
    union all
    select 'equipment', 8, 'sprzet/' || e.slug, e.name, e.search_text, null, coalesce(o.name, e.owner_name), null, o.point
    from equipment e left join organisation o on o.id = e.organisation_id
    where e.shown and search_fits(e.search_text, $2, $3, $4)
    union all
    select 'district', 1, null, d.name, fold(d.name), null, m.name, null, d.area
    from district d join municipality m on m.id = d.municipality_id
    where search_fits(fold(d.name), $2, $3, $4)
    union all
    -- A street is drawn in pieces.
    select 'street', 2, null, f.name, fold(f.name), f.kind, m.name, null, st_collect(f.geom)
    from schematic_feature f join municipality m on m.id = f.municipality_id
    where f.kind in ('street', 'bridge') and search_fits(fold(f.name), $2, $3, $4)
    group by f.name, f.kind, m.name
    union all
    select 'address', 9, null, a.street || ' ' || a.house_number, fold(a.street || ' ' || a.house_number), null, a.city,
        null, st_centroid(st_collect(a.point))
    from (
        select street, house_number, city, point from organisation
        where $5 and point is not null and search_fits(search_text, $2, $3, $4)
        union all
        select street, house_number, city, point from support_institution
        where $5 and point is not null and search_fits(search_text, $2, $3, $4)
        union all
        select street, house_number, city, point from premises
        where $5 and search_fits(search_text, $2, $3, $4)
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
        end as score, fit.mean
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
    case when kind in ('district', 'street')
        then array[st_xmin(point), st_ymin(point), st_xmax(point), st_ymax(point)] end as "bbox?"
from (
    select *, case when st_dimension(point) = 0 then point else st_pointonsurface(point) end as at,
        max(mean) over () as best
    from scored
) ranked
-- Where something fits well, what is only a little like it is noise.
where mean >= case when $4 then 0.75 else 0.6 end * best
order by score desc, kind_order, length(label), label collate "pl-x-icu", item
limit $6
