-- Where things are: official address points and their streets, other spellings of street names, landmarks, regions above the
-- municipality; and how sure the place of a record is.

create function street_parts(value text) returns text[]
    language plpgsql immutable strict parallel safe as $$
declare
    kind text := '';
    key text[] := '{}';
    given text[] := '{}';
    rest text[];
    word text;
    plain text;
    title text;
    titles int := 0;
begin
    value := regexp_replace(lower(value), '[''’`"„”“]', '', 'g');
    -- "1-go Maja", "3-ego Maja"
    value := regexp_replace(value, '([0-9])\s*-\s*(go|ego|szego|ciego)\M', '\1', 'g');
    value := regexp_replace(value, '([0-9])r\M', '\1 r', 'g');
    foreach word in array regexp_split_to_array(btrim(regexp_replace(value, '[^[:alnum:]]+', ' ', 'g')), ' +') loop
        plain := public.unaccent('public.unaccent', word);
        continue when word = '';
        if cardinality(key) = 0 then
            -- Some write the kind twice: "aleja Aleje Jerozolimskie".
            continue when plain in ('ul', 'ulica', 'ulicy');
            title := case
                when plain in ('al', 'aleja', 'aleje', 'alei') then 'aleja'
                when plain in ('pl', 'plac', 'placu') then 'plac'
                when plain in ('os', 'osiedle', 'osiedlu') then 'osiedle'
            end;
            if title is not null and kind in ('', title) then
                kind := title;
                continue;
            end if;
        end if;
        continue when plain in ('im', 'imienia', 'ps', 'pseudonim');
        title := case
            when plain in ('generala', 'general', 'generalow') then 'gen'
            when plain in ('ksiedza', 'ksiadz', 'ksiezy') then 'ks'
            when plain in ('doktora', 'doktor', 'dra') then 'dr'
            when plain in ('profesora', 'profesor') then 'prof'
            when plain in ('majora', 'major', 'mjra') then 'mjr'
            when plain in ('pulkownika', 'plka') then 'plk'
            when plain in ('podpulkownika', 'pplka') then 'pplk'
            when plain in ('kardynala') then 'kard'
            when plain in ('kapitana', 'kpta') then 'kpt'
            when plain in ('marszalka') then 'marsz'
            when plain in ('porucznika') then 'por'
            when plain in ('podporucznika', 'podporucznik') then 'ppor'
            when plain in ('biskupa', 'bpa') then 'bp'
            when plain in ('arcybiskupa', 'abpa') then 'abp'
            when plain in ('rotmistrza', 'rotm') then 'rtm'
            when plain in ('inzyniera') then 'inz'
            when plain in ('pilota') then 'pil'
            when plain in ('komandora') then 'kmdr'
            when plain in ('hetmana') then 'hetm'
            when plain in ('hrabiego', 'hrabiny') then 'hr'
            when plain in ('kanonika') then 'kan'
            when plain in ('sierzanta') then 'sierz'
            when plain in ('admirala') then 'adm'
            when plain in ('kontradmirala') then 'kadm'
            when plain in ('harcmistrza') then 'hm'
            when plain in ('druha', 'druhny') then 'dh'
            when plain in ('siostry') then 's'
            when plain in ('brata') then 'br'
            when plain in ('ojca') then 'o'
            when plain in ('plutonowego') then 'plut'
            when plain in ('kaprala') then 'kpr'
            when plain in ('pralata') then 'pral'
            when plain in ('prymasa') then 'prym'
            when plain in ('infulata') then 'inf'
            when plain in ('wachmistrza') then 'wachm'
            when plain in ('kapelana', 'kpl') then 'kapelana'
            when plain in ('nawigatora') then 'naw'
            when plain in ('prezydenta') then 'prez'
            when plain in ('boh') then 'bohaterów'
            when plain in ('wlkp') then 'wielkopolskich'
            when plain in ('roku') then 'r'
            when plain in ('swietego', 'swietej', 'swietych', 'sww') then 'sw'
            when plain in ('blogoslawionego', 'blogoslawionej', 'blogoslawionych', 'blog') then 'bl'
            when plain in ('sw', 'bl') then plain
            when plain in ('plk', 'pplk', 'inz', 'sierz', 'pral') then plain
        end;
        key := key || coalesce(title, word);
    end loop;

    -- The core: what is left without titles and given names in front. Saints stay saints.
    rest := key;
    while cardinality(rest) > 1 and public.unaccent('public.unaccent', rest[1]) in (
        'gen', 'ks', 'dr', 'prof', 'mjr', 'plk', 'pplk', 'kard', 'kpt', 'marsz', 'por', 'ppor', 'bp', 'abp', 'rtm', 'inz', 'pil',
        'kmdr', 'hetm', 'hr', 'kan', 'o', 'sierz', 'adm', 'kadm', 'hm', 'dh', 'br', 'plut', 'kpr', 'pral', 'prym', 'inf', 'wachm',
        'kapelana', 'naw', 'prez', 'bryg', 'dyw', 'dywizji', 'brygady', 'med', 'krola', 'krolowej', 'ksiecia', 'ksieznej', 'barona', 'komendanta')
    loop
        rest := rest[2:];
        titles := titles + 1;
    end loop;
    while cardinality(rest) > 1 and (
        (length(rest[1]) = 1 and rest[1] !~ '[0-9]')
        or public.unaccent('public.unaccent', rest[1]) in (
            'st', 'wl', 'zb', 'fr', 'cz', 'ch', 'sz', 'fl', 'stef', 'tad', 'kaz', 'wlad',
            'achacego', 'adama', 'adolfa', 'albina', 'alberta', 'aleksandra', 'aleksandry', 'alfonsa', 'alfreda', 'alojzego', 'amilkara',
            'anatola', 'andrzeja', 'anieli', 'anny', 'antoniego', 'arkadiusza', 'arnolda', 'artura', 'augusta', 'augustyna', 'barbary',
            'bartlomieja', 'bartosza', 'benedykta', 'berka', 'bernarda', 'bogdana', 'boguslawa', 'bohdana', 'boleslawa', 'bonawentury',
            'bronislawa', 'brunona', 'cezarego', 'charlesa', 'cypriana', 'cyryla', 'czeslawa', 'danuty', 'delano', 'dezyderego', 'dominika',
            'edgara', 'edmunda', 'edwarda', 'elizy', 'elzbiety', 'emanuela', 'emila', 'emilii', 'ernesta', 'eugenii', 'eugeniusza',
            'faustyny', 'felicjana', 'feliksa', 'ferdynanda', 'filipa', 'floriana', 'franciszka', 'franklina', 'frycza', 'fryderyka',
            'gabriela', 'gabrieli', 'gerarda', 'grzegorza', 'gustawa', 'haliny', 'heleny', 'henryka', 'henryki', 'herberta', 'hieronima', 'hilarego',
            'hipolita', 'honoraty', 'hugona', 'ignacego', 'ildefonsa', 'ireny', 'izabeli', 'izydora', 'jacka', 'jadwigi', 'jakuba', 'jana', 'janiny',
            'janusza', 'jaroslawa', 'jedrzeja', 'jerzego', 'joachima', 'johna', 'jozefa', 'jozefy', 'juliana', 'julii', 'juliusza', 'kamila',
            'karola', 'karoliny', 'kazimierza', 'kazimiery', 'klemensa', 'konrada', 'konstantego', 'konstantyna', 'kornela', 'krystyny', 'krzysztofa', 'ksawerego',
            'leona', 'leonarda', 'leonida', 'leopolda', 'leszka', 'lucjana', 'ludomila', 'ludwika', 'ludwiki', 'lukasza', 'macieja', 'maksymiliana', 'malgorzaty', 'marcelego',
            'marcina', 'mariana', 'marii', 'mariusza', 'marka', 'mateusza', 'maurycego', 'michala', 'mieczyslawa', 'mikolaja',
            'miroslawa', 'narcyza', 'nepomucena', 'nikodema', 'norberta', 'olgi', 'oskara', 'ottona', 'pawla', 'piotra', 'poli', 'rafala', 'roberta', 'romana',
            'romualda', 'rudolfa', 'ryszarda', 'sebastiana', 'seweryna', 'stanislawa', 'stanislawy', 'stefana', 'stefanii', 'sylwestra', 'szczepana', 'szymona', 'tadeusza',
            'teodora', 'teofila', 'teresy', 'tomasza', 'tytusa', 'urszuli', 'ursyna', 'waclawa', 'walentego', 'waleriana', 'walerego', 'waltera', 'wandy', 'wawrzynca', 'agnieszki', 'amadeusza', 'christiana', 'hansa', 'ronalda', 'thomasa', 'walery', 'zdzislawy',
            'wiktora', 'wilhelma', 'wincentego', 'wislawy', 'wita', 'witolda', 'wladyslawa', 'wlodzimierza', 'wojciecha', 'wolfganga', 'woodrowa',
            'zbigniewa', 'zdzislawa', 'zenona', 'zofii', 'zygfryda', 'zygmunta'))
    loop
        given := given || public.unaccent('public.unaccent', rest[1]);
        rest := rest[2:];
    end loop;
    if rest[1] ~ '^[ivx]+$' and cardinality(given) > 0 then
        if cardinality(rest) > 1 then
            -- "Jana III Sobieskiego"
            rest := rest[2:];
        else
            -- "Jana Pawła II"
            rest := key[titles + 1:];
            given := '{}';
        end if;
    end if;
    return array[kind, array_to_string(key, ' '), public.unaccent('public.unaccent', array_to_string(rest, ' ')), array_to_string(given, ' ')];
