-- Organisations of the social economy and the institutions that support them.
create table organisation (
    id bigint generated always as identity primary key,
    municipality_id bigint not null references municipality on delete cascade,
    slug text not null constraint organisation_slug_key unique,
    name text not null constraint organisation_name_present check (btrim(name) <> ''),
    legal_form text not null constraint organisation_legal_form_known check (legal_form in (
        'association', 'ordinary_association', 'foundation', 'social_cooperative', 'work_cooperative',
        'disabled_cooperative', 'cis', 'kis', 'wtz', 'zaz', 'church_legal_person',
        'local_government_association', 'sports_club', 'non_profit_company', 'rural_housewives_circle')),
    social_enterprise boolean not null default false,
    public_benefit boolean not null default false,
    prosocial_mark boolean not null default false,
    activities text[] not null default '{}' constraint organisation_activities_known check (activities <@ array[
        'social_assistance', 'family_support', 'reintegration', 'charity', 'tradition', 'minorities', 'migrants',
        'health', 'addictions', 'disability', 'employment', 'gender_equality', 'elderly', 'economic_development',
        'technology', 'local_communities', 'education', 'children_leisure', 'culture', 'sport', 'ecology', 'animals',
        'tourism', 'public_safety', 'human_rights', 'consumers', 'european_integration', 'rescue',
        'disaster_relief', 'volunteering', 'veterans', 'family_rights', 'social_economy', 'revitalisation']::text[]),
    krs text constraint organisation_krs_key unique constraint organisation_krs_format check (krs ~ '^[0-9]{10}$'),
    nip text constraint organisation_nip_key unique constraint organisation_nip_checksum check (nip_valid(nip)),
    regon text constraint organisation_regon_key unique constraint organisation_regon_checksum check (regon_valid(regon)),
    tagline text not null default '',
    description text not null default '',
    street text not null default '',
    house_number text not null default '',
    postal_code text not null default '' constraint organisation_postal_code_format check (postal_code ~ '^([0-9]{2}-[0-9]{3})?$'),
    city text not null default '',
    phone text not null default '',
    email text not null default '',
    website text not null default '' constraint organisation_website_scheme check (website ~* '^(https?://|$)'),
    opening_hours text not null default '',
    point geometry(Point, 4326) constraint organisation_point_usable check (point_usable(point)),
    district_id bigint references district on delete set null,
    source text not null default 'manual',
    source_id text,
    licence text not null default '',
    verified_on date,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    search_text text generated always as (fold(name || ' ' || tagline || ' ' || street || ' ' || house_number)) stored,
    constraint organisation_source_key unique (municipality_id, source, source_id)
);
comment on table organisation is 'An entity of the social economy (podmiot ekonomii społecznej).';
comment on column organisation.id is 'Internal key, also the feature id in tiles.';
comment on column organisation.municipality_id is 'The municipality of its seat.';
comment on column organisation.slug is 'Name in web addresses; never changes.';
comment on column organisation.name is 'Full name.';
comment on column organisation.legal_form is 'Legal form, by code; the names on screen are translations.';
comment on column organisation.social_enterprise is 'Has the status of a social enterprise (przedsiębiorstwo społeczne).';
comment on column organisation.public_benefit is 'Is a public benefit organisation (OPP).';
comment on column organisation.prosocial_mark is 'Holds the mark „Zakup Prospołeczny”.';
comment on column organisation.activities is 'Activity areas after art. 4 sec. 1 of the act on public benefit activity and volunteering, the main one first.';
comment on column organisation.krs is 'National court register number, ten digits.';
comment on column organisation.nip is 'Tax identifier, ten digits with a checksum.';
comment on column organisation.regon is 'Statistical identifier, 9 or 14 digits with a checksum.';
comment on column organisation.tagline is 'What it does, in one line.';
comment on column organisation.description is 'What it does, plain text, paragraphs by empty lines.';
comment on column organisation.street is 'Street with its kind (ul., pl., al.).';
comment on column organisation.house_number is 'Building and unit number.';
comment on column organisation.postal_code is 'NN-NNN or empty.';
comment on column organisation.city is 'Town of the address.';
comment on column organisation.phone is 'Telephone as written.';
comment on column organisation.email is 'Public e-mail address.';
comment on column organisation.website is 'Address with http:// or https://.';
comment on column organisation.opening_hours is 'Opening hours in words.';
comment on column organisation.point is 'Where it is, WGS 84, longitude first.';
comment on column organisation.district_id is 'District the point lies in, kept by a trigger.';
comment on column organisation.source is 'Where the record comes from.';
comment on column organisation.source_id is 'Its identifier there; a second import finds the record by it.';
comment on column organisation.licence is 'Licence of the source.';
comment on column organisation.verified_on is 'Day on which somebody last confirmed the record.';
comment on column organisation.created_at is 'When the row was made.';
comment on column organisation.updated_at is 'When the row last changed.';
comment on column organisation.search_text is 'Folded text that the search looks through.';
create index organisation_point_idx on organisation using gist (point);
create index organisation_search_idx on organisation using gin (search_text gin_trgm_ops);
create index organisation_municipality_idx on organisation (municipality_id);

