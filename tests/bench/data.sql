-- From the rows of a seed file (copied into the schema `seed` by data.mjs) to rows of ours: the same records, geometries
-- and texts. Runs in one transaction; a row that the schema refuses ends it.
-- Variables: teryt, municipality (its name).
set client_min_messages = warning;
set statement_timeout = 0;
set work_mem = '256MB';

-- Indexes and references of the big tables are set aside while they are filled, and made again at the end over all rows: a
-- third of the time. Unique keys, checks and triggers stay at work.
create temp table aside as
select format('drop index %I', c.relname) as away, pg_get_indexdef(i.indexrelid) as back
from pg_index i join pg_class c on c.oid = i.indexrelid
where i.indrelid = any('{organisation, premises, premises_period, offer, demand}'::regclass[]) and not i.indisunique and not i.indisexclusion
union all
select format('alter table %s drop constraint %I', conrelid::regclass, conname),
    format('alter table %s add constraint %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
from pg_constraint
where conrelid = any('{organisation, premises, premises_period, offer, demand}'::regclass[]) and contype = 'f';
do $$
declare
    step text;
begin
    for step in select away from aside loop execute step; end loop;
end $$;

-- The fixed table of codes. One code of ours for each of theirs, so that tiles hold as many different values as theirs do.
create temp table code (field text, theirs text, ours text not null, primary key (field, theirs));
insert into code values
    ('legal_form', 'spoldzielnia_socjalna', 'social_cooperative'), ('legal_form', 'fundacja', 'foundation'),
    ('legal_form', 'stowarzyszenie', 'association'), ('legal_form', 'ks', 'sports_club'),
    ('legal_form', 'zaz', 'zaz'), ('legal_form', 'wtz', 'wtz'),
    ('legal_form', 'spolka_non_profit', 'non_profit_company'), ('legal_form', 'kgw', 'rural_housewives_circle'),
    ('activity', 'gastronomia', 'economic_development'), ('activity', 'opieka', 'social_assistance'),
    ('activity', 'edukacja', 'education'), ('activity', 'remonty', 'revitalisation'), ('activity', 'zielen', 'ecology'),
    ('activity', 'transport', 'local_communities'), ('activity', 'rekodzielo', 'tradition'),
    ('activity', 'kultura', 'culture'), ('activity', 'sport', 'sport'), ('activity', 'turystyka', 'tourism'),
    ('activity', 'recykling', 'employment'), ('activity', 'it', 'technology'),
    ('kind', 'owes', 'owes'), ('kind', 'pup', 'marshal_office'), ('kind', 'mops', 'city_office'),
    ('kind', 'inkubator', 'incubator'), ('kind', 'centrum', 'roefs'), ('kind', 'biblioteka', 'other'),
    ('use', 'biuro', 'office'), ('use', 'handel', 'shop'), ('use', 'magazyn', 'storage'),
    ('use', 'warsztat', 'workshop'), ('use', 'gastronomia', 'shared'), ('use', 'uslugi', 'services'),
    ('status', 'occupied', 'occupied'), ('status', 'free', 'free'), ('status', 'reserved', 'reserved');

-- A code that the table lacks is said by name, not by a constraint.
do $$
declare
    unknown text;
begin
    with used(field, theirs) as (
        select distinct 'legal_form', legal_form from seed.organisations
        union select distinct 'activity', unnest(string_to_array(activity, ',')) from seed.organisations
        union select distinct 'kind', kind from seed.support
        union select distinct 'use', use_type from seed.premises
        union select distinct 'status', status from seed.premises)
    select string_agg(field || '=' || theirs, ', ') into unknown
        from used where not exists (select from code where (code.field, code.theirs) = (used.field, used.theirs));
    if unknown is not null then
        raise exception 'codes that tests/bench/data.sql does not know: %', unknown;
    end if;
end $$;

-- One municipality around everything.
insert into municipality (teryt, name, boundary)
select :'teryt', :'municipality', st_multi(st_setsrid(st_expand(st_extent(geom), 0.01)::geometry, 4326))
from (select geom from seed.organisations union all select geom from seed.support union all select geom from seed.premises) g;

insert into organisation (municipality_id, slug, name, legal_form, activities, social_enterprise, point, source, source_id)
select m.id, s.id, s.name, f.ours, a.ours, s.accepts_orders, s.geom, 'bench', s.id
from municipality m, seed.organisations s
    join code f on f.field = 'legal_form' and f.theirs = s.legal_form
    cross join lateral (
        select coalesce(array_agg(code.ours order by n), '{}') as ours
        from unnest(string_to_array(s.activity, ',')) with ordinality t(theirs, n)
            join code on code.field = 'activity' and code.theirs = t.theirs) a
order by s.n;

insert into support_institution (municipality_id, slug, name, kind, website, point, source, source_id)
select m.id, s.id, s.name, k.ours, s.url, s.geom, 'bench', s.id
from municipality m, seed.support s join code k on k.field = 'kind' and k.theirs = s.kind
order by s.n;

-- "ul. Świętej Katarzyny 12/3" is also stored in its parts; the seed's districts are words without an area.
insert into premises (municipality_id, slug, name, street, house_number, unit_number, city, storey, area_m2, use,
    technical_condition, accessible, point, footprint, source, source_id)
select m.id, s.id, s.address, left(s.address, -length(number) - 1), split_part(number, '/', 1), split_part(number, '/', 2),
    s.district, 'ground', s.area_m2, u.ours, 'good', u.ours in ('shop', 'services', 'shared'), st_pointonsurface(s.geom),
    st_multi(s.geom), 'bench', s.id
from municipality m, seed.premises s
    join code u on u.field = 'use' and u.theirs = s.use_type
    cross join lateral (
        select case when s.address ~ ' \d+/\d+$' then split_part(s.address, ' ', -1) else '' end as number) a
order by s.n;

insert into premises_period (premises_id, status, valid, rent_pln_per_m2, source)
select p.id, c.ours, '[2020-01-01,)', round(s.rent / s.area_m2, 2), 'bench'
from seed.premises s
    join premises p on p.slug = s.id
    join code c on c.field = 'status' and c.theirs = s.status
order by p.id;

-- Offers and demand are rows with us, so their counts become rows.
insert into category (code, name_pl, name_en, cpv) values ('catering', 'Catering i posiłki', 'Catering and meals', '55520000-1');
insert into offer (municipality_id, organisation_id, slug, kind, name, category, source)
select o.municipality_id, o.id, o.slug || '-o' || nth, 'service', 'Usługa ' || nth, 'catering', 'bench'
from seed.organisations s join organisation o on o.slug = s.id, generate_series(1, s.offers_count) nth
order by o.id, nth;
insert into demand (municipality_id, organisation_id, slug, name, category, source)
select o.municipality_id, o.id, o.slug || '-z' || nth, 'Zapotrzebowanie ' || nth, 'catering', 'bench'
from seed.organisations s join organisation o on o.slug = s.id, generate_series(1, s.demand_count) nth
order by o.id, nth;

do $$
declare
    step text;
begin
    for step in select back from aside loop execute step; end loop;
end $$;