end $$;
comment on function street_parts(text) is 'A street name as it is compared: kind (aleja, plac, osiedle; empty for a street), all words in small letters with titles in their short form, the same without diacritics, titles and given names in front, and those given names. "ul. gen. J. Bema" and "Generała Józefa Bema" have the core "bema".';

create function names_agree(one text, other text) returns boolean
    language sql immutable strict parallel safe
    return not exists (
        select from unnest(string_to_array(one, ' ')) with ordinality a (word, place)
        join unnest(string_to_array(other, ' ')) with ordinality b (word, place)
            on a.place - cardinality(string_to_array(one, ' ')) = b.place - cardinality(string_to_array(other, ' '))
        where not starts_with(a.word, b.word) and not starts_with(b.word, a.word));
comment on function names_agree(text, text) is 'Given names that may be one person''s: counted from the last, each is the other or its beginning ("j" and "jozefa"); none agrees with all.';

create function house_number_key(value text) returns text
    language sql immutable strict parallel safe
    return regexp_replace(regexp_replace(lower(value), '\s*(m|lok|lokal|mieszk)\.?\s*([0-9])', '/\2', 'g'), '[^[:alnum:]/-]+', '', 'g');
comment on function house_number_key(text) is 'A house number as it is compared: "12 A" is "12a", "12A m. 3" is "12a/3".';

