//! What a dry run would change, record by record: the state of each before and after, and the difference in words.

use std::collections::HashMap;
use std::fmt;

use clap::ValueEnum;
use geo::{Distance, Haversine, Point};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::PgConnection;

use super::Kind;
use super::batch::{Entry, Importable, Written, json};
use super::queries::{self, State, Wanted};
use super::report::{MOST_LISTED, Place, Report};

/// What happens to a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// It comes.
    New,
    /// It becomes another.
    Changed,
    /// It goes, because the file does not have it.
    Deleted,
}

/// One record that would be another after the import.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// Where its row begins; none for what is deleted.
    #[serde(flatten)]
    pub place: Option<Place>,
    /// What happens to it.
    pub what: What,
    /// Its source; empty for kinds that have none.
    pub source: String,
    /// Its key there; empty where somebody made it by hand.
    pub source_id: String,
    /// How people call it: its name, title, address.
    pub name: String,
    /// Its id, where it is there already.
    pub id: Option<i64>,
    /// Longitude and latitude of a point where it stands (once the import is done) or that lies in it.
    pub location: Option<[f64; 2]>,
    /// What differs, of a changed one.
    pub fields: Vec<FieldChange>,
}

/// One thing that differs. Lists and pairs are written as files write them; long texts are cut to where they begin to differ.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldChange {
    /// Its name, mostly that of a column.
    pub field: String,
    /// What it is now; none = nothing.
    pub before: Option<String>,
    /// What it would become.
    pub after: Option<String>,
    /// Of a shape: metres that its middle moves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_m: Option<f64>,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, source, source_id, name, fields, .. } = self;
        if let Some(place) = &self.place {
            write!(f, "{place}")?;
        }
        let what = match what {
            What::New => "new",
            What::Changed => "changed",
            What::Deleted => "deleted",
        };
        write!(f, " {what}: {}", one_line(name))?;
        match (source.as_str(), source_id.as_str()) {
            ("", "") => {}
            ("", id) => write!(f, " ({id})")?,
            (source, "") => write!(f, " (source {source})")?,
            (source, id) => write!(f, " (source {source}, source_id {id})")?,
        }
        for (nth, field) in fields.iter().enumerate() {
            write!(f, "{} {field}", if nth == 0 { ":" } else { ";" })?;
        }
        Ok(())
    }
}

impl fmt::Display for FieldChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quoted = |value: &Option<String>| {
            value.as_ref().map_or_else(|| "nothing".to_owned(), |text| format!("\"{}\"", one_line(text)))
        };
        let Self { field, before, after, moved_m } = self;
        write!(f, "{field} {} -> {}", quoted(before), quoted(after))?;
        moved_m.map_or(Ok(()), |metres| write!(f, " (moved {metres} m)"))
    }
}

/// A terminal shows one line.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// The state of the records that rows are about, before they are written; nothing where it is not asked for.
pub async fn states<T: Importable>(
    conn: &mut PgConnection,
    entries: &[&Entry<T>],
    report: &Report,
) -> Result<HashMap<usize, State>, sqlx::Error> {
    if !report.lists_changes() {
        return Ok(HashMap::new());
    }
    let wanted: Vec<_> = entries
        .iter()
        .map(|entry| Wanted {
            ix: entry.ix,
            municipality_id: entry.municipality_id,
            owner: if T::OWNED { &entry.source } else { "" },
            source_id: &entry.source_id,
        })
        .collect();
    let states = queries::states(conn, name(report.kind), json(wanted)).await?;
    Ok(states.into_iter().filter_map(|state| Some((usize::try_from(state.ix).ok()?, state))).collect())
}

/// Lists what writing the rows changed.
pub async fn list<T: Importable>(
    conn: &mut PgConnection,
    entries: &[&Entry<T>],
    before: &HashMap<usize, State>,
    written: &Written,
    report: &mut Report,
) -> Result<(), sqlx::Error> {
    if !report.lists_changes() {
        return Ok(());
    }
    // What stayed as it was need not be asked again.
    let there = |entry: &&&Entry<T>| before.get(&entry.ix).is_none_or(|old| written.updated.contains(&old.id));
    let entries: Vec<_> = entries.iter().filter(there).copied().collect();
    let after = states(conn, &entries, report).await?;
    for entry in entries {
        let old = before.get(&entry.ix);
        let Some(state) = after.get(&entry.ix) else { continue };
        if old.is_none() && !written.inserted.contains(&state.id) {
            continue;
        }
        let change = Change {
            place: Some(entry.place),
            what: if old.is_some() { What::Changed } else { What::New },
            fields: old.map(|old| differences(&old.fields, &state.fields)).unwrap_or_default(),
            id: old.map(|old| old.id),
            ..told(state, What::New)
        };
        report.change(change);
    }
    Ok(())
}

/// Lists the records that `replace` is about to delete: all of the same municipalities and sources whose keys are not among these.
pub async fn list_deleted(conn: &mut PgConnection, keys: &Value, report: &mut Report) -> Result<(), sqlx::Error> {
    if !report.lists_changes() {
        return Ok(());
    }
    for state in queries::others(conn, name(report.kind), keys, MOST_LISTED).await? {
        report.change(Change { id: Some(state.id), ..told(&state, What::Deleted) });
    }
    Ok(())
}

fn told(state: &State, what: What) -> Change {
    Change {
        place: None,
        what,
        source: state.source.clone().unwrap_or_default(),
        source_id: state.source_id.clone().unwrap_or_default(),
        name: state.name.clone(),
        id: None,
        // A centimetre is enough, and reads the same out of JSON.
        location: state.lon.zip(state.lat).map(|(lon, lat)| [lon, lat].map(|degree| (degree * 1e7).round() / 1e7)),
        fields: Vec::new(),
    }
}

