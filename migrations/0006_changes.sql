-- Which features of a layer changed: at national scale, a server that had to read a whole layer for one change would never
-- be done. And records that follow when the districts around them change.
alter table layer_version add column complete_since bigint not null default 1;
update layer_version set complete_since = version;
comment on table layer_version is 'One row a map layer; the version grows with every statement that changes the layer''s rows.';
comment on column layer_version.version is 'Counts changes. The row stays locked until its writer commits, so versions are in the order of commits.';
comment on column layer_version.complete_since is 'layer_change holds every change with a greater version: who has seen this version or a later one can follow by ids, anybody else reads the layer again.';

create table layer_change (
    layer text not null,
    version bigint not null,
    feature_id bigint
);
comment on table layer_change is 'Features that changed, by layer and version; a version without a row changed no feature, only what features refer to. Kept for the last 256 versions of a layer.';
comment on column layer_change.layer is 'Name of the tile layer.';
comment on column layer_change.version is 'Version of the layer that the change made.';
comment on column layer_change.feature_id is 'The feature that came, changed or went; none = any of them may have.';
create index layer_change_layer_version_idx on layer_change (layer, version);

create function lock_layers() returns trigger language plpgsql as $$
begin
    -- Whoever held rows while waiting for the layer could be what the layer's holder waits for: a form that changes one
    -- record would end an import.
    perform from layer_version where layer = any(tg_argv) order by layer for no key update;
    return null;
end $$;
comment on function lock_layers() is 'Statement trigger: makes a writer wait its turn at the layers named in its arguments before it touches their rows.';

create function layer_rows_changed() returns trigger language plpgsql as $$
declare
    touched text := case tg_op
        when 'INSERT' then 'table new_rows'
        when 'DELETE' then 'table old_rows'
        else 'table old_rows union all table new_rows'
    end;
    ids bigint[] := '{null}';
    changed layer_version;
begin
    if tg_op <> 'TRUNCATE' then
        execute format('select array_remove(array_agg(distinct %s::bigint), null) from (%s) touched', tg_argv[0], touched) into ids;
        if ids is null then
            return null; -- The statement touched no row.
        elsif cardinality(ids) > 1000 then
            ids := '{null}'; -- Reading the layer is cheaper than looking up so many.
        end if;
    end if;
    -- In the order of their names, as lock_layers, so that two statements never have what the other waits for. The row of
    -- the layer stays locked until commit: other writers of it wait, so whoever sees a version sees all changes up to it.
    for changed.layer in select unnest(tg_argv[1:]) order by 1 loop
        update layer_version v set version = version + 1, complete_since = greatest(complete_since, version + 1 - 256)
            where layer = changed.layer returning v.* into strict changed;
        insert into layer_change select changed.layer, changed.version, unnest(ids);
        -- One version came, so at most one is to be forgotten.
        delete from layer_change where layer = changed.layer and version = changed.complete_since;
    end loop;
    perform pg_notify('pestor_layers', array_to_string(tg_argv[1:], ','));
    return null;
end $$;
comment on function layer_rows_changed() is 'Statement trigger with transition tables old_rows and new_rows. Arguments: the column that holds the feature''s id (null: the row is no feature), then layers. Raises their versions, logs the features, tells every listening server.';

-- Its triggers go with it.
drop function layers_changed() cascade;

do $$
declare
    name text;
    key text;
    layers text;
    event text;
    transition text;
begin
    for name, key, layers in values
        ('municipality', 'id', 'municipalities'),
        ('district', 'id', 'districts'),
        ('schematic_feature', 'id', 'schematic'),
        ('organisation', 'id', 'organisations'),
        ('support_institution', 'id', 'support'),
        ('premises', 'id', 'premises, footprints'),
        ('premises_period', 'premises_id', 'premises, footprints'),
        -- No feature, but premises in memory name it: servers wake and read the administrators again.
        ('premises_administrator', 'null', 'premises'),
        -- The organisations layer says who offers, needs or lends something.
        ('offer', 'organisation_id', 'organisations'),
        ('demand', 'organisation_id', 'organisations'),
        ('equipment', 'organisation_id', 'organisations')
    loop
        execute format('create trigger %1$s_layer before insert or update or delete on %1$I
            for each statement execute function lock_layers(%2$s)', name, layers);
        -- PostgreSQL gives transition tables only to triggers of one event.
        for event, transition in values
            ('insert', 'referencing new table as new_rows'),
            ('update', 'referencing old table as old_rows new table as new_rows'),
            ('delete', 'referencing old table as old_rows'),
            ('truncate', '')
        loop
            execute format('create trigger %1$s_layer_%2$s after %2$s on %1$I %3$s for each statement
                execute function layer_rows_changed(%4$s, %5$s)', name, event, transition, key, layers);
        end loop;
    end loop;
end $$;

create function district_at(municipality bigint, place geometry) returns bigint
    language sql stable parallel safe
    return (select d.id from district d
        where d.municipality_id = municipality and st_intersects(d.area, place) order by d.id limit 1);
comment on function district_at(bigint, geometry) is 'District of a municipality that a point lies in; of several, the oldest.';

create or replace function set_district() returns trigger language plpgsql as $$
begin
    new.district_id := district_at(new.municipality_id, new.point);
    return new;
end $$;

create function districts_moved() returns trigger language plpgsql as $$
declare
    areas text := case tg_op
        when 'INSERT' then 'table new_rows'
        when 'DELETE' then 'table old_rows'
        else 'select m.* from old_rows o join new_rows n using (id)
            cross join lateral (values (o.municipality_id, o.area), (n.municipality_id, n.area)) m (municipality_id, area)
            where (o.municipality_id, o.area) is distinct from (n.municipality_id, n.area)'
    end;
    name text;
begin
    foreach name in array array['organisation', 'support_institution', 'premises'] loop
        execute format('update %I r set district_id = district_at(r.municipality_id, r.point) from (%s) a
            where r.municipality_id = a.municipality_id and st_intersects(r.point, a.area)
                and r.district_id is distinct from district_at(r.municipality_id, r.point)', name, areas);
    end loop;
    return null;
end $$;
comment on function districts_moved() is 'Statement trigger with transition tables: what stands where a district was or is now finds its district again.';
create trigger district_records_insert after insert on district referencing new table as new_rows
    for each statement execute function districts_moved();
create trigger district_records_update after update on district referencing old table as old_rows new table as new_rows
    for each statement execute function districts_moved();
-- What stood in the deleted district has none by now (on delete set null); another may lie there too.
create trigger district_records_delete after delete on district referencing old table as old_rows
    for each statement execute function districts_moved();

-- What was left behind before.
do $$
declare
    name text;
begin
    foreach name in array array['organisation', 'support_institution', 'premises'] loop
        execute format('update %I set district_id = district_at(municipality_id, point)
            where district_id is distinct from district_at(municipality_id, point)', name);
    end loop;
end $$;
