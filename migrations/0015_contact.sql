-- Conversations between two sides, what came of them, and who is not let through.
create table thread (
    id bigint generated always as identity primary key,
    key text not null constraint thread_key_key unique,
    municipality_id bigint not null references municipality on delete cascade,
    about text not null constraint thread_about_known check (about in ('offer', 'demand', 'equipment', 'organisation')),
    about_slug text not null,
    subject text not null constraint thread_subject_present check (btrim(subject) <> ''),
    buyer text not null generated always as (case about when 'demand' then 'other' else 'asker' end) stored,
    created_at timestamptz not null default now(),
    last_message_at timestamptz not null default now(),
    answered_at timestamptz,
    closed_at timestamptz,
    outcome_asked_at timestamptz,
    notify_at timestamptz
);
comment on table thread is 'A conversation about an offer, a demand, a piece of equipment or an organisation.';
comment on column thread.id is 'Internal key.';
comment on column thread.key is 'Random name in web addresses.';
comment on column thread.municipality_id is 'Municipality of what it is about.';
comment on column thread.about is 'Kind of thing it is about.';
comment on column thread.about_slug is 'Its name in web addresses.';
comment on column thread.subject is 'The thing as it was named when the conversation began.';
comment on column thread.buyer is 'Which side would pay (of equipment: would get it).';
comment on column thread.created_at is 'First message.';
comment on column thread.last_message_at is 'Last message.';
comment on column thread.answered_at is 'First message of the other side.';
comment on column thread.closed_at is 'Since when nobody can write any more: a side ended it.';
comment on column thread.outcome_asked_at is 'When both sides were asked what came of it.';
comment on column thread.notify_at is 'When messages are due that were held back to be told in one mail.';
create index thread_municipality_idx on thread (municipality_id);
create index thread_notify_idx on thread (notify_at) where notify_at is not null;
create index thread_outcome_idx on thread (last_message_at) where outcome_asked_at is null and answered_at is not null;

create table thread_side (
    thread_id bigint not null references thread on delete cascade,
    side text not null constraint thread_side_known check (side in ('asker', 'other')),
    kind text not null constraint thread_side_kind_known check (kind in ('account', 'organisation', 'office')),
    account_id bigint references account on delete set null,
    organisation_id bigint references organisation on delete set null,
    municipality_id bigint references municipality on delete cascade,
    unit_name text not null default '',
    primary key (thread_id, side),
    -- None of the three is left once the account or the organisation is gone.
    constraint thread_side_is_its_kind check (
        (account_id is null or kind = 'account') and (organisation_id is null or kind = 'organisation')
        and (municipality_id is not null) = (kind = 'office'))
);
comment on table thread_side is 'Who talks: on each side one person, an organisation, or a municipal office.';
comment on column thread_side.thread_id is 'Conversation.';
comment on column thread_side.side is 'asker: began it; other: was asked.';
comment on column thread_side.kind is 'account; organisation: all its representatives; office: all officials of the municipality.';
comment on column thread_side.account_id is 'The person; none once the account is deleted.';
comment on column thread_side.organisation_id is 'The organisation; none once it is deleted.';
comment on column thread_side.municipality_id is 'Whose office.';
comment on column thread_side.unit_name is 'Unit of the office.';
create index thread_side_account_idx on thread_side (account_id) where account_id is not null;
create index thread_side_organisation_idx on thread_side (organisation_id) where organisation_id is not null;
create index thread_side_office_idx on thread_side (municipality_id) where municipality_id is not null;
-- Sides that nobody is left on: once both are, the conversation goes.
create index thread_side_gone_idx on thread_side (thread_id)
    where account_id is null and organisation_id is null and municipality_id is null;

create view thread_person as
    select thread_id, side, account_id from thread_side where account_id is not null
    union all
    select s.thread_id, s.side, r.account_id from thread_side s join representative r on r.organisation_id = s.organisation_id
    union all
    select s.thread_id, s.side, a.id from thread_side s join account a on a.municipality_id = s.municipality_id and a.role = 'official';
comment on view thread_person is 'Who may read and write in a conversation, and for which side.';
comment on column thread_person.thread_id is 'Conversation.';
comment on column thread_person.side is 'Their side.';
comment on column thread_person.account_id is 'Who.';

create view thread_party as
    select s.thread_id, s.side, s.kind, s.account_id, s.organisation_id, s.municipality_id, s.unit_name,
        coalesce(a.name, o.name, nullif(s.unit_name, ''), m.name, '') as name
    from thread_side s left join account a on a.id = s.account_id left join organisation o on o.id = s.organisation_id
        left join municipality m on m.id = s.municipality_id;
