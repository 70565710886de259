-- Mails wait here, written in the transaction of the change they tell about, until one of the servers has sent them.
create table mail_outbox (
    id bigint generated always as identity primary key,
    message_id text not null constraint mail_outbox_message_id_key unique
        constraint mail_outbox_message_id_form check (message_id ~ '^<[!-;=?-~]+@[!-;=?-~]+>$'),
    recipient text not null constraint mail_outbox_recipient_line check (recipient !~ '[[:cntrl:]]' and recipient <> ''),
    language text not null constraint mail_outbox_language_known check (language in ('pl', 'en')),
    subject text not null constraint mail_outbox_subject_line check (subject !~ '[[:cntrl:]]' and subject <> ''),
    body_text text not null,
    body_html text not null,
    unsubscribe_url text constraint mail_outbox_unsubscribe_url_form check (unsubscribe_url ~ '^https?://[!-;=?-~]+$'),
    dedupe_key text constraint mail_outbox_dedupe_key_key unique,
    not_before timestamptz not null default now(),
    created_at timestamptz not null default now(),
    attempts integer not null default 0 constraint mail_outbox_attempts_counted check (attempts >= 0),
    sent_at timestamptz,
    failed_at timestamptz,
    last_error text,
    constraint mail_outbox_one_end check (sent_at is null or failed_at is null)
);
comment on table mail_outbox is 'Mails to be sent, sent (kept 30 days) and given up (kept 90 days). A sender holds its row locked while it talks to the mail server.';
comment on column mail_outbox.id is 'Internal key; also the name of the file where mails are written to a folder.';
comment on column mail_outbox.message_id is 'Message-ID header, made once: a mail sent again carries the same.';
comment on column mail_outbox.recipient is 'E-mail address.';
comment on column mail_outbox.language is 'Language it is written in.';
comment on column mail_outbox.subject is 'Subject, one line.';
comment on column mail_outbox.body_text is 'The whole mail as plain text.';
comment on column mail_outbox.body_html is 'The whole mail as HTML.';
comment on column mail_outbox.unsubscribe_url is 'Address for unsubscribing by one click (RFC 8058), where there is something to unsubscribe from.';
comment on column mail_outbox.dedupe_key is 'What the mail is about, where it must be written only once: the same key again does nothing.';
comment on column mail_outbox.not_before is 'When to try (again).';
comment on column mail_outbox.created_at is 'When it was written; its Date header.';
comment on column mail_outbox.attempts is 'How often sending was tried.';
comment on column mail_outbox.sent_at is 'When the mail server took it.';
comment on column mail_outbox.failed_at is 'When it was given up.';
comment on column mail_outbox.last_error is 'Why the last attempt failed.';
create index mail_outbox_due_idx on mail_outbox (not_before, id) where sent_at is null and failed_at is null;
create index mail_outbox_sent_idx on mail_outbox (sent_at) where sent_at is not null;
create index mail_outbox_failed_idx on mail_outbox (failed_at) where failed_at is not null;
