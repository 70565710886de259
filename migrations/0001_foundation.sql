-- Extensions, shared functions, and the territory everything else belongs to.
create extension if not exists postgis;
create extension if not exists pg_trgm;
create extension if not exists unaccent;
create extension if not exists btree_gist;

create function fold(value text) returns text
    language sql immutable strict parallel safe
    return lower(public.unaccent('public.unaccent', value));
comment on function fold(text) is 'Lower case without diacritics ("Żółw" → "zolw"); declared immutable so that indexes can use it.';

create function slugify(value text) returns text
    language sql immutable strict parallel safe
    return trim(both '-' from left(regexp_replace(public.fold(value), '[^a-z0-9]+', '-', 'g'), 80));
comment on function slugify(text) is 'The readable part of a web address: folded, other characters become hyphens, at most 80 characters.';

create function digits_weighted(value text, weights int[]) returns int
    language sql immutable strict parallel safe
    return (select sum(substr(value, i, 1)::int * weights[i])::int from generate_subscripts(weights, 1) i);
comment on function digits_weighted(text, int[]) is 'Sum of digit × weight, the base of the NIP and REGON checksums.';

create function nip_valid(value text) returns boolean
    language sql immutable strict parallel safe
    return value ~ '^[0-9]{10}$'
        and public.digits_weighted(value, array[6,5,7,2,3,4,5,6,7]) % 11 = substr(value, 10, 1)::int;
comment on function nip_valid(text) is 'NIP: ten digits, the last a checksum modulo 11 (regulation on the tax identifier).';

create function regon_valid(value text) returns boolean
    language sql immutable strict parallel safe
    return value ~ '^([0-9]{9}|[0-9]{14})$'
        and public.digits_weighted(value, array[8,9,2,3,4,5,6,7]) % 11 % 10 = substr(value, 9, 1)::int
        and (length(value) = 9
            or public.digits_weighted(value, array[2,4,8,5,0,9,7,3,6,1,2,4,8]) % 11 % 10 = substr(value, 14, 1)::int);
comment on function regon_valid(text) is 'REGON: 9 or 14 digits, the last a checksum modulo 11 (10 counts as 0); 14 contain a valid 9.';

create function point_usable(geom geometry) returns boolean
    language sql immutable strict parallel safe
    return not st_isempty(geom) and st_x(geom) between -180 and 180 and st_y(geom) between -85.05 and 85.05;
comment on function point_usable(geometry) is 'A point that Web Mercator can show: longitude ±180°, latitude ±85.05°.';

create table layer_version (
    layer text primary key,
    version bigint not null default 1
);
comment on table layer_version is 'One row a map layer; the version grows in the transaction that changes the layer''s rows.';
comment on column layer_version.layer is 'Name of the tile layer.';
comment on column layer_version.version is 'Counts committed changes; a server reads a layer again when it has grown.';
insert into layer_version (layer) values
    ('organisations'), ('support'), ('premises'), ('footprints'), ('districts'), ('municipalities'), ('schematic');

create function layers_changed() returns trigger language plpgsql as $$
begin
    update layer_version set version = version + 1 where layer = any(tg_argv);
    perform pg_notify('pestor_layers', array_to_string(tg_argv, ','));
    return null;
end $$;
comment on function layers_changed() is 'Statement trigger: bumps the versions of the layers named in its arguments and tells every listening server.';

create function set_slug() returns trigger language plpgsql as $$
declare
    base text := coalesce(nullif(slugify(new.name), ''), 'bez-nazwy');
    candidate text := base;
    taken boolean;
    n int := 1;
begin
    if new.slug is null then
        -- One writer at a time looks for a free slug of this base, so that two never find the same. Bases share 64 locks:
        -- a lock for each would fill the lock table when an import brings ten thousand rows.
        perform pg_advisory_xact_lock(hashtext(tg_table_name), hashtext(base) & 63);
        loop
            execute format('select exists (select from %I where slug = $1)', tg_table_name) into taken using candidate;
            exit when not taken;
            n := n + 1;
            candidate := base || '-' || n;
        end loop;
        new.slug := candidate;
    end if;
    return new;
end $$;
comment on function set_slug() is 'Gives a new row a slug from its name; a slug never changes afterwards, whatever happens to the name.';

create function touch() returns trigger language plpgsql as $$
begin
    new.updated_at := now();
    return new;
end $$;
comment on function touch() is 'Keeps updated_at.';

