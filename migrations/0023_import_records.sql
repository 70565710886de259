-- Imports: what they would change is told record by record, and big ones go in quickly.

create function shape_words(shape geometry) returns jsonb
    language sql immutable strict parallel safe
    return jsonb_build_object(
        'shape', case st_dimension(shape)
            when 0 then round(st_x(shape)::numeric, 6) || ' ' || round(st_y(shape)::numeric, 6)
            when 1 then round(st_length(shape::geography)) || ' m, ' || st_npoints(shape) || ' points'
            else round(st_area(shape::geography)) || ' m², ' || st_npoints(shape) || ' points' end,
        'lon', st_x(st_centroid(shape)), 'lat', st_y(st_centroid(shape)), 'digest', md5(st_asbinary(shape, 'NDR')));
comment on function shape_words(geometry) is 'A shape as it is compared and told: in words, its middle, and a digest that differs when anything of it does.';

-- Imports find periods and street names by these.
create index premises_period_source_idx on premises_period (source, source_id);
create index street_name_source_idx on street_name (source_id);

create view import_record as
    select 'municipalities' as kind, o.id, 0::bigint as municipality_id, '' as owner, o.source, o.teryt as source_id, o.name,
        st_pointonsurface(o.boundary) as place,
        to_jsonb(o) || jsonb_build_object('boundary', shape_words(o.boundary)) as fields
    from municipality o
    union all
    select 'regions', o.id, 0::bigint, '', o.source, o.code, o.name, st_pointonsurface(o.area),
        to_jsonb(o) || jsonb_build_object('area', shape_words(o.area))
    from region o
    union all
    select 'districts', o.id, o.municipality_id, o.source, o.source, o.source_id, o.name, st_pointonsurface(o.area),
        to_jsonb(o) || jsonb_build_object('area', shape_words(o.area))
    from district o
    union all
    select 'addresses', o.id, o.municipality_id, o.source, o.source, o.source_id,
        concat_ws(', ', nullif(btrim(s.name || ' ' || o.house_number), ''), nullif(s.city, '')), o.point,
        to_jsonb(o) || jsonb_build_object('point', shape_words(o.point), 'street', s.name, 'city', s.city, 'simc', s.simc)
    from address o
    join street s on s.id = o.street_id
    union all
    select 'street-names', o.id, 0::bigint, '', o.source, o.source_id, o.teryt_name, null::geometry, to_jsonb(o)
    from street_name o
    union all
    select 'landmarks', o.id, o.municipality_id, o.source, o.source, o.source_id, o.name, o.point,
        to_jsonb(o) || jsonb_build_object('point', shape_words(o.point))
    from landmark o
    union all
    select 'schematic', o.id, o.municipality_id, o.source, o.source, o.source_id, coalesce(nullif(o.name, ''), o.kind),
        st_pointonsurface(o.geom), to_jsonb(o) || jsonb_build_object('geom', shape_words(o.geom))
    from schematic_feature o
    union all
    select 'categories', hashtextextended(o.code, 0), 0::bigint, '', null::text, o.code, o.name_pl, null::geometry, to_jsonb(o)
    from category o
    union all
    select 'organisations', o.id, o.municipality_id, o.source, o.source, o.source_id, o.name, o.point,
        to_jsonb(o) || jsonb_build_object('point', shape_words(o.point))
    from organisation o
    union all
    select 'support', o.id, o.municipality_id, o.source, o.source, o.source_id, o.name, o.point,
        to_jsonb(o) || jsonb_build_object('point', shape_words(o.point), 'links', (
            select jsonb_agg(jsonb_build_array(l.label, l.url) order by l.position)
            from support_link l where l.institution_id = o.id))
    from support_institution o
    union all
    select 'premises', o.id, o.municipality_id, o.source, o.source, o.source_id, o.name, o.point,
        to_jsonb(o) || jsonb_build_object('point', shape_words(o.point), 'footprint', shape_words(o.footprint),
            'administrator', (select a.name from premises_administrator a where a.id = o.administrator_id),
            'photos', (
                select jsonb_agg(jsonb_build_array(f.file, f.alternative_text) order by f.position)
                from premises_photo f where f.premises_id = o.id))
    from premises o
    union all
    select 'premises-periods', o.id, p.municipality_id, o.source, o.source, o.source_id,
        p.name || ' (' || concat_ws(' – ', lower(o.valid), upper(o.valid)) || ')', p.point,
        to_jsonb(o) || jsonb_build_object('premises', concat_ws(', ', p.name, p.source_id), 'from', lower(o.valid), 'to', upper(o.valid),
            'organisation', (select concat_ws(', ', g.name, g.source_id) from organisation g where g.id = o.organisation_id))
    from premises_period o
    join premises p on p.id = o.premises_id
    union all
    select 'offers', o.id, o.municipality_id, o.source, o.source, o.source_id, o.name, null::geometry,
        to_jsonb(o) || jsonb_build_object(
            'organisation', (select concat_ws(', ', g.name, g.source_id) from organisation g where g.id = o.organisation_id))
    from offer o
    union all
    select 'demand', o.id, o.municipality_id, o.source, o.source, o.source_id, o.name, o.point,
        to_jsonb(o) || jsonb_build_object('point', shape_words(o.point),
            'organisation', (select concat_ws(', ', g.name, g.source_id) from organisation g where g.id = o.organisation_id))
    from demand o
    union all
    select 'equipment', o.id, o.municipality_id, o.source, o.source, o.source_id, o.name, null::geometry,
        to_jsonb(o) || jsonb_build_object(
            'organisation', (select concat_ws(', ', g.name, g.source_id) from organisation g where g.id = o.organisation_id))
    from equipment o;
