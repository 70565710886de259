-- Offers and demand that people post themselves: drafts and states, photos and attachments, places, who was told of what.

-- Addresses of forms stand where slugs stand, so no thing may be called like them.
create or replace function set_slug() returns trigger language plpgsql as $$
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
            exit when not taken and candidate not in ('nowa', 'nowe', 'nowy');
            n := n + 1;
            candidate := base || '-' || n;
        end loop;
        new.slug := candidate;
    end if;
    return new;
end $$;

-- Columns that follow from others say nothing new; a part of a thing (a photo of an offer) is noted under the thing's key.
create or replace function audit_row() returns trigger language plpgsql as $$
declare
    actor bigint := nullif(current_setting('pestor.account', true), '')::bigint;
    hidden text[] := array['password_hash', 'totp_secret', 'totp_last_step', 'token_hash', 'updated_at', 'version',
        'last_sign_in_at', 'district_id'];
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

-- Offers.
alter table offer
    add column state text not null default 'published'
        constraint offer_state_known check (state in ('draft', 'published', 'archived', 'hidden')),
    add column shown boolean not null generated always as (state = 'published') stored,
    add column author_id bigint references account on delete set null,
    add column version integer not null default 1,
    add column published_at timestamptz default now(),
    add column delivery_kind text constraint offer_delivery_kind_known check (delivery_kind in ('town', 'districts', 'radius')),
    add column delivery_radius_m integer constraint offer_delivery_radius_positive check (delivery_radius_m > 0),
    add constraint offer_delivery_radius_whole check ((delivery_kind is not distinct from 'radius') = (delivery_radius_m is not null));
comment on column offer.state is 'draft: seen by its organisation only; published; archived: not sold any more; hidden: taken down by an official. Imports publish.';
comment on column offer.shown is 'Whether everybody sees it: the one thing that lists, counts, the search and the map look at.';
comment on column offer.author_id is 'Account that posted it; none of an import and of a deleted account.';
comment on column offer.version is 'Counts changes by forms, so that of two people who edit it the second is told.';
comment on column offer.published_at is 'When it was last published; none of a draft that never was.';
comment on column offer.delivery_kind is 'town: everywhere in the municipality; districts: those in offer_district; radius: around the organisation; none: delivery_area says it.';
comment on column offer.delivery_radius_m is 'How far from the organisation, metres.';
comment on column offer.delivery_area is 'Where it is delivered, in words, where a file said so.';
update offer set published_at = created_at;
create index offer_author_idx on offer (author_id);

create table offer_district (
    offer_id bigint not null references offer on delete cascade,
    district_id bigint not null references district on delete cascade,
    primary key (offer_id, district_id)
);
comment on table offer_district is 'Districts that an offer is delivered to.';
comment on column offer_district.offer_id is 'The offer.';
comment on column offer_district.district_id is 'The district.';
create index offer_district_district_idx on offer_district (district_id);

create table offer_photo (
    offer_id bigint not null references offer on delete cascade,
    media_id bigint not null references media on delete restrict,
    position smallint not null,
    alternative_text text not null constraint offer_photo_alternative_text_present check (btrim(alternative_text) <> ''),
    primary key (offer_id, media_id)
);
comment on table offer_photo is 'Photos of an offer.';
comment on column offer_photo.offer_id is 'The offer.';
comment on column offer_photo.media_id is 'The photo.';
comment on column offer_photo.position is 'Order on the page, from 1; the first is on the card.';
comment on column offer_photo.alternative_text is 'What is to be seen, for those who do not see it.';
create index offer_photo_media_idx on offer_photo (media_id);

-- Demand.
alter table demand
    add column state text not null default 'open' constraint demand_state_known
        check (state in ('draft', 'pending', 'open', 'answered', 'settled', 'withdrawn', 'closed', 'hidden')),
    add column shown boolean not null
        generated always as (state in ('open', 'answered', 'settled', 'withdrawn', 'closed')) stored,
    add column is_open boolean not null generated always as (state in ('open', 'answered')) stored,
    add column by_person boolean not null default false,
    add column author_id bigint references account on delete set null,
    add column version integer not null default 1,
    add column point geometry(Point, 4326) constraint demand_point_usable check (point_usable(point)),
    add column district_id bigint references district on delete set null,
    add column published_at timestamptz default now(),
    add column answered_at timestamptz,
    add column settled_at timestamptz,
    add column withdrawn_at timestamptz,
    add column closed_at timestamptz,
    add column matched_at timestamptz default now(),
    drop constraint demand_author_given,
    add constraint demand_author_given
        check ((organisation_id is not null)::int + (unit_name <> '')::int + by_person::int = 1),
    add constraint demand_place_one check (point is null or district_id is null);
