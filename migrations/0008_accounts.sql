-- Accounts, who may act for whom, sign-in, and what holds attackers up on every node alike.
create table account (
    id bigint generated always as identity primary key,
    email text not null constraint account_email_format check (email ~ '^[^[:space:]@]+@[^[:space:]@]+$' and email = lower(email) and length(email) <= 254),
    name text not null constraint account_name_present check (btrim(name) <> '' and length(name) <= 120),
    role text not null constraint account_role_known check (role in ('resident', 'representative', 'editor', 'official', 'administrator')),
    municipality_id bigint references municipality on delete restrict,
    unit_name text not null default '',
    password_hash text,
    totp_secret bytea,
    totp_last_step bigint,
    lang text not null default 'pl' constraint account_lang_known check (lang in ('pl', 'en')),
    trusted boolean not null default false,
    disabled_at timestamptz,
    last_sign_in_at timestamptz,
    warned_at timestamptz,
    version integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint account_email_key unique (email),
    constraint account_official_belongs check (role <> 'official' or (municipality_id is not null and unit_name <> '')),
    constraint account_municipality_of_office check (municipality_id is null or role in ('official', 'administrator'))
);
comment on table account is 'Somebody who can sign in. There is none before its e-mail address is verified.';
comment on column account.id is 'Internal key.';
comment on column account.email is 'Verified address, in lower case; nobody but the account itself and administrators sees it.';
comment on column account.name is 'Name that others see.';
comment on column account.role is 'resident; representative of organisations; editor of support institutions; official of a municipality; administrator.';
comment on column account.municipality_id is 'Whose official; of an administrator: whose, none = of all.';
comment on column account.unit_name is 'Unit of the office an official works in.';
comment on column account.password_hash is 'Argon2id in PHC string format; none = no sign-in by password (invited, not yet accepted).';
comment on column account.totp_secret is 'Secret of the second factor (RFC 6238); none = there is no second factor.';
comment on column account.totp_last_step is 'Time step of the last accepted code: a code counts once.';
comment on column account.lang is 'Language of its mails.';
comment on column account.trusted is 'A first post was found good: later ones need no check.';
comment on column account.disabled_at is 'Since when it cannot sign in.';
comment on column account.last_sign_in_at is 'Last sign-in.';
comment on column account.warned_at is 'When its owner was told that it will go unless somebody signs in.';
comment on column account.version is 'Counts changes of what its forms edit.';
comment on column account.created_at is 'When the address was verified.';
comment on column account.updated_at is 'When the row last changed.';
create trigger account_touch before update on account for each row execute function touch();

create table account_recovery_code (
    account_id bigint not null references account on delete cascade,
    code_hash bytea not null,
    primary key (account_id, code_hash)
);
comment on table account_recovery_code is 'Codes that stand in for a lost second factor; each works once.';
comment on column account_recovery_code.account_id is 'Whose.';
comment on column account_recovery_code.code_hash is 'SHA-256 of the code (80 random bits, so no slow hash is needed).';

create table account_consent (
    id bigint generated always as identity primary key,
    account_id bigint not null references account on delete cascade,
    text_code text not null,
    text_version text not null,
    given_at timestamptz not null default now(),
    withdrawn_at timestamptz
);
comment on table account_consent is 'What a person agreed to, in which wording, and since when not any more.';
comment on column account_consent.id is 'Internal key.';
comment on column account_consent.account_id is 'Who.';
comment on column account_consent.text_code is 'Which text: terms, privacy, mail_notices.';
comment on column account_consent.text_version is 'Day of the wording.';
comment on column account_consent.given_at is 'When it was given.';
comment on column account_consent.withdrawn_at is 'When it was taken back.';
create index account_consent_account_idx on account_consent (account_id);