comment on view import_record is 'Records that files bring, of every kind in one form.';
comment on column import_record.kind is 'Kind, as the import calls it.';
comment on column import_record.id is 'Internal key; of a category, a number made of its code.';
comment on column import_record.municipality_id is 'The municipality; 0 for kinds that belong to none.';
comment on column import_record.owner is 'The source, where the key is one of a source; empty where the key alone says which record it is.';
comment on column import_record.source is 'The source; none for kinds that have none.';
comment on column import_record.source_id is 'The key.';
comment on column import_record.name is 'How people call it.';
comment on column import_record.place is 'A point where it stands or that lies in it.';
comment on column import_record.fields is 'Everything that is stored of it and hangs on it; shapes by shape_words.';

-- A big import asks these for every row: statements that are planned once, and no call where there is nothing to do.
create or replace function set_slug() returns trigger language plpgsql
-- A plan made while the table was small must serve when it is large.
set enable_seqscan = off as $$
declare
    base text;
    candidate text;
    taken boolean;
    n int := 1;
begin
    if new.slug is not null then
        return new;
    end if;
    base := coalesce(nullif(slugify(new.name), ''), 'bez-nazwy');
    candidate := base;
    -- One writer at a time looks for a free slug of this base, so that two never find the same. Bases share 64 locks:
    -- a lock for each would fill the lock table when an import brings ten thousand rows.
    perform pg_advisory_xact_lock(hashtext(tg_table_name), hashtext(base) & 63);
    loop
        -- Not one statement made of the table's name: that would be planned anew each time.
        if tg_table_name = 'organisation' then
            taken := exists (select from organisation where slug = candidate);
        elsif tg_table_name = 'premises' then
            taken := exists (select from premises where slug = candidate);
        elsif tg_table_name = 'offer' then
            taken := exists (select from offer where slug = candidate);
        elsif tg_table_name = 'demand' then
            taken := exists (select from demand where slug = candidate);
        elsif tg_table_name = 'equipment' then
            taken := exists (select from equipment where slug = candidate);
        elsif tg_table_name = 'support_institution' then
            taken := exists (select from support_institution where slug = candidate);
        elsif tg_table_name = 'premises_administrator' then
            taken := exists (select from premises_administrator where slug = candidate);
        elsif tg_table_name = 'district' then
            taken := exists (select from district where slug = candidate);
        elsif tg_table_name = 'municipality' then
            taken := exists (select from municipality where slug = candidate);
        else
            raise 'set_slug does not know the table %', tg_table_name;
        end if;
        exit when not taken and candidate not in ('nowa', 'nowe', 'nowy');
        n := n + 1;
        candidate := base || '-' || n;
    end loop;
    new.slug := candidate;
    return new;
end $$;

create or replace function set_district() returns trigger language plpgsql
set enable_seqscan = off as $$
begin
    -- A point that stands for a whole town or municipality says nothing about the district.
    if new.point is null or new.location_quality in ('locality', 'municipality') then
        new.district_id := null;
    else
        -- What district_at does, planned once. The areas are asked first, not the order of ids.
        with found as materialized (
            select d.id from district d where d.municipality_id = new.municipality_id and st_intersects(d.area, new.point)
        )
        select min(id) into new.district_id from found;
    end if;
    return new;
end $$;

do $$
declare
    found record;
begin
    for found in
        select t.tgname, t.tgrelid::regclass as thing, pg_get_triggerdef(t.oid) as def, w.condition
        from pg_trigger t
        join (values
            ('set_edited_at', 'acts_for_somebody()'),
            ('set_location_quality', 'new.point is null or new.location_quality is null or acts_for_somebody()')
        ) w (function, condition) on t.tgfoid = w.function::regproc
    loop
        execute format('drop trigger %I on %s', found.tgname, found.thing);
        execute replace(found.def, ' EXECUTE FUNCTION ', format(' WHEN (%s) EXECUTE FUNCTION ', found.condition));
    end loop;
end $$;
