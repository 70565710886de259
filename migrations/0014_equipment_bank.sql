-- The equipment bank: which things are shown, their photos, and who has them on which days.
alter table equipment
    add column state text not null default 'published'
        constraint equipment_state_known check (state in ('draft', 'published', 'archived', 'hidden')),
    add column shown boolean not null generated always as (state = 'published') stored,
    add column author_id bigint references account on delete set null,
    add column version integer not null default 1,
    add column published_at timestamptz default now();
comment on column equipment.state is 'draft: seen by its owner only; published; archived: not lent or given any more; hidden: taken down by an official. Imports publish.';
comment on column equipment.shown is 'Whether everybody sees it: the one thing that lists, counts, the search and the map look at.';
comment on column equipment.author_id is 'Account that posted it; none of an import and of a deleted account.';
comment on column equipment.version is 'Counts changes by forms, so that of two people who edit it the second is told.';
comment on column equipment.published_at is 'When it was last published; none of a draft that never was.';
update equipment set published_at = created_at;
create index equipment_author_idx on equipment (author_id);

create table equipment_photo (
    equipment_id bigint not null references equipment on delete cascade,
    media_id bigint not null references media on delete restrict,
    position smallint not null,
    alternative_text text not null constraint equipment_photo_alternative_text_present check (btrim(alternative_text) <> ''),
    primary key (equipment_id, media_id)
);
comment on table equipment_photo is 'Photos of a thing.';
comment on column equipment_photo.equipment_id is 'The thing.';
comment on column equipment_photo.media_id is 'The photo.';
comment on column equipment_photo.position is 'Order on the page, from 1; the first is on the card.';
comment on column equipment_photo.alternative_text is 'What is to be seen, for those who do not see it.';
create index equipment_photo_media_idx on equipment_photo (media_id);
create trigger equipment_photo_audit after insert or update or delete on equipment_photo for each row execute function audit_row();

create table loan (
    id bigint generated always as identity primary key,
    municipality_id bigint not null references municipality on delete cascade,
    equipment_id bigint not null references equipment on delete cascade,
    kind text not null constraint loan_kind_known check (kind in ('lend', 'give', 'keep')),
    state text not null constraint loan_state_known
        check (state in ('requested', 'accepted', 'handed_over', 'returned', 'refused', 'cancelled')),
    organisation_id bigint references organisation on delete cascade,
    unit_municipality_id bigint references municipality on delete cascade,
    unit_name text not null default '',
    account_id bigint references account on delete set null,
    pieces integer not null default 1 constraint loan_pieces_positive check (pieces > 0),
    days daterange,
    note text not null default '',
    answer text not null default '',
    requested_at timestamptz not null default now(),
    accepted_at timestamptz,
    handed_over_at timestamptz,
    returned_at timestamptz,
    closed_at timestamptz,
    reminded_at timestamptz,
    constraint loan_days_given check ((kind = 'give') = (days is null)),
    constraint loan_days_whole check (coalesce(isfinite(lower(days)) and isfinite(upper(days)), days is null)),
    constraint loan_unit_whole check ((unit_name = '') = (unit_municipality_id is null)),
    constraint loan_borrower_given check (case kind when 'keep' then organisation_id is null and unit_name = ''
        else (organisation_id is null) <> (unit_name = '') end),
    constraint loan_keeping_is_settled check (kind <> 'keep' or state = 'accepted'),
    constraint loan_gift_stays_away check (kind <> 'give' or state <> 'returned')
);
comment on table loan is 'Somebody asks for a thing, gets it and brings it back; or its owner keeps it on some days.';
comment on column loan.id is 'Internal key, also in web addresses.';
comment on column loan.municipality_id is 'Municipality of the thing.';
comment on column loan.equipment_id is 'The thing.';
comment on column loan.kind is 'lend; give: it does not come back; keep: its owner lends it to nobody on these days.';
comment on column loan.state is 'requested, then refused or accepted, then handed_over, then returned; cancelled: called off by either side before it was handed over.';
comment on column loan.organisation_id is 'Who asks, where it is an organisation.';
comment on column loan.unit_municipality_id is 'Who asks, where it is a municipal unit: its municipality.';
comment on column loan.unit_name is 'Who asks, where it is a municipal unit: the unit.';
comment on column loan.account_id is 'Person who asked, or who keeps the days.';
comment on column loan.pieces is 'How many pieces.';
comment on column loan.days is 'First day up to, not including, the day after the last one; none of a gift.';
comment on column loan.note is 'What for, in the words of whoever asks; why, in those of an owner who keeps the days.';
comment on column loan.answer is 'What the owner wrote when accepting or refusing.';
comment on column loan.requested_at is 'When it was asked for.';
comment on column loan.accepted_at is 'When the owner accepted.';
comment on column loan.handed_over_at is 'When it was handed over.';
comment on column loan.returned_at is 'When it came back.';
comment on column loan.closed_at is 'When it was refused or called off.';
comment on column loan.reminded_at is 'When both sides were reminded that it has not come back.';
create index loan_equipment_idx on loan (equipment_id);
create index loan_organisation_idx on loan (organisation_id);
create index loan_unit_idx on loan (unit_municipality_id);
create index loan_account_idx on loan (account_id);
create index loan_out_idx on loan (upper(days)) where state = 'handed_over' and reminded_at is null;
create unique index loan_one_gift on loan (equipment_id) where kind = 'give' and state in ('accepted', 'handed_over');
create trigger loan_audit after insert or update or delete on loan for each row execute function audit_row();

