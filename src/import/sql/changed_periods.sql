-- In: $1 rows of periods as JSON. Deletes those that are there and differ; out: source, source_id and id of each. They are
-- found by municipality, so that a period which moved to another unit leaves the old one.
delete from premises_period o
using premises p, jsonb_to_recordset($1) as r (
    municipality_id bigint, premises_id bigint, source text, source_id text, status text, "from" date, "to" date,
    organisation_id bigint, tenant_name text, title text, letting_mode text, rent_pln_per_m2 numeric,
    call_announcement text, call_deadline date, note text
)
where p.id = o.premises_id and p.municipality_id = r.municipality_id
    and o.source = r.source and o.source_id = r.source_id
    and (
        o.premises_id, o.status, o.valid, o.organisation_id, o.tenant_name, o.title, o.letting_mode,
        o.rent_pln_per_m2, o.call_announcement, o.call_deadline, o.note
    ) is distinct from (
        r.premises_id, r.status, daterange(r."from", r."to"), r.organisation_id, r.tenant_name, r.title,
        r.letting_mode, r.rent_pln_per_m2, r.call_announcement, r.call_deadline, r.note
    )
returning o.source, o.source_id as "source_id!", o.id