create function building_key(number_key text) returns text
    language sql immutable strict parallel safe
    return substring(number_key from '^[^/-]*');
comment on function building_key(text) is 'The building in a compared house number: "12a" in "12a/3", "12" in "12-14".';

create table street (
    id bigint generated always as identity primary key,
    municipality_id bigint not null references municipality on delete cascade,
    city text not null default '',
    name text not null default '',
    simc text not null default '' constraint street_simc_format check (simc ~ '^([0-9]{7})?$'),
    parts text[] not null generated always as (street_parts(name)) stored,
    search_text text not null generated always as (fold(name || ' ' || city)) stored
);
comment on table street is 'Streets of the imported addresses; a row without a name stands for the houses of a place that has no streets.';
comment on column street.id is 'Internal key.';
comment on column street.municipality_id is 'The municipality.';
comment on column street.city is 'Town or village; empty where the addresses do not name it.';
comment on column street.name is 'Name as the first of its addresses writes it.';
comment on column street.simc is 'SIMC code of the town or village, seven digits; empty where the addresses do not give it.';
comment on column street.parts is 'What is compared of the name, see street_parts.';
comment on column street.search_text is 'Folded text that the search looks through.';
-- One street is one, however its kind and titles are written.
create unique index street_key on street (municipality_id, city, (parts[1]), (parts[2]));
create index street_core_idx on street (municipality_id, (parts[3]));
create index street_search_idx on street using gin (search_text gin_trgm_ops);

create table street_word (
    word text primary key
);
comment on table street_word is 'Words that streets are or were called by: a mistyped word is looked for among these, not in tens of thousands of names.';
comment on column street_word.word is 'Folded word of at least three letters.';
create index street_word_likeness_idx on street_word using gin (word gin_trgm_ops);

create function street_words() returns trigger language plpgsql as $$
begin
    insert into street_word
        select distinct word from new_rows s cross join regexp_split_to_table(s.search_text, '[^[:alnum:]]+') word
        where length(word) > 2
        on conflict do nothing;
    return null;
