-- Municipal premises and the history of their status.
create table premises_administrator (
    id bigint generated always as identity primary key,
    municipality_id bigint not null references municipality on delete cascade,
    slug text not null constraint premises_administrator_slug_key unique,
    name text not null constraint premises_administrator_name_present check (btrim(name) <> ''),
    contact text not null default '',
    constraint premises_administrator_name_key unique (municipality_id, name)
);
comment on table premises_administrator is 'The municipal unit that lets premises and answers for them.';
comment on column premises_administrator.id is 'Internal key.';
comment on column premises_administrator.municipality_id is 'The municipality.';
comment on column premises_administrator.slug is 'Name in web addresses; never changes.';
comment on column premises_administrator.name is 'Name of the unit.';
comment on column premises_administrator.contact is 'How to reach it, in words.';
create trigger premises_administrator_slug before insert on premises_administrator for each row execute function set_slug();

create table premises (
    id bigint generated always as identity primary key,
    municipality_id bigint not null references municipality on delete cascade,
    slug text not null constraint premises_slug_key unique,
    name text not null constraint premises_name_present check (btrim(name) <> ''),
    street text not null default '',
    house_number text not null default '',
    unit_number text not null default '',
    postal_code text not null default '' constraint premises_postal_code_format check (postal_code ~ '^([0-9]{2}-[0-9]{3})?$'),
    city text not null default '',
    storey text not null constraint premises_storey_known check (storey in ('ground', 'upper', 'underground', 'attic', 'outbuilding')),
    area_m2 numeric(8, 2) not null constraint premises_area_positive check (area_m2 > 0),
    use text not null constraint premises_use_known check (use in (
        'office', 'services', 'shop', 'workshop', 'culture', 'education', 'sport', 'storage', 'shared')),
    technical_condition text not null constraint premises_condition_known check (technical_condition in ('good', 'to_refresh', 'to_renovate')),
    utilities text[] not null default '{}' constraint premises_utilities_known check (
        utilities <@ array['electricity', 'water', 'sewage', 'heating', 'gas', 'internet', 'toilet']::text[]),
    accessible boolean not null default false,
    accessibility_note text not null default '',
    administrator_id bigint references premises_administrator on delete set null,
    remarks text not null default '',
    point geometry(Point, 4326) not null constraint premises_point_usable check (point_usable(point)),
    footprint geometry(MultiPolygon, 4326)
        constraint premises_footprint_valid check (st_isvalid(footprint) and not st_isempty(footprint)),
    district_id bigint references district on delete set null,
    source text not null default 'manual',
    source_id text,
    source_url text not null default '' constraint premises_source_url_scheme check (source_url ~* '^(https?://|$)'),
    licence text not null default '',
    verified_on date,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    search_text text generated always as (fold(name || ' ' || remarks)) stored,
    constraint premises_source_key unique (municipality_id, source, source_id)
);
comment on table premises is 'A municipal unit let to organisations on preferential terms; its status is in premises_period.';
comment on column premises.id is 'Internal key, also the feature id in tiles (layers premises and footprints).';
comment on column premises.municipality_id is 'The municipality that owns it.';
comment on column premises.slug is 'Name in web addresses; never changes.';
comment on column premises.name is 'Address as its heading (ul. Mickiewicza 60).';
comment on column premises.street is 'Street with its kind (ul., pl., al.).';
comment on column premises.house_number is 'Building number.';
comment on column premises.unit_number is 'Number of the unit in the building.';
comment on column premises.postal_code is 'NN-NNN or empty.';
comment on column premises.city is 'Town of the address.';
comment on column premises.storey is 'Storey, by code; an underground one and an attic or outbuilding lower the rent.';
comment on column premises.area_m2 is 'Usable area, m².';
comment on column premises.use is 'What it is fit for, by code.';
comment on column premises.technical_condition is 'Condition, by code (dobry, do odświeżenia, do remontu).';
comment on column premises.utilities is 'Utilities, by code.';
comment on column premises.accessible is 'A wheelchair user gets in without help.';
comment on column premises.accessibility_note is 'What helps or hinders people with disabilities.';
comment on column premises.administrator_id is 'The unit that lets it.';
comment on column premises.remarks is 'Remarks, plain text.';
comment on column premises.point is 'The entrance, WGS 84, longitude first.';
comment on column premises.footprint is 'Outline on the ground where known, WGS 84, longitude first.';
comment on column premises.district_id is 'District the point lies in, kept by a trigger.';
comment on column premises.source is 'Where the record comes from.';
comment on column premises.source_id is 'Its identifier there; a second import finds the record by it.';
comment on column premises.source_url is 'Public page that states the facts.';
comment on column premises.licence is 'Licence of the source.';
comment on column premises.verified_on is 'Day on which somebody last confirmed the record.';
comment on column premises.created_at is 'When the row was made.';
comment on column premises.updated_at is 'When the row last changed.';
comment on column premises.search_text is 'Folded text that the search looks through.';
create index premises_point_idx on premises using gist (point);
create index premises_search_idx on premises using gin (search_text gin_trgm_ops);
create trigger premises_slug before insert on premises for each row execute function set_slug();
create trigger premises_district before insert or update of point, municipality_id on premises for each row execute function set_district();
create trigger premises_touch before update on premises for each row execute function touch();
create trigger premises_layer after insert or update or delete or truncate on premises
    for each statement execute function layers_changed('premises', 'footprints');

