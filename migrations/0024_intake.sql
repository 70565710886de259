-- Files that officials bring in through the browser, from the upload to the report.
create table import_upload (
    id bigint generated always as identity primary key,
    municipality_id bigint references municipality on delete cascade,
    account_id bigint references account on delete set null,
    asked_by bigint references account on delete set null,
    uploaded_at timestamptz not null default now(),
    changed_at timestamptz not null default now(),
    kind text not null,
    file_name text not null,
    byte_length bigint not null,
    bytes bytea,
    state text not null default 'reading' constraint import_upload_state_known
        check (state in ('reading', 'mapping', 'checking', 'checked', 'importing', 'done')),
    attempts smallint not null default 0,
    settings jsonb not null,
    mapping text not null default '',
    look jsonb,
    problem text not null default '',
    report jsonb,
    refused bytea,
    constraint import_upload_bytes_until_done check ((bytes is null) = (state = 'done'))
);
-- Files are compressed already, or soon gone.
alter table import_upload alter column bytes set storage external;
comment on table import_upload is 'A file on its way into the database through the browser.';
comment on column import_upload.id is 'Internal key, also in web addresses.';
comment on column import_upload.municipality_id is 'Municipality whose records the file has; none for what the whole instance shares.';
comment on column import_upload.account_id is 'Who uploaded it; none once the account is deleted.';
comment on column import_upload.asked_by is 'Who asked for the step under way, or the last one: changes are made in their name.';
comment on column import_upload.uploaded_at is 'When it was uploaded.';
comment on column import_upload.changed_at is 'When its state last changed.';
comment on column import_upload.kind is 'What the file holds: organisations, premises, …';
comment on column import_upload.file_name is 'Name of the file.';
comment on column import_upload.byte_length is 'Size of the file.';
comment on column import_upload.bytes is 'The file; gone once it was imported.';
comment on column import_upload.state is 'How far it is: being read (reading), waiting for its columns to be matched (mapping), being tried (checking), waiting for a yes (checked), being written (importing), written (done).';
comment on column import_upload.attempts is 'How often the step under way was begun; a step that ends no server, however often it is tried, is given up.';
comment on column import_upload.settings is 'What was said about the file, and what the import may do.';
comment on column import_upload.mapping is 'How its columns become ours, TOML; empty until it was read.';
comment on column import_upload.look is 'What the file shows: how it was understood, columns, first rows.';
comment on column import_upload.problem is 'Why the last step could not be done, in English; empty where it could.';
comment on column import_upload.report is 'What would change or, once done, what changed.';
comment on column import_upload.refused is 'Refused rows with their reasons, CSV.';
create index import_upload_state_idx on import_upload (id) where state in ('reading', 'checking', 'importing');
create index import_upload_municipality_idx on import_upload (municipality_id, uploaded_at);
create index import_upload_account_idx on import_upload (account_id);
create index import_upload_asked_by_idx on import_upload (asked_by);
