-- Notices by e-mail: searches that people saved, what there is that is new, and who was told of what.

create function in_places(place geometry, lon float8, lat float8, radius_m float8, area text) returns boolean
    language sql immutable parallel safe
    return (lon is null or st_dwithin(place::geography, st_setsrid(st_makepoint(lon, lat), 4326)::geography, radius_m))
        and (area is null or st_covers(st_geomfromtext(area, 4326), place));
comment on function in_places(geometry, float8, float8, float8, text) is 'Whether a place lies in a circle (metres on the ground) and in an area (well-known text), each where given; what has no place lies in none.';

-- What became visible, in the order in which it was found out. The row is written with the change that makes a thing visible, and is
-- numbered later, by one transaction at a time: so the numbers grow in the order in which they can be read, and who has read up to
-- a number has missed nothing below it. Times of changes do not have that: a long transaction is seen long after its time.
create sequence new_thing_number_seq;
create table new_thing (
    kind text not null constraint new_thing_kind_known check (kind in ('offers', 'demand', 'equipment', 'premises')),
    thing_id bigint not null,
    from_day date not null default '-infinity',
    status text not null default '',
    organisation_id bigint references organisation on delete cascade,
    author_id bigint references account on delete set null,
    number bigint constraint new_thing_number_key unique,
    seen_at timestamptz,
    primary key (kind, thing_id, from_day, status),
    constraint new_thing_numbered_whole check ((number is null) = (seen_at is null))
);
alter sequence new_thing_number_seq owned by new_thing.number;
comment on table new_thing is 'Since when a thing can be seen: what notices tell of. Rows stay, so that what an import writes anew is not new.';
comment on column new_thing.kind is 'offers, demand, equipment or premises.';
comment on column new_thing.thing_id is 'Its key in offer, demand, equipment or premises.';
comment on column new_thing.from_day is 'Of premises: first day of the period in which they can be had; before it nobody is told. Else -infinity.';
comment on column new_thing.status is 'Of premises: status of the period. Else empty.';
comment on column new_thing.organisation_id is 'Whose it is: its representatives need not be told.';
comment on column new_thing.author_id is 'Who posted it: need not be told either.';
comment on column new_thing.number is 'Place in the order; none until it was found out.';
comment on column new_thing.seen_at is 'When it was found out.';
create index new_thing_waiting_idx on new_thing (from_day) where number is null;
create index new_thing_kind_idx on new_thing (kind, number);
create index new_thing_organisation_idx on new_thing (organisation_id);
create index new_thing_author_idx on new_thing (author_id);

create function note_new_thing() returns trigger language plpgsql as $$
declare
    after_change jsonb := to_jsonb(new);
    before_change jsonb;
begin
    if tg_op = 'UPDATE' then
        before_change := to_jsonb(old);
    end if;
    -- Of demand, what takes no answers any more is no news. A table without such a column shows all it has.
    if coalesce(after_change ->> 'is_open', after_change ->> 'shown', 'true')::boolean
        and (before_change is null or not coalesce(before_change ->> 'is_open', before_change ->> 'shown', 'true')::boolean)
    then
        insert into new_thing (kind, thing_id, organisation_id, author_id)
        values (tg_argv[0], new.id, new.organisation_id, (after_change ->> 'author_id')::bigint)
        on conflict on constraint new_thing_pkey do update
            set organisation_id = excluded.organisation_id, author_id = excluded.author_id, number = null, seen_at = null;
    end if;
    return null;
end $$;
comment on function note_new_thing() is 'Row trigger: notes a thing that everybody sees from now on; its argument is the kind. What comes back is noted again.';

create function note_free_premises() returns trigger language plpgsql as $$
begin
    if new.status in ('free', 'open_call') then
        insert into new_thing (kind, thing_id, from_day, status)
        values ('premises', new.premises_id, lower(new.valid), new.status) on conflict do nothing;
    end if;
    return null;
end $$;
comment on function note_free_premises() is 'Row trigger: notes a period in which premises can be had; each once, for imports write periods anew.';

create trigger offer_news after insert or update on offer for each row execute function note_new_thing('offers');
create trigger demand_news after insert or update on demand for each row execute function note_new_thing('demand');
create trigger equipment_news after insert or update on equipment for each row execute function note_new_thing('equipment');
create trigger premises_period_news after insert or update of status, valid on premises_period
    for each row execute function note_free_premises();