create table premises_photo (
    premises_id bigint not null references premises on delete cascade,
    position smallint not null,
    file text not null constraint premises_photo_file_name check (file ~ '^[a-z0-9][a-z0-9._-]*$'),
    alternative_text text not null constraint premises_photo_text_present check (btrim(alternative_text) <> ''),
    primary key (premises_id, position)
);
comment on table premises_photo is 'Pictures of premises; the files lie in the media folder.';
comment on column premises_photo.premises_id is 'The premises.';
comment on column premises_photo.position is 'Order on the page, from 1.';
comment on column premises_photo.file is 'File name in the media folder.';
comment on column premises_photo.alternative_text is 'What is to be seen, for people who cannot see it.';

create table premises_period (
    id bigint generated always as identity primary key,
    premises_id bigint not null references premises on delete cascade,
    status text not null constraint premises_period_status_known check (status in (
        'free', 'open_call', 'reserved', 'occupied', 'renovation', 'withdrawn')),
    valid daterange not null constraint premises_period_valid_range check (
        not isempty(valid) and not lower_inf(valid)),
    organisation_id bigint references organisation on delete set null,
    tenant_name text not null default '',
    title text constraint premises_period_title_known check (title in ('lease', 'lending')),
    letting_mode text constraint premises_period_letting_mode_known check (letting_mode in ('direct', 'open_call', 'tender')),
    rent_pln_per_m2 numeric(8, 2) constraint premises_period_rent_not_negative check (rent_pln_per_m2 >= 0),
    call_announcement text not null default '',
    call_deadline date,
    note text not null default '',
    source text not null default 'manual',
    source_id text,
    constraint premises_period_no_overlap exclude using gist (premises_id with =, valid with &&),
    constraint premises_period_source_key unique (premises_id, source, source_id),
    constraint premises_period_tenant_only_if_let check (
        status in ('occupied', 'reserved') or (organisation_id is null and tenant_name = '' and title is null)),
    constraint premises_period_deadline_only_in_call check (status = 'open_call' or call_deadline is null)
);
comment on table premises_period is 'What a unit was from day to day: no two periods of one unit overlap.';
comment on column premises_period.id is 'Internal key.';
comment on column premises_period.premises_id is 'The premises.';
comment on column premises_period.status is 'Status, by code.';
comment on column premises_period.valid is 'Days, first included, last excluded; no last day = until further notice.';
comment on column premises_period.organisation_id is 'The tenant, where it is in the register.';
comment on column premises_period.tenant_name is 'The tenant''s name, where it is not in the register.';
comment on column premises_period.title is 'Legal title: lease or lending for use.';
comment on column premises_period.letting_mode is 'How it was let.';
comment on column premises_period.rent_pln_per_m2 is 'Monthly rent, PLN net per m².';
comment on column premises_period.call_announcement is 'Announcement of the open call, plain text.';
comment on column premises_period.call_deadline is 'Last day for offers in the open call.';
comment on column premises_period.note is 'Remark on the period.';
comment on column premises_period.source is 'Where the record comes from.';
comment on column premises_period.source_id is 'Its identifier there.';
create index premises_period_organisation_idx on premises_period (organisation_id);
create trigger premises_period_layer after insert or update or delete or truncate on premises_period
    for each statement execute function layers_changed('premises', 'footprints');

