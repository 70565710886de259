//! Near a place: the parameters `near` and `radius_m`, and from where distances are told.

use sqlx::PgPool;

use super::queries;
use crate::error::{Error, Result};
use crate::web::{Card, Fact, Lang, Page, Params};

/// Widest circle, metres.
const WIDEST_M: f64 = 200_000.0;

/// A place, and how far from it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Near {
    /// Longitude and latitude, degrees.
    pub place: [f64; 2],
    /// How far, metres; none = no matter how far.
    pub radius_m: Option<f64>,
}

impl Near {
    /// Names of its parameters.
    pub const PARAMS: [&str; 2] = ["near", "radius_m"];

    /// Reads it from the query string.
    ///
    /// # Errors
    /// `near` is no place, `radius_m` no distance, or it is given without a place.
    pub fn parse(params: &Params) -> Result<Option<Self>> {
        let radius = params.parsed::<f64>("radius_m", "a number of metres")?;
        if let Some(radius) = radius
            && !(1.0..=WIDEST_M).contains(&radius)
        {
            return Err(Error::parameter("radius_m", format!("is not from 1 to {WIDEST_M} metres")));
        }
        let Some(text) = params.one("near")? else {
            return match radius {
                None => Ok(None),
                Some(_) => Err(Error::parameter("radius_m", "needs near=lon,lat")),
            };
        };
        let wrong = || Error::parameter("near", format!("“{text}” is not longitude,latitude in degrees"));
        let (lon, lat) = text.split_once(',').ok_or_else(wrong)?;
        let degrees = |part: &str, most: f64| part.trim().parse().ok().filter(|value: &f64| value.abs() <= most);
        let (lon, lat) = degrees(lon, 180.0).zip(degrees(lat, 85.05)).ok_or_else(wrong)?;
        Ok(Some(Self { place: [lon, lat], radius_m: radius }))
    }

    /// Longitude, latitude and radius for a query; each absent where nothing is asked.
    pub fn circle(near: Option<Self>) -> [Option<f64>; 3] {
        match near {
            Some(Self { place: [lon, lat], radius_m: Some(radius) }) => [Some(lon), Some(lat), Some(radius)],
            _ => [None; 3],
        }
    }
}

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
        let words = metres.map(|metres| distance(page.lang, metres)).unwrap_or_default();
        card.facts.extend(Fact::of("route", page.t("distance"), words));
        card
    };
    cards.map(with_distance).collect()
}

fn distance(lang: Lang, metres: f64) -> String {
    if metres < 950.0 {
        format!("{}\u{a0}m", lang.number((metres / 50.0).round() * 50.0, 0))
    } else {
        format!("{}\u{a0}km", lang.number(metres / 1000.0, 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_and_circles_are_read_or_refused() {
        let parse = |query: &str| Near::parse(&Params::parse(query));
        assert_eq!(parse("q=a").expect("none"), None);
        let near = parse("near=18.6,53.01&radius_m=500").expect("a circle");
        assert_eq!(near, Some(Near { place: [18.6, 53.01], radius_m: Some(500.0) }));
        assert_eq!(Near::circle(parse("near=18.6,53").expect("a place")), [None; 3]);
        for (query, name) in [
            ("near=18.6", "near"),
            ("near=18.6,x", "near"),
            ("near=181,53", "near"),
            ("near=18.6,NaN", "near"),
            ("near=18,53&near=18,54", "near"),
            ("radius_m=5", "radius_m"),
            ("near=18,53&radius_m=0", "radius_m"),
            ("near=18,53&radius_m=inf", "radius_m"),
        ] {
            let refused = parse(query);
            assert!(matches!(refused, Err(Error::BadParameter { parameter, .. }) if parameter == name), "{query}");
        }
    }

    #[test]
    fn distances_as_people_say_them() {
        assert_eq!(distance(Lang::Pl, 333.0), "350\u{a0}m");
        assert_eq!(distance(Lang::Pl, 1249.0), "1,2\u{a0}km");
    }
}
