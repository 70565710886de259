//! What every list shares: the filters that go with any layer, and paging.

use crate::error::{Error, Result};
use crate::geo::Bbox;
use crate::web::Params;
use crate::web::area::{Area, Near};

/// Filters that any layer and list knows: text, box, district, circle, drawn area.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Common {
    /// Text to look for; small typing errors are forgiven.
    pub q: Option<String>,
    /// Only what lies in this box.
    pub bbox: Option<Bbox>,
    /// Only what lies in the district with this slug.
    pub within: Option<String>,
    /// Only what is not far from a place.
    pub near: Option<Near>,
    /// Only what lies in this area.
    pub area: Option<Area>,
}

impl Common {
    /// Names of its parameters.
    pub const PARAMS: &[&str] = &["q", "bbox", "within", "near", "radius_m", "area"];

    /// Reads them from the query string.
    ///
    /// # Errors
    /// A parameter is given twice, `q` is longer than 200 characters, `bbox` is no box, `near` no place, `radius_m` no distance, or
    /// `area` no area.
    pub fn parse(params: &Params) -> Result<Self> {
        let q = params.one("q")?.map(str::to_owned);
        if q.as_ref().is_some_and(|q| q.chars().count() > 200) {
            return Err(Error::parameter("q", "is longer than 200 characters"));
        }
        let bbox = params
            .one("bbox")?
            .map(|text| Bbox::parse(text).map_err(|error| Error::parameter("bbox", error.to_string())))
            .transpose()?;
        let within = params.one("within")?.map(str::to_owned);
        Ok(Self { q, bbox, within, near: Near::parse(params)?, area: Area::parse(params)? })
    }

    /// West, south, east, north for a query; each absent when there is no box.
    pub fn edges(&self) -> [Option<f64>; 4] {
        match self.bbox {
            Some(bbox) => bbox.to_array().map(Some),
            None => [None; 4],
        }
    }

    /// Longitude, latitude and radius of the circle, and the area as well-known text, for a query; each absent where nothing is asked.
    pub fn places(&self) -> ([Option<f64>; 3], Option<String>) {
        (Near::circle(self.near), self.area.as_ref().map(Area::wkt))
    }
}

/// How many rows a page of a list shows.
pub const PAGE_SIZE: i64 = 24;

/// Where in a list a reader is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paging {
    /// Current page, from 1.
    pub page: i64,
    /// How many pages there are, at least 1.
    pub pages: i64,
    /// How many rows there are in all.
    pub total: i64,
}

impl Paging {
    /// Reads `page` for a list of `total` rows. A page past the end is the last one: lists shrink while people read.
    ///
    /// # Errors
    /// `page` is not a positive number.
    pub fn parse(params: &Params, total: i64) -> Result<Self> {
        let page = params.parsed::<i64>("page", "a page number from 1")?.unwrap_or(1);
        if page < 1 {
            return Err(Error::parameter("page", format!("“{page}” is not a page number from 1")));
        }
        let pages = ((total + PAGE_SIZE - 1) / PAGE_SIZE).max(1);
        Ok(Self { page: page.min(pages), pages, total })
    }

    /// Reads `page` for a list of this many rows.
    ///
    /// # Errors
    /// As [`Paging::parse`].
    pub fn of(params: &Params, total: usize) -> Result<Self> {
        Self::parse(params, i64::try_from(total).unwrap_or(i64::MAX))
    }

    /// Rows to skip.
    pub fn offset(&self) -> i64 {
        (self.page - 1) * PAGE_SIZE
    }

    /// The page before.
    pub fn previous(&self) -> Option<i64> {
        (self.page > 1).then(|| self.page - 1)
    }

    /// The page after.
    pub fn next(&self) -> Option<i64> {
        (self.page < self.pages).then(|| self.page + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_stay_in_the_list() {
        let paging = |query: &str, total| Paging::parse(&Params::parse(query), total);
        let last = paging("page=99", 25).expect("a page");
        assert_eq!((last.page, last.pages, last.offset(), last.next()), (2, 2, 24, None));
        assert_eq!(paging("", 0).expect("a page").pages, 1);
        assert!(paging("page=0", 9).is_err() && paging("page=x", 9).is_err());
    }

    #[test]
    fn a_bad_box_is_refused_by_name() {
        let error = Common::parse(&Params::parse("bbox=1,2,3")).expect_err("refused");
        assert!(matches!(error, Error::BadParameter { parameter, .. } if parameter == "bbox"));
    }
}