comment on table demand is 'What the municipality, an organisation or a resident wants to buy.';
comment on column demand.state is 'draft; pending: a resident''s, waits for a check; open; answered: the author has answers and still takes more; settled; withdrawn; closed: the deadline passed; hidden: taken down by an official. Imports are open.';
comment on column demand.shown is 'Whether everybody sees it: the one thing that lists, counts, the search and the map look at.';
comment on column demand.is_open is 'Whether answers are still wanted.';
comment on column demand.by_person is 'A person asks, not an organisation or a unit; the account''s name says who.';
comment on column demand.author_id is 'Account that posted it; none of an import and of a deleted account.';
comment on column demand.version is 'Counts changes by forms, so that of two people who edit it the second is told.';
comment on column demand.point is 'Where it is needed, WGS 84, longitude first; none where the district or the author''s seat says enough.';
comment on column demand.district_id is 'District where it is needed, where no point is given.';
comment on column demand.published_at is 'When everybody first saw it; none of what never was published.';
comment on column demand.answered_at is 'When its author first had an answer.';
comment on column demand.settled_at is 'When it was settled.';
comment on column demand.withdrawn_at is 'When its author took it back.';
comment on column demand.closed_at is 'When its deadline closed it.';
comment on column demand.matched_at is 'When matching organisations were told of it; none while they have to be. Nobody is told of imports.';
create index demand_author_idx on demand (author_id);
create index demand_district_idx on demand (district_id);
create index demand_deadline_idx on demand (deadline) where is_open;
create index demand_to_match_idx on demand (id) where is_open and matched_at is null;

create function set_demand_state() returns trigger language plpgsql as $$
declare
    before text := case when tg_op = 'UPDATE' then old.state else '' end;
begin
    -- Closed means that the deadline passed, and nothing else; another deadline opens it again.
    if new.state in ('open', 'answered') and new.deadline < current_date then
        new.state := 'closed';
    elsif new.state = 'closed' and (new.deadline is null or new.deadline >= current_date) then
        new.state := case when new.answered_at is null then 'open' else 'answered' end;
    end if;
    if new.state <> before then
        new.answered_at := case when new.state = 'answered' then coalesce(new.answered_at, now()) else new.answered_at end;
        new.settled_at := case when new.state = 'settled' then now() end;
        new.withdrawn_at := case when new.state = 'withdrawn' then now() end;
        new.closed_at := case when new.state = 'closed' then now() end;
    end if;
    return new;
end $$;
comment on function set_demand_state() is 'Row trigger: a demand past its deadline is closed, and the times follow the state.';
create trigger demand_state before insert or update on demand for each row execute function set_demand_state();
update demand set published_at = created_at;

create table demand_attachment (
    demand_id bigint not null references demand on delete cascade,
    media_id bigint not null references media on delete restrict,
    position smallint not null,
    primary key (demand_id, media_id)
);
comment on table demand_attachment is 'Documents that belong to a demand.';
comment on column demand_attachment.demand_id is 'The demand.';
comment on column demand_attachment.media_id is 'The document.';
comment on column demand_attachment.position is 'Order on the page, from 1.';
create index demand_attachment_media_idx on demand_attachment (media_id);

create table demand_match (
    demand_id bigint not null references demand on delete cascade,
    account_id bigint not null references account on delete cascade,
    told_at timestamptz not null default now(),
    primary key (demand_id, account_id)
);
comment on table demand_match is 'Who was told by mail of a demand that fits what their organisation offers: nobody twice.';
comment on column demand_match.demand_id is 'The demand.';
comment on column demand_match.account_id is 'The representative.';
comment on column demand_match.told_at is 'When the mail was put into the outbox.';
create index demand_match_account_idx on demand_match (account_id);

-- Mails that people can do without.
alter table account add column match_mails boolean not null default true;
comment on column account.match_mails is 'Wants to be told of demand that fits the offers of the organisations it acts for.';

create table mail_unsubscribe (
    unsubscribe_token text primary key default replace(gen_random_uuid()::text, '-', '')
        constraint mail_unsubscribe_token_format check (unsubscribe_token ~ '^[0-9a-f]{32}$'),
    account_id bigint not null references account on delete cascade,
    topic text not null,
    created_at timestamptz not null default now(),
    constraint mail_unsubscribe_topic_key unique (account_id, topic)
);
comment on table mail_unsubscribe is 'What the unsubscribe link of a mail stands for. Without a session: the link alone is enough.';
comment on column mail_unsubscribe.unsubscribe_token is 'Random name in the link (122 bits).';
comment on column mail_unsubscribe.account_id is 'Whose mails.';
comment on column mail_unsubscribe.topic is 'Which mails: matches (demand that fits own offers).';
comment on column mail_unsubscribe.created_at is 'When the first such mail was written.';

do $$
declare t text;
begin
    foreach t in array array['offer_photo', 'offer_district', 'demand_attachment'] loop
        execute format('create trigger %1$s_audit after insert or update or delete on %1$I for each row execute function audit_row()', t);
    end loop;
end $$;
