-- What an import needs while it runs.

-- Geometry in another coordinate system; null where it has no place there. `st_transform` ends the statement instead.
create function try_transform(shape geometry, srid integer) returns geometry
language plpgsql stable strict parallel safe as $$
begin
    return st_transform(shape, srid);
exception when others then
    return null;
end
$$;

-- Keys of the rows of the file under way: a second row of the same key is refused. Imports run one at a time and empty it
-- before they begin; it holds nothing that outlives them.
create unlogged table import_seen (
    what text not null,
    key text not null,
    row_number bigint not null,
    line bigint not null,
    feature bigint,
    primary key (what, key)
);

comment on table import_seen is 'Keys of the rows of the import under way';
comment on column import_seen.what is 'What the key is of: source_id, krs, nip or regon';
comment on column import_seen.key is 'The key; of a source_id with the municipality and the source before it';
comment on column import_seen.row_number is 'Number of the row in its file, from 0';
comment on column import_seen.line is 'Line of the row; 0 in files without lines';
comment on column import_seen.feature is 'Number of the feature, in formats that have features';
