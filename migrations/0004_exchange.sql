-- The exchange: what organisations offer, need and lend.
create table category (
    code text primary key constraint category_code_format check (code ~ '^[a-z][a-z0-9_]*$'),
    name_pl text not null,
    name_en text not null,
    cpv text not null constraint category_cpv_format check (cpv ~ '^[0-9]{8}-[0-9]$')
);
comment on table category is 'Categories of goods and services, mapped to the Common Procurement Vocabulary.';
comment on column category.code is 'Code in web addresses and files.';
comment on column category.name_pl is 'Polish name.';
comment on column category.name_en is 'English name.';
comment on column category.cpv is 'CPV code with its check digit.';

create table offer (
    id bigint generated always as identity primary key,
    municipality_id bigint not null references municipality on delete cascade,
    organisation_id bigint not null references organisation on delete cascade,
    slug text not null constraint offer_slug_key unique,
    kind text not null constraint offer_kind_known check (kind in ('product', 'service')),
    name text not null constraint offer_name_present check (btrim(name) <> ''),
    description text not null default '',
    category text not null constraint offer_category_known references category,
    price_pln numeric(10, 2) constraint offer_price_not_negative check (price_pln >= 0),
    price_unit text not null default '',
    delivery_area text not null default '',
    source text not null default 'manual',
    source_id text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    search_text text generated always as (fold(name || ' ' || description)) stored,
    constraint offer_source_key unique (municipality_id, source, source_id)
);
comment on table offer is 'A product or service that an organisation sells.';
comment on column offer.id is 'Internal key.';
comment on column offer.municipality_id is 'The municipality of the organisation.';
comment on column offer.organisation_id is 'Who sells.';
comment on column offer.slug is 'Name in web addresses; never changes.';
comment on column offer.kind is 'product or service.';
comment on column offer.name is 'What it is, in a few words.';
comment on column offer.description is 'Plain text, paragraphs by empty lines.';
comment on column offer.category is 'Category code.';
comment on column offer.price_pln is 'Price in PLN with tax; none = by arrangement.';
comment on column offer.price_unit is 'What the price is for (szt., godz., osoba).';
comment on column offer.delivery_area is 'Where it is delivered, in words.';
comment on column offer.source is 'Where the record comes from.';
comment on column offer.source_id is 'Its identifier there.';
comment on column offer.created_at is 'When it was posted.';
comment on column offer.updated_at is 'When the row last changed.';
comment on column offer.search_text is 'Folded text that the search looks through.';
create index offer_organisation_idx on offer (organisation_id);
create index offer_search_idx on offer using gin (search_text gin_trgm_ops);

create table demand (
    id bigint generated always as identity primary key,
    municipality_id bigint not null references municipality on delete cascade,
    organisation_id bigint references organisation on delete cascade,
    unit_name text not null default '',
    slug text not null constraint demand_slug_key unique,
    name text not null constraint demand_name_present check (btrim(name) <> ''),
    description text not null default '',
    category text not null constraint demand_category_known references category,
    quantity text not null default '',
    budget_min_pln numeric(12, 2) constraint demand_budget_min_not_negative check (budget_min_pln >= 0),
    budget_max_pln numeric(12, 2),
    deadline date,
    source text not null default 'manual',
    source_id text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    search_text text generated always as (fold(name || ' ' || description)) stored,
    constraint demand_author_given check ((organisation_id is null) <> (unit_name = '')),
    constraint demand_budget_order check (budget_max_pln >= coalesce(budget_min_pln, 0)),
    constraint demand_source_key unique (municipality_id, source, source_id)
);
comment on table demand is 'What the municipality or an organisation wants to buy.';
comment on column demand.id is 'Internal key.';
comment on column demand.municipality_id is 'The municipality.';
comment on column demand.organisation_id is 'Who asks, where it is an organisation.';
comment on column demand.unit_name is 'Who asks, where it is a municipal unit.';
comment on column demand.slug is 'Name in web addresses; never changes.';
comment on column demand.name is 'What is needed, in a few words.';
comment on column demand.description is 'Plain text, paragraphs by empty lines.';
comment on column demand.category is 'Category code.';
comment on column demand.quantity is 'How much or how often, in words.';
comment on column demand.budget_min_pln is 'Lower end of the budget, PLN with tax.';
comment on column demand.budget_max_pln is 'Upper end of the budget, PLN with tax.';
comment on column demand.deadline is 'Last day for answers.';
comment on column demand.source is 'Where the record comes from.';
comment on column demand.source_id is 'Its identifier there.';
comment on column demand.created_at is 'When it was posted.';
comment on column demand.updated_at is 'When the row last changed.';
comment on column demand.search_text is 'Folded text that the search looks through.';
create index demand_organisation_idx on demand (organisation_id);
create index demand_search_idx on demand using gin (search_text gin_trgm_ops);

create table equipment (
    id bigint generated always as identity primary key,
    municipality_id bigint not null references municipality on delete cascade,
    organisation_id bigint references organisation on delete cascade,
    owner_name text not null default '',
    slug text not null constraint equipment_slug_key unique,
    name text not null constraint equipment_name_present check (btrim(name) <> ''),
    description text not null default '',
    category text not null constraint equipment_category_known references category,
    mode text not null constraint equipment_mode_known check (mode in ('lend', 'give')),
    quantity integer not null default 1 constraint equipment_quantity_positive check (quantity > 0),
    terms text not null default '',
    source text not null default 'manual',
    source_id text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    search_text text generated always as (fold(name || ' ' || description)) stored,
    constraint equipment_owner_given check ((organisation_id is null) <> (owner_name = '')),
    constraint equipment_source_key unique (municipality_id, source, source_id)
);
comment on table equipment is 'A thing lent or given to organisations free of charge (bank sprzętu).';
comment on column equipment.id is 'Internal key.';
comment on column equipment.municipality_id is 'The municipality.';
comment on column equipment.organisation_id is 'Whose it is, where the owner is in the register.';
comment on column equipment.owner_name is 'Whose it is, otherwise.';
comment on column equipment.slug is 'Name in web addresses; never changes.';
comment on column equipment.name is 'What it is, in a few words.';
comment on column equipment.description is 'Plain text, paragraphs by empty lines.';
comment on column equipment.category is 'Category code.';
comment on column equipment.mode is 'lend or give.';
comment on column equipment.quantity is 'How many pieces.';
comment on column equipment.terms is 'On what terms, in words.';
comment on column equipment.source is 'Where the record comes from.';
comment on column equipment.source_id is 'Its identifier there.';
comment on column equipment.created_at is 'When it was posted.';
comment on column equipment.updated_at is 'When the row last changed.';
comment on column equipment.search_text is 'Folded text that the search looks through.';
create index equipment_organisation_idx on equipment (organisation_id);
create index equipment_search_idx on equipment using gin (search_text gin_trgm_ops);

do $$
declare t text;
begin
    foreach t in array array['offer', 'demand', 'equipment'] loop
        execute format('create trigger %1$s_slug before insert on %1$I for each row execute function set_slug()', t);
        execute format('create trigger %1$s_touch before update on %1$I for each row execute function touch()', t);
        -- The organisations layer says who offers, needs or lends something.
        execute format('create trigger %1$s_layer after insert or update or delete or truncate on %1$I
            for each statement execute function layers_changed(''organisations'')', t);
    end loop;
end $$;