create table municipality (
    id bigint generated always as identity primary key,
    teryt text not null constraint municipality_teryt_key unique
        constraint municipality_teryt_format check (teryt ~ '^[0-9]{7}$'),
    slug text not null constraint municipality_slug_key unique,
    name text not null constraint municipality_name_present check (btrim(name) <> ''),
    boundary geometry(MultiPolygon, 4326) not null
        constraint municipality_boundary_valid check (st_isvalid(boundary) and not st_isempty(boundary)),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
comment on table municipality is 'A gmina; every other record belongs to one.';
comment on column municipality.id is 'Internal key, also the feature id in tiles.';
comment on column municipality.teryt is 'TERYT code of the gmina, seven digits with the kind (Toruń 0463011).';
comment on column municipality.slug is 'Name in web addresses.';
comment on column municipality.name is 'Name as its inhabitants write it.';
comment on column municipality.boundary is 'Area, WGS 84, longitude first.';
comment on column municipality.created_at is 'When the row was made.';
comment on column municipality.updated_at is 'When the row last changed.';
create index municipality_boundary_idx on municipality using gist (boundary);
create trigger municipality_slug before insert on municipality for each row execute function set_slug();
create trigger municipality_touch before update on municipality for each row execute function touch();
create trigger municipality_layer after insert or update or delete or truncate on municipality
    for each statement execute function layers_changed('municipalities');

create table district (
    id bigint generated always as identity primary key,
    municipality_id bigint not null references municipality on delete cascade,
    slug text not null constraint district_slug_key unique,
    name text not null constraint district_name_present check (btrim(name) <> ''),
    area geometry(MultiPolygon, 4326) not null
        constraint district_area_valid check (st_isvalid(area) and not st_isempty(area)),
    source text not null default 'manual',
    source_id text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint district_name_key unique (municipality_id, name),
    constraint district_source_key unique (municipality_id, source, source_id)
);
comment on table district is 'A part of a municipality (osiedle, jednostka urbanistyczna).';
comment on column district.id is 'Internal key, also the feature id in tiles.';
comment on column district.municipality_id is 'The municipality it is a part of.';
comment on column district.slug is 'Name in web addresses.';
comment on column district.name is 'Name as its inhabitants write it.';
comment on column district.area is 'Area, WGS 84, longitude first.';
comment on column district.source is 'Where the record comes from.';
comment on column district.source_id is 'Its identifier there; a second import finds the record by it.';
comment on column district.created_at is 'When the row was made.';
comment on column district.updated_at is 'When the row last changed.';
create index district_area_idx on district using gist (area);
create trigger district_slug before insert on district for each row execute function set_slug();
create trigger district_touch before update on district for each row execute function touch();
create trigger district_layer after insert or update or delete or truncate on district
    for each statement execute function layers_changed('districts');

create table schematic_feature (
    id bigint generated always as identity primary key,
    municipality_id bigint not null references municipality on delete cascade,
    kind text not null constraint schematic_feature_kind_known
        check (kind in ('water', 'green', 'street', 'bridge', 'rail')),
    name text not null default '',
    rank smallint not null default 2 constraint schematic_feature_rank_range check (rank between 1 and 3),
    geom geometry(Geometry, 4326) not null
        constraint schematic_feature_geom_valid check (st_isvalid(geom) and not st_isempty(geom)
            and st_dimension(geom) > 0 and geometrytype(geom) <> 'GEOMETRYCOLLECTION'),
    source text not null default 'manual',
    source_id text,
    constraint schematic_feature_source_key unique (municipality_id, source, source_id)
);
comment on table schematic_feature is 'What the schematic basemap draws besides boundaries: waters, parks, main streets, bridges, railways.';
comment on column schematic_feature.id is 'Internal key, also the feature id in tiles.';
comment on column schematic_feature.municipality_id is 'The municipality whose map it belongs to.';
comment on column schematic_feature.kind is 'water and green are polygons or lines; street, bridge and rail are lines.';
comment on column schematic_feature.name is 'Label; empty for none.';
comment on column schematic_feature.rank is '1 seen from afar, 2 from the middle, 3 only close by.';
comment on column schematic_feature.geom is 'Line or polygon, WGS 84, longitude first.';
comment on column schematic_feature.source is 'Where the record comes from.';
comment on column schematic_feature.source_id is 'Its identifier there.';
create index schematic_feature_geom_idx on schematic_feature using gist (geom);
create trigger schematic_feature_layer after insert or update or delete or truncate on schematic_feature
    for each statement execute function layers_changed('schematic');