-- What there is already is not new.
insert into new_thing (kind, thing_id, organisation_id, author_id, number, seen_at)
select 'offers', id, organisation_id, author_id, nextval('new_thing_number_seq'), now() from offer where shown;
insert into new_thing (kind, thing_id, organisation_id, author_id, number, seen_at)
select 'demand', id, organisation_id, author_id, nextval('new_thing_number_seq'), now() from demand where is_open;
insert into new_thing (kind, thing_id, organisation_id, author_id, number, seen_at)
select 'equipment', id, organisation_id, (to_jsonb(e) ->> 'author_id')::bigint, nextval('new_thing_number_seq'), now()
from equipment e where coalesce(to_jsonb(e) ->> 'shown', 'true')::boolean;
insert into new_thing (kind, thing_id, from_day, status, number, seen_at)
select 'premises', premises_id, lower(valid), status,
    case when lower(valid) <= current_date then nextval('new_thing_number_seq') end,
    case when lower(valid) <= current_date then now() end
from premises_period where status in ('free', 'open_call');

create table saved_search (
    id bigint generated always as identity primary key,
    account_id bigint not null references account on delete cascade,
    kind text not null constraint saved_search_kind_known check (kind in ('offers', 'demand', 'equipment', 'premises')),
    name text not null constraint saved_search_name_present check (btrim(name) <> '' and length(name) <= 120 and name !~ '[[:cntrl:]]'),
    query text not null constraint saved_search_query_short check (length(query) <= 4000),
    rhythm text not null constraint saved_search_rhythm_known check (rhythm in ('at_once', 'daily', 'weekly')),
    seen_upto bigint not null,
    created_at timestamptz not null default now(),
    paused_at timestamptz,
    problem text not null default '',
    constraint saved_search_query_key unique (account_id, kind, query),
    constraint saved_search_problem_pauses check (problem = '' or paused_at is not null)
);
comment on table saved_search is 'What somebody wants to be told of by mail when it is new.';
comment on column saved_search.id is 'Internal key.';
comment on column saved_search.account_id is 'Who.';
comment on column saved_search.kind is 'Which list: offers, demand, equipment or premises.';
comment on column saved_search.name is 'Name for people; its owner may change it.';
comment on column saved_search.query is 'The filters, as the list has them in its address; parameters in alphabetical order.';
comment on column saved_search.rhythm is 'at_once; daily at seven, Polish time; weekly on Monday at seven.';
comment on column saved_search.seen_upto is 'Number of the last new thing that was looked at.';
comment on column saved_search.created_at is 'When it was saved.';
comment on column saved_search.paused_at is 'Since when nothing is sent.';
comment on column saved_search.problem is 'Parameter that names something that there is no more; the search is paused then.';

create table noticed (
    account_id bigint not null references account on delete cascade,
    kind text not null,
    thing_id bigint not null,
    from_day date not null,
    status text not null,
    at timestamptz not null,
    primary key (account_id, kind, thing_id, from_day, status)
);
comment on table noticed is 'Who was told of what: of nothing twice. Kept for a year.';
comment on column noticed.account_id is 'Who.';
comment on column noticed.kind is 'Of what kind of thing.';
comment on column noticed.thing_id is 'Of which thing.';
comment on column noticed.from_day is 'Of premises: first day of the period.';
comment on column noticed.status is 'Of premises: status of the period.';
comment on column noticed.at is 'When.';
create index noticed_at_idx on noticed (at);

alter table account
    add column mail_each boolean not null default false,
    add column notices_mailed_at timestamptz;
comment on column account.mail_each is 'Wants notices as they come, not at most one mail a day.';
comment on column account.notices_mailed_at is 'When the last mail with notices was written.';
comment on column mail_unsubscribe.topic is 'Which mails: matches (demand that fits own offers), notices (saved searches).';

create function notices_free_from(mailed timestamptz) returns timestamptz
    language sql stable parallel safe
    return (date_trunc('day', mailed at time zone 'Europe/Warsaw') + interval '1 day 7 hours') at time zone 'Europe/Warsaw';
comment on function notices_free_from(timestamptz) is 'When the next mail with notices may be written to somebody who wants one a day: at seven, Polish time, of the day after the last.';