end $$;
comment on function street_words() is 'Statement trigger with the transition table new_rows: keeps street_word.';
create trigger street_words_insert after insert on street referencing new table as new_rows
    for each statement execute function street_words();

create function words_like(word text) returns text[]
    language sql stable parallel safe
    return array['%' || word || '%'] || array(select '%' || w.word || '%' from public.street_word w where words_like.word operator(public.<%) w.word
        order by public.similarity(w.word, words_like.word) desc, w.word limit 5);
comment on function words_like(text) is 'LIKE patterns of this word and of the words of streets that are most like it.';

create table address (
    id bigint generated always as identity primary key,
    municipality_id bigint not null references municipality on delete cascade,
    street_id bigint not null references street on delete cascade,
    house_number text not null constraint address_house_number_present check (btrim(house_number) <> ''),
    postal_code text not null default '' constraint address_postal_code_format check (postal_code ~ '^([0-9]{2}-[0-9]{3})?$'),
    point geometry(Point, 4326) not null constraint address_point_usable check (point_usable(point)),
    source text not null,
    source_id text not null,
    licence text not null default '',
    verified_on date,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    number_key text not null generated always as (house_number_key(house_number)) stored,
    constraint address_source_key unique (municipality_id, source, source_id)
);
comment on table address is 'Official address points: what an address without a point is looked up in.';
comment on column address.id is 'Internal key.';
comment on column address.municipality_id is 'The municipality.';
comment on column address.street_id is 'The street.';
comment on column address.house_number is 'Number of the building as written.';
comment on column address.postal_code is 'NN-NNN or empty.';
comment on column address.point is 'The building or its entrance, WGS 84, longitude first.';
comment on column address.source is 'Where the record comes from.';
comment on column address.source_id is 'Its identifier there; a second import finds the record by it.';
comment on column address.licence is 'Licence of the source.';
comment on column address.verified_on is 'Day on which somebody last confirmed the record.';
comment on column address.created_at is 'When the row was made.';
comment on column address.updated_at is 'When the row last changed.';
comment on column address.number_key is 'The house number as it is compared, see house_number_key.';
create index address_street_idx on address (street_id, number_key text_pattern_ops);
create trigger address_touch before update on address for each row execute function touch();

create function streets_left() returns trigger language plpgsql as $$
begin
    delete from street s using (select distinct street_id from old_rows) o
        where s.id = o.street_id and not exists (select from address a where a.street_id = s.id);
    return null;
end $$;
comment on function streets_left() is 'Statement trigger with the transition table old_rows: a street whose last address went goes too.';
create trigger address_streets_update after update on address referencing old table as old_rows
    for each statement execute function streets_left();
create trigger address_streets_delete after delete on address referencing old table as old_rows
    for each statement execute function streets_left();

create table street_name (
    id bigint generated always as identity primary key,
    simc text not null constraint street_name_simc_format check (simc ~ '^[0-9]{7}$'),
    ulic text not null constraint street_name_ulic_format check (ulic ~ '^[0-9]{5}$'),
    teryt_name text not null constraint street_name_teryt_name_present check (btrim(teryt_name) <> ''),
    osm_name text not null constraint street_name_osm_name_present check (btrim(osm_name) <> ''),
    source text not null,
    source_id text not null,
    licence text not null default '',
    teryt_key text not null generated always as ((street_parts(teryt_name))[2]) stored,
    osm_key text not null generated always as ((street_parts(osm_name))[2]) stored,
    constraint street_name_key unique (simc, ulic)
);
comment on table street_name is 'Two spellings of one street: the state''s register and OpenStreetMap.';
comment on column street_name.id is 'Internal key.';
comment on column street_name.simc is 'SIMC code of the town or village, seven digits.';
comment on column street_name.ulic is 'ULIC code of the street''s name, five digits.';
comment on column street_name.teryt_name is 'Name in the register TERYT.';
comment on column street_name.osm_name is 'Name in OpenStreetMap.';
comment on column street_name.source is 'Where the pair comes from.';
comment on column street_name.source_id is 'Its identifier there.';
comment on column street_name.licence is 'Licence of the source.';
comment on column street_name.teryt_key is 'The words that are compared of the name in TERYT, see street_parts.';
comment on column street_name.osm_key is 'The words that are compared of the name in OpenStreetMap.';
create index street_name_teryt_idx on street_name (teryt_key);
create index street_name_osm_idx on street_name (osm_key);

