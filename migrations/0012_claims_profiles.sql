-- Organisations are claimed and proposed; profiles count their versions and say who confirmed them.
alter table organisation
    add column version integer not null default 1,
    add column verified_by text constraint organisation_verified_by_known check (verified_by in ('organisation', 'office')),
    add constraint organisation_verified_by_someday check (verified_by is null or verified_on is not null);
comment on column organisation.version is 'Counts changes of the profile, whoever makes them: of two that edit it at once, the second is told.';
comment on column organisation.verified_on is 'Day on which somebody last confirmed the profile.';
comment on column organisation.verified_by is 'Who confirmed it: the organisation or the office; none = so says its source.';

alter table support_institution
    add column version integer not null default 1,
    add column verified_by text constraint support_institution_verified_by_known check (verified_by in ('institution', 'office')),
    add constraint support_institution_verified_by_someday check (verified_by is null or verified_on is not null);
comment on column support_institution.version is 'Counts changes of the profile, whoever makes them: of two that edit it at once, the second is told.';
comment on column support_institution.verified_on is 'Day on which somebody last confirmed the profile.';
comment on column support_institution.verified_by is 'Who confirmed it: the institution or the office; none = so says its source.';

create function count_version() returns trigger language plpgsql as $$
begin
    new.version := old.version + 1;
    return new;
end $$;
comment on function count_version() is 'Keeps version, also where an import or a hand on the database changes the row.';
create trigger organisation_version before update of name, legal_form, social_enterprise, public_benefit, prosocial_mark, activities,
    krs, nip, regon, tagline, description, street, house_number, postal_code, city, phone, email, website, opening_hours, point
    on organisation for each row execute function count_version();
create trigger support_institution_version before update of name, kind, services, operator, area_of_operation, tagline, description,
    street, house_number, postal_code, city, phone, email, website, opening_hours, point
    on support_institution for each row execute function count_version();
create trigger support_link_audit after insert or update or delete on support_link for each row execute function audit_row();
create index organisation_name_idx on organisation using gin (fold(name) gin_trgm_ops);

create table claim (
    id bigint generated always as identity primary key,
    account_id bigint not null references account on delete cascade,
    organisation_id bigint not null references organisation on delete cascade,
    position text not null constraint claim_position_present check (btrim(position) <> ''),
    reason text not null constraint claim_reason_present check (btrim(reason) <> ''),
    state text not null default 'open' constraint claim_state_known check (state in ('open', 'approved', 'refused', 'withdrawn')),
    made_at timestamptz not null default now(),
    decided_at timestamptz,
    decided_by bigint references account on delete set null,
    decision_reason text not null default '',
    constraint claim_decision_whole check ((state in ('approved', 'refused')) = (decided_at is not null))
);
comment on table claim is 'Somebody says that they act for an organisation; a colleague or an official decides.';
comment on column claim.id is 'Internal key.';
comment on column claim.account_id is 'Who.';
comment on column claim.organisation_id is 'For which organisation.';
comment on column claim.position is 'What they are there, in their words.';
comment on column claim.reason is 'Why they should be believed, in their words.';
comment on column claim.state is 'open; approved: they represent it; refused; withdrawn by themselves.';
comment on column claim.made_at is 'When it was made.';
comment on column claim.decided_at is 'When it was decided.';
comment on column claim.decided_by is 'By whom.';
comment on column claim.decision_reason is 'Why, in the words that the claimant was sent.';
create unique index claim_open_key on claim (account_id, organisation_id) where state = 'open';
create index claim_organisation_idx on claim (organisation_id);
-- Only decisions: what somebody wrote of themselves goes with their account.
create trigger claim_audit after update on claim for each row execute function audit_row();

create table organisation_proposal (
    id bigint generated always as identity primary key,
    municipality_id bigint not null references municipality on delete cascade,
    account_id bigint not null references account on delete cascade,
    position text not null constraint organisation_proposal_position_present check (btrim(position) <> ''),
    profile jsonb not null constraint organisation_proposal_profile_object check (jsonb_typeof(profile) = 'object'),
    state text not null default 'open' constraint organisation_proposal_state_known check (state in ('open', 'approved', 'refused', 'withdrawn')),
    made_at timestamptz not null default now(),
    decided_at timestamptz,
    decided_by bigint references account on delete set null,
    decision_reason text not null default '',
    organisation_id bigint references organisation on delete set null,
    constraint organisation_proposal_decision_whole check ((state in ('approved', 'refused')) = (decided_at is not null))
);
comment on table organisation_proposal is 'An organisation that is not in the register yet; nobody sees it before an official approved it.';
comment on column organisation_proposal.id is 'Internal key.';
comment on column organisation_proposal.municipality_id is 'The municipality of its seat.';
comment on column organisation_proposal.account_id is 'Who proposes it, and will represent it.';
comment on column organisation_proposal.position is 'What they are there, in their words.';
comment on column organisation_proposal.profile is 'The profile: columns of organisation by name, the point as lon and lat in degrees.';
comment on column organisation_proposal.state is 'open; approved: the organisation is in the register; refused; withdrawn by who proposed it.';
comment on column organisation_proposal.made_at is 'When it was proposed.';
comment on column organisation_proposal.decided_at is 'When it was decided.';
comment on column organisation_proposal.decided_by is 'By whom.';
comment on column organisation_proposal.decision_reason is 'Why, in the words that the proposer was sent.';
comment on column organisation_proposal.organisation_id is 'The organisation that came of it.';
create index organisation_proposal_account_idx on organisation_proposal (account_id);
create trigger organisation_proposal_audit after update on organisation_proposal for each row execute function audit_row();

create table verification_request (
    token_hash bytea primary key,
    organisation_id bigint not null references organisation on delete cascade,
    account_id bigint not null references account on delete cascade,
    asked_at timestamptz not null default now(),
    used_at timestamptz
);
comment on table verification_request is 'A mail that asked a representative to confirm a profile, and the link in it.';
comment on column verification_request.token_hash is 'SHA-256 of the token in the link.';
comment on column verification_request.organisation_id is 'Whose profile.';
comment on column verification_request.account_id is 'Who was asked.';
comment on column verification_request.asked_at is 'When; the link works for 90 days, and nobody is asked again before.';
comment on column verification_request.used_at is 'When it was confirmed by the link.';
create index verification_request_asked_idx on verification_request (organisation_id, account_id, asked_at);
create index verification_request_account_idx on verification_request (account_id);

create function street_key(street text) returns text
    language sql immutable strict parallel safe
    return regexp_replace(public.fold(btrim(street)), '^(ulica|ul|aleja|aleje|al|plac|pl|osiedle|os)(\.| ) *', '');
comment on function street_key(text) is 'What is the same however a street is written: folded, without its kind ("ul. Żółwia" → "zolwia").';