comment on view thread_party is 'The sides of conversations by name.';
comment on column thread_party.thread_id is 'Conversation.';
comment on column thread_party.side is 'asker or other.';
comment on column thread_party.kind is 'account, organisation or office.';
comment on column thread_party.account_id is 'The person.';
comment on column thread_party.organisation_id is 'The organisation.';
comment on column thread_party.municipality_id is 'Whose office.';
comment on column thread_party.unit_name is 'Unit of the office.';
comment on column thread_party.name is 'What others call it; empty once it is deleted.';

create table message (
    id bigint generated always as identity primary key,
    thread_id bigint not null,
    side text not null,
    author_id bigint references account on delete set null,
    text text not null constraint message_text_present check (btrim(text) <> ''),
    at timestamptz not null default now(),
    hidden_at timestamptz,
    foreign key (thread_id, side) references thread_side on delete cascade
);
comment on table message is 'What was written in a conversation. Messages of one conversation are committed in the order of their keys.';
comment on column message.id is 'Internal key.';
comment on column message.thread_id is 'Conversation.';
comment on column message.side is 'For which side.';
comment on column message.author_id is 'Who wrote it; none once the account is deleted.';
comment on column message.text is 'Plain text.';
comment on column message.at is 'When.';
comment on column message.hidden_at is 'Since when its text is not shown: abuse that was reported.';
create index message_thread_idx on message (thread_id, id);
create index message_author_idx on message (author_id, at);

create table thread_reader (
    thread_id bigint not null references thread on delete cascade,
    account_id bigint not null references account on delete cascade,
    read_id bigint not null default 0,
    told_id bigint not null default 0,
    mailed_at timestamptz,
    primary key (thread_id, account_id)
);
comment on table thread_reader is 'How far somebody has read, and has been told by mail.';
comment on column thread_reader.thread_id is 'Conversation.';
comment on column thread_reader.account_id is 'Who.';
comment on column thread_reader.read_id is 'Last message that was on their screen.';
comment on column thread_reader.told_id is 'Last message that a mail told of.';
comment on column thread_reader.mailed_at is 'When that mail was written.';
create index thread_reader_account_idx on thread_reader (account_id);

create table outcome (
    thread_id bigint not null,
    side text not null,
    asked_at timestamptz not null default now(),
    answered_at timestamptz,
    came_to_order text constraint outcome_came_to_order_known check (came_to_order in ('yes', 'no', 'not_yet')),
    value_pln numeric(12, 2) constraint outcome_value_not_negative check (value_pln >= 0),
    social_clause boolean,
    version integer not null default 1,
    primary key (thread_id, side),
    foreign key (thread_id, side) references thread_side on delete cascade,
    constraint outcome_answer_whole check ((answered_at is null) = (came_to_order is null)),
    constraint outcome_of_an_order check (came_to_order = 'yes' or (value_pln is null and social_clause is null))
);
comment on table outcome is 'What came of a conversation, as each side says; there is a row once the side was asked.';
comment on column outcome.thread_id is 'Conversation.';
comment on column outcome.side is 'Whose answer.';
comment on column outcome.asked_at is 'When it was asked.';
comment on column outcome.answered_at is 'When it was (last) answered.';
comment on column outcome.came_to_order is 'Whether it came to an order: yes, no, not_yet.';
comment on column outcome.value_pln is 'Value of the order with tax, PLN.';
comment on column outcome.social_clause is 'Whether a social clause was used.';
comment on column outcome.version is 'Counts answers: of two at once the second is told.';

create table block (
    id bigint generated always as identity primary key,
    account_id bigint not null references account on delete cascade,
    by_account_id bigint references account on delete cascade,
    by_organisation_id bigint references organisation on delete cascade,
    at timestamptz not null default now(),
    constraint block_by_one check (num_nonnulls(by_account_id, by_organisation_id) = 1),
    constraint block_key unique nulls not distinct (account_id, by_account_id, by_organisation_id)
);
comment on table block is 'Whose messages a person or an organisation does not take.';
comment on column block.id is 'Internal key.';
comment on column block.account_id is 'Who is not let through.';
comment on column block.by_account_id is 'The person who does not want their messages.';
comment on column block.by_organisation_id is 'The organisation that does not want their messages.';
comment on column block.at is 'Since when.';
create index block_by_account_idx on block (by_account_id) where by_account_id is not null;
create index block_by_organisation_idx on block (by_organisation_id) where by_organisation_id is not null;