create table landmark (
    id bigint generated always as identity primary key,
    municipality_id bigint not null references municipality on delete cascade,
    name text not null constraint landmark_name_present check (btrim(name) <> ''),
    description text not null default '',
    link text not null default '' constraint landmark_link_scheme check (link ~* '^(https?://|$)'),
    point geometry(Point, 4326) not null constraint landmark_point_usable check (point_usable(point)),
    source text not null,
    source_id text not null,
    licence text not null default '',
    verified_on date,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    search_text text not null generated always as (fold(name)) stored,
    constraint landmark_source_key unique (municipality_id, source, source_id)
);
comment on table landmark is 'A point of orientation that everybody knows: a monument, a station, a bridgehead.';
comment on column landmark.id is 'Internal key.';
comment on column landmark.municipality_id is 'The municipality.';
comment on column landmark.name is 'Name as people say it.';
comment on column landmark.description is 'What it is, plain text.';
comment on column landmark.link is 'Page about it, with http:// or https://.';
comment on column landmark.point is 'Where it is, WGS 84, longitude first.';
comment on column landmark.source is 'Where the record comes from.';
comment on column landmark.source_id is 'Its identifier there; a second import finds the record by it.';
comment on column landmark.licence is 'Licence of the source.';
comment on column landmark.verified_on is 'Day on which somebody last confirmed the record.';
comment on column landmark.created_at is 'When the row was made.';
comment on column landmark.updated_at is 'When the row last changed.';
comment on column landmark.search_text is 'Folded text that the search looks through.';
create index landmark_search_idx on landmark using gin (search_text gin_trgm_ops);
create index landmark_point_idx on landmark using gist (point);
create trigger landmark_touch before update on landmark for each row execute function touch();

create table region (
    id bigint generated always as identity primary key,
    level text not null constraint region_level_known check (level in ('country', 'voivodeship', 'county')),
    code text not null,
    name text not null constraint region_name_present check (btrim(name) <> ''),
    area geometry(MultiPolygon, 4326) not null
        constraint region_area_valid check (st_isvalid(area) and not st_isempty(area)),
    source text not null,
    source_id text not null,
    licence text not null default '',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint region_code_key unique (code),
    constraint region_code_format check (code ~ case level when 'country' then '^00$' when 'voivodeship' then '^[0-9]{2}$' else '^[0-9]{4}$' end)
);
comment on table region is 'Territory above the municipality: the country, voivodeships, counties.';
comment on column region.id is 'Internal key.';
comment on column region.level is 'country, voivodeship or county.';
comment on column region.code is 'TERYT code: the beginning of the codes of its municipalities; 00 for the country.';
comment on column region.name is 'Name as written in the source (voivodeships and counties as adjectives).';
comment on column region.area is 'Area, WGS 84, longitude first.';
comment on column region.source is 'Where the record comes from.';
comment on column region.source_id is 'Its identifier there.';
comment on column region.licence is 'Licence of the source.';
comment on column region.created_at is 'When the row was made.';
comment on column region.updated_at is 'When the row last changed.';
create index region_area_idx on region using gist (area);
create trigger region_touch before update on region for each row execute function touch();

create index municipality_name_idx on municipality (name);
create index municipality_search_idx on municipality using gin (fold(name) gin_trgm_ops);

create function municipality_regions(teryt text) returns text
    language sql stable strict parallel safe
    return (select string_agg(case r.level when 'county' then 'pow. ' || r.name else 'woj. ' || lower(r.name) end, ', ' order by r.level)
        from public.region r where r.code in (left(teryt, 4), left(teryt, 2)) and r.level <> 'country');
comment on function municipality_regions(text) is 'County and voivodeship of a municipality by its TERYT code, as far as they are known: "pow. toruński, woj. kujawsko-pomorskie".';

create function municipality_label(municipality bigint) returns text
    language sql stable strict parallel safe
    return (select m.name || coalesce(
            (select ' (' || public.municipality_regions(m.teryt) || ')'
                where exists (select from public.municipality n where n.name = m.name and n.id <> m.id)), '')
        from public.municipality m where m.id = municipality);
comment on function municipality_label(bigint) is 'Name of a municipality; where several share it, with county and voivodeship.';

