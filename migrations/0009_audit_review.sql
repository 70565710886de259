-- What was done by whom, and what waits for a decision.
create table audit_entry (
    id bigint generated always as identity primary key,
    at timestamptz not null default now(),
    account_id bigint references account on delete set null,
    role text not null,
    municipality_id bigint references municipality on delete set null,
    action text not null constraint audit_entry_action_known check (action in ('insert', 'update', 'delete')),
    thing text not null,
    thing_id bigint,
    before jsonb,
    after jsonb
);
comment on table audit_entry is 'Every change that a signed-in person made, written by triggers in the transaction of the change.';
comment on column audit_entry.id is 'Internal key.';
comment on column audit_entry.at is 'When.';
comment on column audit_entry.account_id is 'Who; none once the account is deleted.';
comment on column audit_entry.role is 'In which role.';
comment on column audit_entry.municipality_id is 'Municipality the thing belongs to, where it belongs to one.';
comment on column audit_entry.action is 'What was done.';
comment on column audit_entry.thing is 'Table of the thing.';
comment on column audit_entry.thing_id is 'Its key there, where it has one.';
comment on column audit_entry.before is 'Columns that changed, as they were; secrets and derived columns are left out.';
comment on column audit_entry.after is 'The same columns as they are.';
create index audit_entry_thing_idx on audit_entry (thing, thing_id, id);
create index audit_entry_at_idx on audit_entry (at);
create index audit_entry_account_idx on audit_entry (account_id);

create function audit_row() returns trigger language plpgsql as $$
declare
    actor bigint := nullif(current_setting('pestor.account', true), '')::bigint;
    hidden text[] := array['password_hash', 'totp_secret', 'totp_last_step', 'token_hash', 'search_text', 'updated_at', 'version',
        'last_sign_in_at', 'warned_at', 'district_id'];
    old_row jsonb;
    new_row jsonb;
    whole jsonb;
begin
    -- Imports act for nobody: they have a report of their own.
    if actor is null then
        return null;
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
        lower(tg_op), tg_table_name, coalesce(whole ->> 'id', whole ->> 'organisation_id', whole ->> 'premises_id')::bigint, old_row, new_row);
    return null;
end $$;
comment on function audit_row() is 'Row trigger: writes an audit entry when the transaction says who acts (settings pestor.account and pestor.role).';

do $$
declare t text;
begin
    foreach t in array array['account', 'representative', 'institution_editor', 'organisation', 'support_institution', 'premises',
        'premises_period', 'premises_photo', 'premises_administrator', 'offer', 'demand', 'equipment', 'district', 'municipality', 'category'] loop
        execute format('create trigger %1$s_audit after insert or update or delete on %1$I for each row execute function audit_row()', t);
    end loop;
end $$;

create table review (
    id bigint generated always as identity primary key,
    municipality_id bigint references municipality on delete cascade,
    kind text not null constraint review_kind_known check (kind in ('claim', 'organisation', 'first_post', 'report')),
    thing text not null constraint review_thing_known check (thing in ('claim', 'organisation', 'offer', 'demand', 'equipment', 'question', 'message')),
    thing_id bigint not null,
    author_id bigint references account on delete set null,
    note text not null default '',
    opened_at timestamptz not null default now(),
    decided_at timestamptz,
    decided_by bigint references account on delete set null,
    approved boolean,
    reason text not null default '',
    constraint review_decision_whole check ((decided_at is null) = (approved is null))
);
comment on table review is 'What waits for, or had, a decision by an official: the moderation queue.';
comment on column review.id is 'Internal key.';
comment on column review.municipality_id is 'Whose officials decide; none = administrators.';
comment on column review.kind is 'claim on an organisation; new organisation; first post of an account; report of abuse.';
comment on column review.thing is 'What kind of thing it is about.';
comment on column review.thing_id is 'Its key.';
comment on column review.author_id is 'Who claimed, posted or reported; hears of the decision.';
comment on column review.note is 'Their reason, in their words.';
comment on column review.opened_at is 'Since when it waits.';
comment on column review.decided_at is 'When it was decided.';
comment on column review.decided_by is 'By whom.';
comment on column review.approved is 'Yes or no; of a report: yes = the thing was taken down.';
comment on column review.reason is 'Reason of the decision, sent to the author.';
create unique index review_open_key on review (thing, thing_id, kind, author_id) where decided_at is null;
create index review_open_idx on review (municipality_id, opened_at) where decided_at is null;
create trigger review_audit after insert or update or delete on review for each row execute function audit_row();