create function set_district() returns trigger language plpgsql as $$
begin
    new.district_id := (select d.id from district d
        where d.municipality_id = new.municipality_id and st_intersects(d.area, new.point) order by d.id limit 1);
    return new;
end $$;
comment on function set_district() is 'Finds the district of the municipality that a record''s point lies in.';

create trigger organisation_slug before insert on organisation for each row execute function set_slug();
create trigger organisation_district before insert or update of point, municipality_id on organisation for each row execute function set_district();
create trigger organisation_touch before update on organisation for each row execute function touch();
create trigger organisation_layer after insert or update or delete or truncate on organisation
    for each statement execute function layers_changed('organisations');

create table support_institution (
    id bigint generated always as identity primary key,
    municipality_id bigint not null references municipality on delete cascade,
    slug text not null constraint support_institution_slug_key unique,
    name text not null constraint support_institution_name_present check (btrim(name) <> ''),
    kind text not null constraint support_institution_kind_known check (kind in (
        'owes', 'roefs', 'rops', 'city_office', 'marshal_office', 'incubator', 'other')),
    services text[] not null default '{}' constraint support_institution_services_known check (
        services <@ array['advice', 'training', 'animation', 'library', 'rooms', 'funding']::text[]),
    operator text not null default '',
    area_of_operation text not null default '',
    tagline text not null default '',
    description text not null default '',
    street text not null default '',
    house_number text not null default '',
    postal_code text not null default '',
    city text not null default '',
    phone text not null default '',
    email text not null default '',
    website text not null default '' constraint support_institution_website_scheme check (website ~* '^(https?://|$)'),
    opening_hours text not null default '',
    point geometry(Point, 4326) constraint support_institution_point_usable check (point_usable(point)),
    district_id bigint references district on delete set null,
    source text not null default 'manual',
    source_id text,
    licence text not null default '',
    verified_on date,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    search_text text generated always as (fold(name || ' ' || operator || ' ' || tagline || ' ' || street || ' ' || house_number)) stored,
    constraint support_institution_source_key unique (municipality_id, source, source_id)
);
comment on table support_institution is 'Who helps organisations: OWES, ROEFS, ROPS, offices, incubators.';
comment on column support_institution.id is 'Internal key, also the feature id in tiles.';
comment on column support_institution.municipality_id is 'The municipality on whose map it stands; its seat may lie elsewhere.';
comment on column support_institution.slug is 'Name in web addresses; never changes.';
comment on column support_institution.name is 'Full name.';
comment on column support_institution.kind is 'Kind of institution, by code.';
comment on column support_institution.services is 'Services it gives, by code.';
comment on column support_institution.operator is 'Who runs it, where that is somebody else.';
comment on column support_institution.area_of_operation is 'Whom it serves, in words.';
comment on column support_institution.tagline is 'What it does, in one line.';
comment on column support_institution.description is 'What it does, plain text, paragraphs by empty lines.';
comment on column support_institution.street is 'Street with its kind (ul., pl., al.).';
comment on column support_institution.house_number is 'Building and unit number.';
comment on column support_institution.postal_code is 'Postal code as written.';
comment on column support_institution.city is 'Town of the address.';
comment on column support_institution.phone is 'Telephone as written.';
comment on column support_institution.email is 'Public e-mail address.';
comment on column support_institution.website is 'Address with http:// or https://.';
comment on column support_institution.opening_hours is 'Opening hours in words.';
comment on column support_institution.point is 'Where it is, WGS 84, longitude first.';
comment on column support_institution.district_id is 'District the point lies in, kept by a trigger.';
comment on column support_institution.source is 'Where the record comes from.';
comment on column support_institution.source_id is 'Its identifier there; a second import finds the record by it.';
comment on column support_institution.licence is 'Licence of the source.';
comment on column support_institution.verified_on is 'Day on which somebody last confirmed the record.';
comment on column support_institution.created_at is 'When the row was made.';
comment on column support_institution.updated_at is 'When the row last changed.';
comment on column support_institution.search_text is 'Folded text that the search looks through.';
create index support_institution_point_idx on support_institution using gist (point);
create index support_institution_search_idx on support_institution using gin (search_text gin_trgm_ops);
create trigger support_institution_slug before insert on support_institution for each row execute function set_slug();
create trigger support_institution_district before insert or update of point, municipality_id on support_institution for each row execute function set_district();
create trigger support_institution_touch before update on support_institution for each row execute function touch();
create trigger support_institution_layer after insert or update or delete or truncate on support_institution
    for each statement execute function layers_changed('support');

create table support_link (
    institution_id bigint not null references support_institution on delete cascade,
    position smallint not null,
    label text not null constraint support_link_label_present check (btrim(label) <> ''),
    url text not null constraint support_link_url_scheme check (url ~* '^https?://'),
    primary key (institution_id, position)
);
comment on table support_link is 'Pages of a support institution worth a visit.';
comment on column support_link.institution_id is 'The institution.';
comment on column support_link.position is 'Order on the page, from 1.';
comment on column support_link.label is 'Text of the link.';
comment on column support_link.url is 'Address with http:// or https://.';