-- How sure the place of a record is.
create function set_location_quality() returns trigger language plpgsql as $$
begin
    if new.point is null then
        new.location_quality := null;
    elsif new.location_quality is null then
        new.location_quality := 'given';
    elsif tg_op = 'UPDATE' and acts_for_somebody() and new.point is distinct from old.point then
        -- Whoever moves it on a map says where it is.
        new.location_quality := 'given';
    end if;
    return new;
end $$;
comment on function set_location_quality() is 'A point that nobody looked up was given; and so was one that somebody moved.';

-- What people wrote themselves is not overwritten by a file, unless that is asked for.
create function acts_for_somebody() returns boolean
    language sql stable parallel safe
    return coalesce(current_setting('pestor.account', true), '') <> '' and coalesce(current_setting('pestor.import', true), '') = '';
comment on function acts_for_somebody() is 'The transaction says who acts (pestor.account), and it is no import (pestor.import).';

create function set_edited_at() returns trigger language plpgsql as $$
begin
    if acts_for_somebody() then
        new.edited_at := now();
    end if;
    return new;
end $$;
comment on function set_edited_at() is 'Keeps edited_at: every change by somebody in the browser counts.';

create function clear_edited_at() returns trigger language plpgsql as $$
begin
    if not acts_for_somebody() then
        new.edited_at := null;
    end if;
    return new;
end $$;
comment on function clear_edited_at() is 'An import that writes a record was told to, and from then on the record is the file''s again.';

create function name_key(value text) returns text
    language sql immutable strict parallel safe
    return btrim(regexp_replace(public.fold(value), '[^[:alnum:]]+', ' ', 'g'));
comment on function name_key(text) is 'A name as it is compared: folded words without punctuation.';

do $$
declare
    name text;
