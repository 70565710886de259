-- Photos and documents that people upload: in the database, so that every node has them and one backup holds all.
create table media (
    id bigint generated always as identity primary key,
    key text not null constraint media_key_key unique constraint media_key_format check (key ~ '^[0-9a-f]{32}$'),
    kind text not null constraint media_kind_known check (kind in ('photo', 'document')),
    content_type text not null constraint media_content_type_known check (content_type in ('image/jpeg', 'application/pdf')),
    width_px integer constraint media_width_positive check (width_px > 0),
    height_px integer constraint media_height_positive check (height_px > 0),
    byte_length integer not null constraint media_byte_length_positive check (byte_length > 0),
    file_name text not null default '',
    created_at timestamptz not null default now(),
    uploaded_by bigint,
    constraint media_photo_whole check (kind <> 'photo' or (width_px is not null and height_px is not null and file_name = '')),
    constraint media_document_whole check (kind <> 'document' or (width_px is null and height_px is null and file_name <> ''))
);
comment on table media is 'An uploaded photo or document. Tables that show it refer to it with on delete restrict; what nothing refers to is deleted after a day.';
comment on column media.id is 'Internal key.';
comment on column media.key is 'Name in web addresses: 128 random bits, so that nobody guesses the photos of a draft.';
comment on column media.kind is 'photo or document.';
comment on column media.content_type is 'What it is served as.';
comment on column media.width_px is 'Width of the large picture; none of a document.';
comment on column media.height_px is 'Height of the large picture; none of a document.';
comment on column media.byte_length is 'Bytes of all its sizes together.';
comment on column media.file_name is 'Name a document is saved under; empty for a photo.';
comment on column media.created_at is 'When it was uploaded.';
comment on column media.uploaded_by is 'Account that uploaded it.';
create index media_created_at_idx on media (created_at);

-- Apart from `media`, so that no list drags the bytes along.
create table media_content (
    media_id bigint not null references media on delete cascade,
    size text not null constraint media_content_size_known check (size in ('large', 'small', 'original')),
    bytes bytea not null constraint media_content_bytes_present check (length(bytes) > 0),
    primary key (media_id, size)
);
comment on table media_content is 'Bytes of an uploaded photo (made anew from its pixels) or document (as it came).';
comment on column media_content.media_id is 'Whose.';
comment on column media_content.size is 'large and small of a photo; original of a document.';
comment on column media_content.bytes is 'JPEG or PDF.';
-- Neither JPEG nor PDF gets smaller by compressing it once more.
alter table media_content alter column bytes set storage external;

create function media_is_used(wanted bigint) returns boolean language plpgsql stable as $$
declare
    reference record;
    used boolean;
begin
    -- What goes together with it (on delete cascade) is a part of it, not a use.
    for reference in
        select c.conrelid::regclass as referrer, a.attname as named
        from pg_constraint c join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
        where c.contype = 'f' and c.confrelid = 'media'::regclass and c.confdeltype <> 'c'
    loop
        execute format('select exists (select from %s where %I = $1)', reference.referrer, reference.named) into used using wanted;
        if used then
            return true;
        end if;
    end loop;
    return false;
end $$;
comment on function media_is_used(bigint) is 'Whether a row of any table refers to it; asks every foreign key to media that there is.';

create function delete_unused_media(min_age interval) returns bigint language plpgsql as $$
declare
    unused bigint;
    deleted bigint := 0;
begin
    -- A row that another node deletes, or that somebody is just putting to use, is left to the next time.
    for unused in select id from media where created_at < now() - min_age and not media_is_used(id) order by id for update skip locked loop
        begin
            delete from media where id = unused;
            deleted := deleted + 1;
        exception when foreign_key_violation then
            null; -- It came into use after the question.
        end;
    end loop;
    return deleted;
end $$;
comment on function delete_unused_media(interval) is 'Deletes media older than this to which nothing refers; how many.';