create table session (
    id bigint generated always as identity primary key,
    account_id bigint not null references account on delete cascade,
    token_hash bytea not null constraint session_token_key unique,
    second_factor boolean not null default false,
    offered_totp bytea,
    device text not null default '',
    created_at timestamptz not null default now(),
    last_seen_at timestamptz not null default now(),
    idle_until timestamptz not null,
    absolute_until timestamptz not null
);
comment on table session is 'A signed-in browser.';
comment on column session.id is 'Internal key.';
comment on column session.account_id is 'Whose.';
comment on column session.token_hash is 'SHA-256 of the token in the cookie: who reads this table cannot sign in with it.';
comment on column session.second_factor is 'The second factor was given in it.';
comment on column session.offered_totp is 'Secret of a second factor that is being set up in it.';
comment on column session.device is 'Browser and system, as the browser names them, shortened.';
comment on column session.created_at is 'Sign-in.';
comment on column session.last_seen_at is 'Last request, to the minute.';
comment on column session.idle_until is 'Ends then unless it is used before.';
comment on column session.absolute_until is 'Ends then in any case.';
create index session_account_idx on session (account_id);

create table account_ticket (
    token_hash bytea primary key,
    purpose text not null constraint account_ticket_purpose_known check (purpose in ('register', 'invite', 'reset', 'change_email')),
    email text not null,
    account_id bigint references account on delete cascade,
    details jsonb not null default '{}',
    created_at timestamptz not null default now(),
    valid_until timestamptz not null
);
comment on table account_ticket is 'What a link in a mail stands for; used once, then gone.';
comment on column account_ticket.token_hash is 'SHA-256 of the token in the link.';
comment on column account_ticket.purpose is 'register: finishes a registration; invite: makes an account; reset: sets a password; change_email: moves the account to another address.';
comment on column account_ticket.email is 'Address the link was sent to.';
comment on column account_ticket.account_id is 'The account it is about, where there is one.';
comment on column account_ticket.details is 'register: name, role, password hash, consents, language; invite: name, role, municipality, unit or institution.';
comment on column account_ticket.created_at is 'When it was sent.';
comment on column account_ticket.valid_until is 'Until when it works.';
create index account_ticket_account_idx on account_ticket (account_id);
create index account_ticket_email_idx on account_ticket (email);

create table throttle (
    key text primary key,
    window_start timestamptz not null,
    count integer not null
);
comment on table throttle is 'Attempts in the current window, shared by all nodes.';
comment on column throttle.key is 'What is limited and for whom; addresses only as digests.';
comment on column throttle.window_start is 'Since when is counted.';
comment on column throttle.count is 'Attempts since then.';

create function throttled(what text, most integer, span interval) returns boolean language plpgsql as $$
declare
    counted integer;
begin
    insert into throttle as t (key, window_start, count) values (what, now(), 1)
    on conflict (key) do update set
        window_start = case when t.window_start < now() - span then now() else t.window_start end,
        count = case when t.window_start < now() - span then 1 else least(t.count, most) + 1 end
    returning count into counted;
    return counted > most;
end $$;
comment on function throttled(text, integer, interval) is 'Counts an attempt; true when there were more than so many in the span.';

create table representative (
    account_id bigint not null references account on delete cascade,
    organisation_id bigint not null references organisation on delete cascade,
    since timestamptz not null default now(),
    primary key (account_id, organisation_id)
);
comment on table representative is 'Who may act for an organisation: claims that were approved.';
comment on column representative.account_id is 'Who.';
comment on column representative.organisation_id is 'For which organisation.';
comment on column representative.since is 'When it was approved.';
create index representative_organisation_idx on representative (organisation_id);

create table institution_editor (
    account_id bigint not null references account on delete cascade,
    institution_id bigint not null references support_institution on delete cascade,
    primary key (account_id, institution_id)
);
comment on table institution_editor is 'Who may edit the entry of a support institution.';
comment on column institution_editor.account_id is 'Who.';
comment on column institution_editor.institution_id is 'Which institution.';
create index institution_editor_institution_idx on institution_editor (institution_id);

create table submitted_form (
    key text primary key,
    account_id bigint references account on delete cascade,
    location text not null,
    at timestamptz not null default now()
);
comment on table submitted_form is 'Forms that were taken: one sent twice makes one thing. Kept for a day.';
comment on column submitted_form.key is 'Random key in the form.';
comment on column submitted_form.account_id is 'Who sent it.';
comment on column submitted_form.location is 'Where the sender was led.';
comment on column submitted_form.at is 'When.';