begin
    foreach name in array array['organisation', 'support_institution', 'premises'] loop
        execute format('alter table %1$I add column location_quality text default ''given'' constraint %1$s_location_quality_known check (
            location_quality in (''given'', ''address'', ''street'', ''district'', ''locality'', ''municipality''))', name);
        execute format('comment on column %I.location_quality is %L', name,
            'How the point is known: given, or looked up by the building, the middle of the street, a point of the district, town or municipality.');
        -- A default fills rows without telling the map that they changed.
        execute format('alter table %I alter column location_quality drop default', name);
        execute format('alter table %I disable trigger user', name);
        execute format('update %I set location_quality = null where point is null', name);
        execute format('alter table %I enable trigger user', name);
        execute format('create trigger %1$s_location before insert or update of point, location_quality on %1$I
            for each row execute function set_location_quality()', name);
        -- After the quality is known: triggers fire in the order of their names.
        execute format('drop trigger %1$s_district on %1$I', name);
        execute format('create trigger %1$s_place before insert or update of point, location_quality, municipality_id on %1$I
            for each row execute function set_district()', name);
    end loop;
    foreach name in array array['organisation', 'support_institution', 'premises', 'offer', 'demand', 'equipment'] loop
        execute format('alter table %I add column edited_at timestamptz', name);
        execute format('comment on column %I.edited_at is %L', name,
            'When somebody last changed the record in the browser (the audit log says who); none = it is as its source has it.');
        execute format('update %1$I o set edited_at = e.at
            from (select thing_id, max(at) as at from audit_entry where thing = %1$L group by thing_id) e where e.thing_id = o.id', name);
        execute format('create index %1$s_edited_idx on %1$I (municipality_id, source, source_id) where edited_at is not null', name);
        execute format('create trigger %1$s_edited before insert or update on %1$I for each row execute function set_edited_at()', name);
        -- Files set the name; what follows from other records (a district, say) does not.
        execute format('create trigger %1$s_imported before update of name on %1$I for each row execute function clear_edited_at()', name);
    end loop;
    foreach name in array array['organisation', 'support_institution'] loop
        execute format('update %I set edited_at = verified_on where edited_at is null and verified_by is not null', name);
        execute format('create index %1$s_name_key_idx on %1$I (municipality_id, name_key(name))', name);
    end loop;
end $$;

-- Territory, too, is somebody's data.
alter table district
    add column licence text not null default '',
    add column verified_on date;
comment on column district.licence is 'Licence of the source.';
comment on column district.verified_on is 'Day on which somebody last confirmed the record.';
alter table municipality
    add column source text not null default '',
    add column licence text not null default '',
    add column verified_on date;
comment on column municipality.source is 'Where the record comes from; its TERYT code is its key there.';
comment on column municipality.licence is 'Licence of the source.';
comment on column municipality.verified_on is 'Day on which somebody last confirmed the record.';

create table record_alias (
    organisation_id bigint references organisation on delete cascade,
    institution_id bigint references support_institution on delete cascade,
    municipality_id bigint not null references municipality on delete cascade,
    source text not null,
    source_id text not null,
    merged_at timestamptz not null default now(),
    constraint record_alias_of_one check (num_nonnulls(organisation_id, institution_id) = 1)
);
comment on table record_alias is 'Other sources'' identifiers of a record that duplicates were merged into: an import finds it by them, too.';
comment on column record_alias.organisation_id is 'The organisation, where it is one.';
comment on column record_alias.institution_id is 'The support institution, where it is one.';
comment on column record_alias.municipality_id is 'The municipality that the source''s row belongs to.';
comment on column record_alias.source is 'The source.';
comment on column record_alias.source_id is 'Its identifier there.';
comment on column record_alias.merged_at is 'When.';
create unique index record_alias_organisation_key on record_alias (municipality_id, source, source_id) where organisation_id is not null;
create unique index record_alias_institution_key on record_alias (municipality_id, source, source_id) where institution_id is not null;
create index record_alias_organisation_idx on record_alias (organisation_id);
create index record_alias_institution_idx on record_alias (institution_id);

-- When a record was changed is what the log is about; it need not say it twice.
create or replace function audit_row() returns trigger language plpgsql as $$
declare
    actor bigint := nullif(current_setting('pestor.account', true), '')::bigint;
    hidden text[] := array['password_hash', 'totp_secret', 'totp_last_step', 'token_hash', 'updated_at', 'version',
        'last_sign_in_at', 'district_id', 'edited_at'];
    old_row jsonb;
    new_row jsonb;
    whole jsonb;
begin
    if actor is null then
        return null;
    end if;
    hidden := hidden || array(select attname::text from pg_attribute where attrelid = tg_relid and attgenerated <> '');
    -- Of a demand, the district is what its author wrote.
    if tg_table_name = 'demand' then
        hidden := array_remove(hidden, 'district_id');
    end if;
    old_row := case when tg_op <> 'INSERT' then to_jsonb(old) - hidden end;
    new_row := case when tg_op <> 'DELETE' then to_jsonb(new) - hidden end;
    whole := coalesce(new_row, old_row);
    if tg_op = 'UPDATE' then
        select jsonb_object_agg(o.key, o.value), jsonb_object_agg(o.key, n.value) into old_row, new_row
            from jsonb_each(old_row) o join jsonb_each(new_row) n using (key) where o.value is distinct from n.value;
        if old_row is null then
            return null;
        end if;
    end if;
    insert into audit_entry (account_id, role, municipality_id, action, thing, thing_id, before, after) values (
        (select id from account where id = actor), coalesce(current_setting('pestor.role', true), ''),
        (select id from municipality where id = (whole ->> 'municipality_id')::bigint),
        lower(tg_op), tg_table_name,
        coalesce(whole ->> 'id', whole ->> 'offer_id', whole ->> 'demand_id', whole ->> 'equipment_id',
            whole ->> 'organisation_id', whole ->> 'premises_id')::bigint, old_row, new_row);
    return null;
end $$;

-- A point that stands for a whole town or municipality says nothing about the district.
create or replace function set_district() returns trigger language plpgsql as $$
begin
    new.district_id := case when new.location_quality in ('locality', 'municipality') then null
        else district_at(new.municipality_id, new.point) end;
    return new;
end $$;

create or replace function districts_moved() returns trigger language plpgsql as $$
declare
    areas text := case tg_op
        when 'INSERT' then 'table new_rows'
        when 'DELETE' then 'table old_rows'
        else 'select m.* from old_rows o join new_rows n using (id)
            cross join lateral (values (o.municipality_id, o.area), (n.municipality_id, n.area)) m (municipality_id, area)
            where (o.municipality_id, o.area) is distinct from (n.municipality_id, n.area)'
    end;
    name text;
begin
    foreach name in array array['organisation', 'support_institution', 'premises'] loop
        execute format('update %I r set district_id = district_at(r.municipality_id, r.point) from (%s) a
            where r.municipality_id = a.municipality_id and st_intersects(r.point, a.area)
                and r.location_quality not in (''locality'', ''municipality'')
                and r.district_id is distinct from district_at(r.municipality_id, r.point)', name, areas);
    end loop;
    return null;
end $$;
