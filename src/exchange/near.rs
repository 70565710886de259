//! From where distances are told, and how.

use sqlx::PgPool;

use super::queries;
use crate::error::Result;
use crate::web::area::Near;
use crate::web::{Card, Fact, Page};

/// From where a list tells distances: the place that is asked for, else the middle of the district, else of the town. The list says
/// which.
///
/// # Errors
/// The database fails.
pub async fn origin(pool: &PgPool, page: &Page, near: Option<Near>, within: Option<&str>) -> Result<[f64; 2]> {
    if let Some(near) = near {
        return Ok(near.place);
    }
    let middle = queries::middle(pool, within, &page.site.teryt).await?;
    let [west, south, east, north] = page.site.bounds;
    Ok(middle.unwrap_or([f64::midpoint(west, east), f64::midpoint(south, north)]))
}

/// The page of a list in the order of distance: ids with metres, where they are somewhere.
pub type Nearest = Vec<(i64, Option<f64>)>;

/// Cards of the things with these ids, each with its distance.
pub fn cards(page: &Page, cards: impl Iterator<Item = (i64, Card)>, nearest: &Nearest) -> Vec<Card> {
    let with_distance = |(id, mut card): (i64, Card)| {
        let metres = nearest.iter().find(|(other, _)| *other == id).and_then(|(_, metres)| *metres);
        let words = metres.map(|metres| page.lang.distance(metres)).unwrap_or_default();
        card.facts.extend(Fact::of("route", page.t("distance"), words));
        card
    };
    cards.map(with_distance).collect()
}
