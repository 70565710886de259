-- In: $1 rows of periods as JSON. Out: id of every row that was written, and whether it is new. Rows whose period is there
-- and as it should be are passed over; changed ones were deleted before (delete_changed_periods), so all others are new.
insert into premises_period (
    premises_id, source, source_id, status, valid, organisation_id, tenant_name, title, letting_mode,
    rent_pln_per_m2, call_announcement, call_deadline, note
)
select
    r.premises_id, r.source, r.source_id, r.status, daterange(r."from", r."to"), r.organisation_id, r.tenant_name,
    r.title, r.letting_mode, r.rent_pln_per_m2, r.call_announcement, r.call_deadline, r.note
from jsonb_to_recordset($1) as r (
    premises_id bigint, source text, source_id text, status text, "from" date, "to" date, organisation_id bigint,
    tenant_name text, title text, letting_mode text, rent_pln_per_m2 numeric, call_announcement text,
    call_deadline date, note text
)
on conflict on constraint premises_period_source_key do nothing
returning source, source_id as "source_id!", id