create function pieces_promised(thing bigint, span daterange) returns bigint language sql stable as $$
    -- The sum grows only where a loan begins: those days and the span's first are all there is to look at.
    select coalesce(max((select sum(l.pieces) from loan l
            where l.equipment_id = thing and l.state in ('accepted', 'handed_over') and l.days @> start.day)), 0)
    from (select lower(span) union
        select lower(days) from loan where equipment_id = thing and state in ('accepted', 'handed_over') and span @> lower(days)) as start (day)
$$;
comment on function pieces_promised(bigint, daterange) is 'Most pieces of a thing that are promised or handed out on one day of a span.';

-- Pieces of a thing are alike. Where on no day more are promised than there are, a piece is at hand whenever a loan begins,
-- however the loans before it were served; so the rule is a sum by days. Numbers of pieces under an exclusion constraint
-- would refuse loans for which there is a piece every day, only not the same one.
create function loan_pieces_enough() returns trigger language plpgsql as $$
begin
    if current_setting('transaction_isolation') <> 'read committed' then
        -- The sum would be that of a snapshot from before the lock below.
        raise exception 'loans change in read committed transactions only';
    end if;
    -- Whoever promises pieces of the same thing, or changes how many there are, waits here and then sees what others did.
    perform from equipment where id = new.equipment_id for no key update;
    if pieces_promised(new.equipment_id, new.days) > (select quantity from equipment where id = new.equipment_id) then
        raise exception 'more pieces are promised for a day than there are'
            using errcode = 'exclusion_violation', constraint = 'loan_pieces_enough', table = 'loan';
    end if;
    return null;
end $$;
comment on function loan_pieces_enough() is 'Row trigger: on no day are more pieces promised than there are, whoever else promises at the same moment.';
create trigger loan_pieces_enough after insert or update of state, days, pieces, equipment_id on loan
    for each row when (new.state in ('accepted', 'handed_over') and new.days is not null) execute function loan_pieces_enough();

create function equipment_pieces_enough() returns trigger language plpgsql as $$
begin
    if pieces_promised(new.id, daterange(current_date, null)) > new.quantity then
        raise exception 'more pieces are promised for a day to come than there would be'
            using errcode = 'exclusion_violation', constraint = 'loan_pieces_enough', table = 'loan';
    end if;
    return null;
end $$;
comment on function equipment_pieces_enough() is 'Row trigger: no fewer pieces than are promised for a day to come.';
create trigger equipment_pieces_enough after update of quantity on equipment
    for each row when (new.quantity < old.quantity) execute function equipment_pieces_enough();