/// As the view `import_record` and the command line call it.
fn name(kind: Kind) -> String {
    kind.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
}

/// Fields that differ, in the order of their names.
fn differences(before: &Value, after: &Value) -> Vec<FieldChange> {
    let (Value::Object(before), Value::Object(after)) = (before, after) else { return Vec::new() };
    let changed = after.iter().filter_map(|(field, new)| {
        let old = before.get(field).unwrap_or(&Value::Null);
        if old == new {
            return None;
        }
        let moved_m = middle(old).zip(middle(new)).map(|(old, new)| Haversine.distance(old, new).round());
        let (before, after) = excerpts(text(old), text(new));
        Some(FieldChange { field: field.clone(), before, after, moved_m })
    });
    changed.collect()
}

/// The middle of a shape, see the function `shape_words`.
fn middle(value: &Value) -> Option<Point> {
    Some(Point::new(value.get("lon")?.as_f64()?, value.get("lat")?.as_f64()?))
}

/// A value as files write it.
fn text(value: &Value) -> Option<String> {
    let list = |values: &[Value], between| {
        values.iter().map(|value| text(value).unwrap_or_default()).collect::<Vec<_>>().join(between)
    };
    let text = match value {
        Value::Null => return None,
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        // A list of pairs, or of values.
        Value::Array(values) => match values.first() {
            Some(Value::Array(_)) => {
                let pairs = values.iter().filter_map(Value::as_array);
                pairs.map(|pair| list(pair, "|")).collect::<Vec<_>>().join(";")
            }
            _ => list(values, ";"),
        },
        Value::Object(parts) => return parts.get("shape").and_then(text),
    };
    Some(text).filter(|text| !text.is_empty())
}

/// Most characters of a text that are told.
const LONGEST: usize = 200;
/// Characters that are told before the first difference.
const LEAD: usize = 30;

/// Two texts cut to where they differ.
fn excerpts(before: Option<String>, after: Option<String>) -> (Option<String>, Option<String>) {
    let length = |text: &Option<String>| text.as_ref().map_or(0, |text| text.chars().count());
    if length(&before).max(length(&after)) <= LONGEST {
        return (before, after);
    }
    let same = match (&before, &after) {
        (Some(before), Some(after)) => {
            before.chars().zip(after.chars()).take_while(|(one, other)| one == other).count()
        }
        _ => 0,
    };
    let skipped = same.saturating_sub(LEAD);
    let cut = |text: String| {
        let rest: String = text.chars().skip(skipped).take(LONGEST).collect();
        let begins = if skipped > 0 { "…" } else { "" };
        let ends = if text.chars().count() > skipped + LONGEST { "…" } else { "" };
        format!("{begins}{rest}{ends}")
    };
    (before.map(cut), after.map(cut))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_differs_is_told_as_files_write_it() {
        let before = json!({
            "name": "Klub", "activities": ["sport", "culture"], "email": "", "public_benefit": false, "krs": null,
            "links": [["Strona", "https://a.pl"]], "point": { "shape": "18.6 53", "lon": 18.6, "lat": 53.0, "digest": "a" },
        });
        let after = json!({
            "name": "Klub", "activities": ["sport"], "email": "a@b.pl", "public_benefit": true, "krs": null,
            "links": [["Strona", "https://a.pl"], ["Druga", "https://b.pl"]],
            "point": { "shape": "18.6 53.001", "lon": 18.6, "lat": 53.001, "digest": "b" },
        });
        let told: Vec<_> = differences(&before, &after).iter().map(ToString::to_string).collect();
        let expected = [
            "activities \"sport;culture\" -> \"sport\"",
            "email nothing -> \"a@b.pl\"",
            "links \"Strona|https://a.pl\" -> \"Strona|https://a.pl;Druga|https://b.pl\"",
            "point \"18.6 53\" -> \"18.6 53.001\" (moved 111 m)",
            "public_benefit \"false\" -> \"true\"",
        ];
        assert_eq!(told, expected);
        assert_eq!(differences(&after, &after), []);
    }

    #[test]
    fn a_long_text_is_cut_to_where_it_differs() {
        let text = |middle: &str| Some(format!("{}{middle}{}", "ą".repeat(500), "b".repeat(500)));
        let (before, after) = excerpts(text("x"), text("yy"));
        let told = |middle: &str| {
            let rest = LONGEST - LEAD - middle.len();
            Some(format!("…{}{middle}{}…", "ą".repeat(LEAD), "b".repeat(rest)))
        };
        assert_eq!((before, after), (told("x"), told("yy")));
        let short = (Some("a".repeat(200)), None);
        assert_eq!(excerpts(short.0.clone(), None), short, "short ones are whole");
    }

    #[test]
    fn a_change_is_read_again_as_it_was_written() {
        let change = Change {
            place: None,
            what: What::Deleted,
            source: "a".to_owned(),
            source_id: "1".to_owned(),
            name: "Klub\nStart".to_owned(),
            id: Some(5),
            location: Some([18.6, 53.0]),
            fields: Vec::new(),
        };
        let place = Some(Place { line: 7, feature: None });
        let field = FieldChange { field: "name".to_owned(), before: None, after: Some("x".to_owned()), moved_m: None };
        let other = Change { place, what: What::Changed, fields: vec![field], ..change.clone() };
        assert_eq!(change.to_string(), " deleted: Klub Start (source a, source_id 1)");
        assert_eq!(other.to_string(), "7: changed: Klub Start (source a, source_id 1): name nothing -> \"x\"");
        for change in [change, other] {
            let written = serde_json::to_string(&change).expect("it serialises");
            assert_eq!(serde_json::from_str::<Change>(&written).expect("it is read"), change, "{written}");
        }
    }
}
