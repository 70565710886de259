-- In: $1 keys of a file's rows, $2 their kind, $3 how many are wanted. Out: the first records of the same municipalities and sources that
-- the file does not have.
with k as materialized (
    select * from jsonb_to_recordset($1) as k (municipality_id bigint, source text, source_id text)
),
other as materialized (
    select o.id
    from import_record o
    where o.kind = $2 and case
        when o.source is null then o.source_id not in (select source_id from k)
        else (o.municipality_id, o.source) in (select municipality_id, source from k)
            and (o.municipality_id, o.source, coalesce(o.source_id, '')) not in (select municipality_id, source, source_id from k)
    end
    order by o.source, o.source_id
    limit $3
)
select 0::bigint as "ix!", s.id as "id!", s.source, s.source_id, s.name as "name!", st_x(s.place) as lon, st_y(s.place) as lat,
    '{}'::jsonb as "fields!"
from other
cross join lateral (select * from import_record o where o.kind = $2 and o.id = other.id offset 0) s
order by s.source, s.source_id
