//! Periods in the history of premises.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::Value;
use sqlx::PgConnection;

use super::batch::{Batch, Importable, Owner, Written, json};
use super::row::{Day, Row};
use super::{codes, queries, value};

/// What a unit was from one day to another.
#[derive(Debug, Serialize)]
pub struct Period {
    premises_id: i64,
    status: &'static str,
    from: Option<Day>,
    to: Option<Day>,
    organisation_id: Option<i64>,
    tenant_name: String,
    title: Option<&'static str>,
    letting_mode: Option<&'static str>,
    rent_pln_per_m2: Option<String>,
    call_announcement: String,
    call_deadline: Option<Day>,
    note: String,
    /// False when the days are not known well enough to be held against those of other periods.
    #[serde(skip)]
    dated: bool,
}

impl Importable for Period {
    const COLUMNS: &'static [&'static str] = &[
        "premises",
        "status",
        "from",
        "to",
        "organisation",
        "tenant_name",
        "title",
        "letting_mode",
        "rent_pln_per_m2",
        "call_announcement",
        "call_deadline",
        "note",
    ];
    const REQUIRED: &'static [&'static str] = &["premises", "status", "from"];
    /// All at once: a boundary that moves between two periods must not meet a half-written history.
    const CHUNK: usize = 1_000_000;

    fn read(row: &mut Row<'_>, owner: &Owner<'_>) -> Self {
        let premises_id = row.required("premises", |text| owner.known.premises(owner, text));
        let status = row.required("status", value::code(codes::STATUSES));
        let faults = row.faults.len();
        let from = row.required("from", value::date).map(Day);
        let to = row.day("to");
        if let (Some(from), Some(to)) = (from, to)
            && from >= to
        {
            let reason = format!("is not after \"from\" ({}); the period ends before this day", from.0);
            row.refuse(Some("to"), Some(&to.0.to_string()), reason);
        }
        let dated = premises_id.is_some() && row.faults.len() == faults;
        let organisation_id = row.optional("organisation", |text| owner.known.organisation(owner, text));
        let tenant_name = row.text("tenant_name");
        let title = row.optional("title", value::code(codes::TITLES));
        let call_deadline = row.day("call_deadline");
        if let Some(status) = status.filter(|status| !matches!(*status, "occupied" | "reserved")) {
            for column in ["organisation", "tenant_name", "title"] {
                let value = row.text(column);
                if !value.is_empty() {
                    let reason = format!("is given although the status is {status}; only let premises have it");
                    row.refuse(Some(column), Some(&value), reason);
                }
            }
        }
        if let (Some(day), Some(status)) = (call_deadline, status.filter(|status| *status != "open_call")) {
            let reason = format!("is given although the status is {status}; only an open call has a deadline");
            row.refuse(Some("call_deadline"), Some(&day.0.to_string()), reason);
        }
        Self {
            premises_id: premises_id.unwrap_or_default(),
            status: status.unwrap_or_default(),
            from,
            to,
            organisation_id,
            tenant_name,
            title,
            letting_mode: row.optional("letting_mode", value::code(codes::LETTING_MODES)),
            rent_pln_per_m2: row.optional("rent_pln_per_m2", value::decimal(6, 2)),
            call_announcement: row.prose("call_announcement"),
            call_deadline,
            note: row.prose("note"),
            dated,
        }
    }

    fn key(&self) -> String {
        let from = self.from.map_or(String::new(), |day| day.0.to_string());
        format!("{}-{from}", self.premises_id)
    }

    /// No two periods of one unit share a day, neither in the file nor with what the database holds.
    async fn check(conn: &mut PgConnection, batch: &mut Batch<'_, Self>) -> Result<(), sqlx::Error> {
        for (first, later) in overlaps(batch.entries.iter().map(|entry| &entry.value)) {
            let from = batch.entries.get(later).and_then(|entry| entry.value.from).map(|day| day.0.to_string());
            let reason = format!("overlaps the period of {}", batch.place_name(first));
            batch.refuse(later, Some("from"), from.as_deref(), reason);
        }
        let dated: Vec<_> = batch.entries.iter().filter(|entry| entry.value.dated).collect();
        let dated = json(dated);
        let keys = json(&batch.entries);
        for found in queries::overlapping_periods(conn, dated, keys).await? {
            let reason = format!("overlaps the period {} ({})", found.valid, found.status);
            let ix = usize::try_from(found.ix).unwrap_or(usize::MAX);
            batch.refuse(ix, Some("from"), Some(&found.from), reason);
        }
        Ok(())
    }

    async fn write(conn: &mut PgConnection, rows: Value) -> Result<Written, sqlx::Error> {
        // A changed period is deleted and written anew: updated one after the other, they would meet their own neighbours.
        let changed = queries::delete_changed_periods(conn, rows.clone()).await?;
        let rows = queries::write_periods(conn, rows).await?;
        // It is known by the id that it had.
        Ok(rows.into_iter().map(|(key, id)| changed.get(&key).map_or((id, true), |old| (*old, false))).collect())
    }

    async fn delete_others(conn: &mut PgConnection, keys: Value) -> Result<u64, sqlx::Error> {
        queries::delete_other_periods(conn, keys).await
    }
}

/// Pairs of periods of one unit that share a day: the earlier row and the later one, by position.
fn overlaps<'a>(periods: impl Iterator<Item = &'a Period>) -> Vec<(usize, usize)> {
    let mut units: HashMap<i64, Vec<(Day, Option<Day>, usize)>> = HashMap::new();
    for (ix, period) in periods.enumerate() {
        if let (true, Some(from)) = (period.dated, period.from) {
            units.entry(period.premises_id).or_default().push((from, period.to, ix));
        }
    }
    let mut pairs = Vec::new();
    for mut unit in units.into_values() {
        unit.sort_by_key(|(from, _, ix)| (*from, *ix));
        // The period that reaches furthest so far.
        let mut furthest: Option<(Option<Day>, usize)> = None;
        for (from, to, ix) in unit {
            if let Some((end, other)) = furthest
                && end.is_none_or(|end| from < end)
            {
                pairs.push((ix.min(other), ix.max(other)));
            }
            let further = furthest.is_none_or(|(end, _)| end.is_some_and(|end| to.is_none_or(|to| to > end)));
            furthest = if further { Some((to, ix)) } else { furthest };
        }
    }
    pairs.sort_unstable();
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn period(premises_id: i64, from: &str, to: &str) -> Period {
        let day = |text: &str| value::date(text).ok().map(Day);
        Period {
            premises_id,
            status: "free",
            from: day(from),
            to: day(to),
            organisation_id: None,
            tenant_name: String::new(),
            title: None,
            letting_mode: None,
            rent_pln_per_m2: None,
            call_announcement: String::new(),
            call_deadline: None,
            note: String::new(),
            dated: true,
        }
    }

    #[test]
    fn the_later_row_of_an_overlap_is_named() {
        let periods = [
            period(1, "2020-01-01", "2021-01-01"),
            period(1, "2021-01-01", ""),
            period(2, "2020-06-01", "2020-07-01"),
            period(1, "2020-12-31", "2021-01-01"),
            period(1, "2030-01-01", "2031-01-01"),
        ];
        assert_eq!(overlaps(periods.iter()), [(0, 3), (1, 4)]);
    }
}
