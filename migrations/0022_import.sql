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
