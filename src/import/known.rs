//! What the database already holds that rows refer to.

use std::collections::{HashMap, HashSet};

use sqlx::PgConnection;

use super::batch::Owner;
use super::row::Row;
use super::{ImportError, Kind, queries, value};

/// Records by municipality and `source_id`: each with its source and id.
type Sources = HashMap<(i64, String), Vec<(String, i64)>>;

/// Things that rows refer to, read once before the first row.
#[derive(Debug, Default)]
pub struct Known {
    municipalities: HashMap<String, i64>,
    /// The municipality of rows that name none.
    default: Option<i64>,
    organisations: Sources,
    premises: Sources,
    categories: HashSet<String>,
    /// Rows of other municipalities are refused.
    only: bool,
}

impl Known {
    /// Reads what rows of this kind refer to. `municipality` is the TERYT code for rows without their own; without it,
    /// an instance of one municipality means that one. `only`: rows of other municipalities are refused.
    pub async fn load(
        conn: &mut PgConnection,
        kind: Kind,
        municipality: Option<&str>,
        only: bool,
    ) -> Result<Self, ImportError> {
        let mut known = Self { only, ..Self::default() };
        if matches!(kind, Kind::Municipalities | Kind::Categories | Kind::Regions | Kind::StreetNames) {
            return Ok(known);
        }
        known.municipalities = queries::municipalities(conn).await?;
        known.default = match municipality {
            Some(teryt) => {
                let id = known.municipalities.get(teryt).copied();
                Some(id.ok_or_else(|| {
                    ImportError::Request(format!("there is no municipality {teryt}; import municipalities first"))
                })?)
            }
            None if known.municipalities.len() == 1 => known.municipalities.values().next().copied(),
            None => None,
        };
        if matches!(kind, Kind::PremisesPeriods | Kind::Offers | Kind::Demand | Kind::Equipment) {
            known.organisations = by_source_id(queries::organisation_sources(conn).await?);
        }
        if kind == Kind::PremisesPeriods {
            known.premises = by_source_id(queries::premises_sources(conn).await?);
        }
        if matches!(kind, Kind::Offers | Kind::Demand | Kind::Equipment) {
            known.categories = queries::category_codes(conn).await?;
        }
        Ok(known)
    }

    /// The municipality of rows that name none.
    pub fn usual_municipality(&self) -> Option<i64> {
        self.default
    }

    /// The municipality a row belongs to.
    pub fn municipality(&self, row: &mut Row<'_>) -> Option<i64> {
        let faults = row.faults.len();
        let named = row.optional("municipality", |text| {
            let teryt = value::teryt(text)?;
            let id = self.municipalities.get(&teryt).copied();
            if self.only && id.is_some() && id != self.default {
                return Err("is another municipality, whose records this import may not change".to_owned());
            }
            id.ok_or_else(|| "there is no municipality of this TERYT code; import it first".to_owned())
        });
        let id = named.or(self.default);
        if id.is_none() && row.faults.len() == faults {
            row.refuse(Some("municipality"), None, "is empty, and --municipality is not given");
        }
        id.filter(|_| row.faults.len() == faults)
    }

    /// The id of the organisation whose `source_id` this is.
    ///
    /// # Errors
    /// There is none, or it is not clear which.
    pub fn organisation(&self, owner: &Owner<'_>, source_id: &str) -> Result<i64, String> {
        find(&self.organisations, "organisation", owner.municipality_id, &owner.source, source_id)
    }

    /// The id of the premises whose `source_id` this is.
    ///
    /// # Errors
    /// There are none, or it is not clear which.
    pub fn premises(&self, owner: &Owner<'_>, source_id: &str) -> Result<i64, String> {
        find(&self.premises, "premises", owner.municipality_id, &owner.source, source_id)
    }

    /// The category in the column.
    pub fn category(&self, row: &mut Row<'_>) -> String {
        row.required("category", |text| match self.categories.contains(text) {
            true => Ok(text.to_owned()),
            false => Err("there is no category of this code; import categories first".to_owned()),
        })
        .unwrap_or_default()
    }
}

fn by_source_id(rows: Vec<(i64, String, String, i64)>) -> Sources {
    let mut sources = Sources::new();
    for (municipality, source_id, source, id) in rows {
        sources.entry((municipality, source_id)).or_default().push((source, id));
    }
    sources
}

/// A record by its `source_id`: the one of the row's own source, or the only one.
fn find(sources: &Sources, what: &str, municipality: i64, source: &str, source_id: &str) -> Result<i64, String> {
    match sources.get(&(municipality, source_id.to_owned())).map_or(&[][..], Vec::as_slice) {
        [] => Err(format!("the municipality has no {what} of this source_id")),
        [(_, id)] => Ok(*id),
        several => {
            let own = several.iter().find(|(other, _)| other == source).map(|(_, id)| *id);
            own.ok_or_else(|| {
                let names: Vec<_> = several.iter().map(|(other, _)| other.as_str()).collect();
                format!("several {what} have this source_id, in the sources {}; name the source", names.join(", "))
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_prefers_its_own_source() {
        let row = |source: &str, id| (1, "7".to_owned(), source.to_owned(), id);
        let sources = by_source_id(vec![row("a", 10), row("b", 20)]);
        assert_eq!(find(&sources, "organisation", 1, "b", "7"), Ok(20));
        assert!(find(&sources, "organisation", 1, "c", "7").expect_err("ambiguous").contains("sources a, b"));
        assert!(find(&sources, "organisation", 2, "b", "7").expect_err("absent").contains("no organisation"));
        let one = by_source_id(vec![row("a", 10)]);
        assert_eq!(find(&one, "organisation", 1, "c", "7"), Ok(10));
    }
}
