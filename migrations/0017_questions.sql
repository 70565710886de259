-- Questions in public, under an offer, a demand or a piece of equipment.
create table question (
    id bigint generated always as identity primary key,
    municipality_id bigint not null references municipality on delete cascade,
    offer_id bigint references offer on delete cascade,
    demand_id bigint references demand on delete cascade,
    equipment_id bigint references equipment on delete cascade,
    author_id bigint references account on delete set null,
    organisation_id bigint references organisation on delete set null,
    unit_name text not null default '',
    text text not null constraint question_text_present check (btrim(text) <> ''),
    asked_at timestamptz not null default now(),
    answer text not null default '',
    answered_at timestamptz,
    answered_by bigint references account on delete set null,
    hidden_at timestamptz,
    constraint question_thing_one check (num_nonnulls(offer_id, demand_id, equipment_id) = 1),
    constraint question_answer_whole check ((answered_at is null) = (answer = ''))
);
comment on table question is 'A question that everybody reads, and its answer.';
comment on column question.id is 'Internal key, also in web addresses.';
comment on column question.municipality_id is 'Municipality of the thing: its officials look into reports.';
comment on column question.offer_id is 'The offer it is about, where it is one.';
comment on column question.demand_id is 'The demand it is about, where it is one.';
comment on column question.equipment_id is 'The piece of equipment it is about, where it is one.';
comment on column question.author_id is 'Who asks; none once the account is deleted.';
comment on column question.organisation_id is 'For which organisation they ask, where they do.';
comment on column question.unit_name is 'For which unit of an office they ask, where they do.';
comment on column question.text is 'The question, plain text.';
comment on column question.asked_at is 'When it was asked.';
comment on column question.answer is 'The answer, plain text; empty while there is none.';
comment on column question.answered_at is 'When it was answered.';
comment on column question.answered_by is 'Who answered for those whose thing it is; none once the account is deleted.';
comment on column question.hidden_at is 'When an official took it down.';
create index question_offer_idx on question (offer_id);
create index question_demand_idx on question (demand_id);
create index question_equipment_idx on question (equipment_id);
create index question_author_idx on question (author_id);
create index question_organisation_idx on question (organisation_id);
create index question_answered_by_idx on question (answered_by);
create trigger question_audit after insert or update or delete on question for each row execute function audit_row();
