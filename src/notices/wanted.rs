//! What a saved search asks for: the filters of a list, read by the list's own filter, so that they mean the same.

use sqlx::PgPool;
use time::Date;

use super::Kind;
use crate::error::{Error, Result};
use crate::exchange::{self, demand, equipment, offers};
use crate::premises;
use crate::web::fields::{self, Chip};
use crate::web::{Card, Field, Page, Params};

/// Statuses of premises that there are notices of.
const STATUSES: [&str; 2] = ["free", "open_call"];

/// Longest query string.
const LONGEST: usize = 4000;

/// A list and its filters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Which list.
    pub kind: Kind,
    /// The filters as a query string, in one way of writing it.
    pub query: String,
}

impl Wanted {
    /// Takes the filters of a list out of its address; what is no filter (the order, the page) is left out. Districts, categories and
    /// administrators are looked for when it is [asked](Self::matching).
    ///
    /// # Errors
    /// A value is wrong, or means nothing for what is to come (`on`, the status of let premises); the parameter is named.
    pub fn parse(kind: Kind, params: &Params) -> Result<Self> {
        let known = match kind {
            Kind::Offers => offers::Filter::parse(params).map(|_| offers::Filter::PARAMS)?,
            Kind::Demand => demand::Filter::parse(params).map(|_| demand::Filter::PARAMS)?,
            Kind::Equipment => equipment::Filter::parse(params).map(|_| equipment::Filter::PARAMS)?,
            Kind::Premises => {
                let filter = premises::Filter::parse(params)?;
                if filter.on.is_some() {
                    return Err(Error::parameter("on", "has no meaning for notices: they tell of what is new"));
                }
                if let Some(status) = filter.statuses.iter().find(|status| !STATUSES.contains(&status.as_str())) {
                    let text = format!("“{status}”: notices tell of free premises and open calls");
                    return Err(Error::parameter("status", text));
                }
                premises::Filter::PARAMS
            }
        };
        let mut pairs: Vec<_> = params.iter().filter(|(name, _)| known.contains(name)).collect();
        pairs.sort_unstable();
        pairs.dedup();
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        if query.len() > LONGEST {
            return Err(Error::BadForm("there are too many filters to save".to_owned()));
        }
        Ok(Self { kind, query })
    }

    /// Ids of all that everybody sees and that passes, as the list finds it on a day.
    ///
    /// # Errors
    /// A filter names what there is not; the database fails.
    pub async fn matching(&self, pool: &PgPool, day: Date) -> Result<Vec<i64>> {
        let params = Params::parse(&self.query);
        match self.kind {
            Kind::Offers => offers::queries::matching_ids(pool, &offers::Filter::parse(&params)?).await,
            Kind::Demand => demand::queries::matching_ids(pool, &demand::Filter::parse(&params)?).await,
            Kind::Equipment => equipment::queries::matching_ids(pool, &equipment::Filter::parse(&params)?).await,
            Kind::Premises => {
                let mut filter = premises::Filter { on: Some(day), ..premises::Filter::parse(&params)? };
                if filter.statuses.is_empty() {
                    filter.statuses = STATUSES.map(str::to_owned).to_vec();
                }
                premises::queries::matching_ids(pool, &filter).await
            }
        }
    }

    /// Cards of these things, the newest first, at most so many; `page` says the language.
    ///
    /// # Errors
    /// The database fails.
    pub async fn cards(&self, pool: &PgPool, page: &Page, ids: &[i64], most: i64, day: Date) -> Result<Vec<Card>> {
        let (lang, sort) = (page.lang, "newest");
        Ok(match self.kind {
            Kind::Offers => {
                let rows = offers::queries::summaries(pool, lang, ids, sort, most, 0).await?;
                rows.iter().map(|row| row.card(page)).collect()
            }
            Kind::Demand => {
                let rows = demand::queries::summaries(pool, lang, ids, sort, most, 0).await?;
                rows.iter().map(|row| row.card(page)).collect()
            }
            Kind::Equipment => {
                let rows = equipment::queries::summaries(pool, lang, ids, sort, most, 0).await?;
                rows.iter().map(|row| row.card(page)).collect()
            }
            Kind::Premises => {
                let rows = premises::queries::summaries(pool, ids, Some(day), "status", None, most, 0).await?;
                rows.iter().map(|row| row.card(page)).collect()
            }
        })
    }

    /// Its filters in words, each with the query string without it.
    ///
    /// # Errors
    /// The database fails.
    pub async fn chips(&self, pool: &PgPool, page: &Page) -> Result<Vec<Chip>> {
        let page = Page { path: self.kind.path().to_owned(), params: Params::parse(&self.query), ..page.clone() };
        let categories = exchange::queries::categories(pool, page.lang).await?;
        let mut fields = match self.kind {
            Kind::Offers => offers::fields(&page, &categories),
            Kind::Demand => demand::fields(&page, &categories),
            Kind::Equipment => equipment::fields(&page, &categories),
            Kind::Premises => {
                let administrators = premises::queries::administrators(pool).await?;
                let pairs = administrators.into_iter().map(|one| (one.slug, one.name));
                let mut fields = premises::fields(&page);
                fields.push(Field::pick(&page, "administrator", pairs));
                fields
            }
        };
        if !fields.iter().any(Field::is_district) {
            fields.push(Field::district(&page));
        }
        Ok(fields::chips(&page, &fields))
    }

    /// Address of the list with these filters.
    pub fn list_path(&self) -> String {
        format!("{}{}{}", self.kind.path(), if self.query.is_empty() { "" } else { "?" }, self.query)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(kind: Kind, text: &str) -> Result<String> {
        Wanted::parse(kind, &Params::parse(text)).map(|wanted| wanted.query)
    }

    #[test]
    fn one_meaning_is_written_in_one_way() {
        let text =
            "within=bielany&utm_source=x&q=chleb&sort=price&page=3&category=b&category=a&category=b&lang=en&kind=";
        assert_eq!(query(Kind::Offers, text).expect("good"), "category=a&category=b&q=chleb&within=bielany");
        assert_eq!(
            query(Kind::Premises, "status=open_call&status=free").expect("good"),
            "status=free&status=open_call"
        );
    }

    #[test]
    fn what_a_list_refuses_is_refused_by_name() {
        for (kind, text, name) in [
            (Kind::Offers, "kind=palace", "kind"),
            (Kind::Demand, "bbox=1", "bbox"),
            (Kind::Demand, "radius_m=5", "radius_m"),
            (Kind::Equipment, "mode=steal", "mode"),
            (Kind::Equipment, "area=x", "area"),
            (Kind::Premises, "area_min=-1", "area_min"),
            (Kind::Premises, "on=2026-01-01", "on"),
            (Kind::Premises, "status=free&status=occupied", "status"),
        ] {
            let refused = query(kind, text).expect_err(text);
            assert!(
                matches!(&refused, Error::BadParameter { parameter, .. } if parameter == name),
                "{text}: {refused}"
            );
        }
    }
}
