//! What a list, the map and an export narrow the premises by.

use time::Date;

use super::{STATUSES, USES};
use crate::error::{Error, Result};
use crate::web::Params;
use crate::web::format::parse_iso_date;
use crate::web::list::Common;

/// Filters of the premises; the default lets everything through, as of today.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter {
    /// Filters of any layer.
    pub common: Common,
    /// Any of these statuses; empty = all.
    pub statuses: Vec<String>,
    /// Any of these uses; empty = all.
    pub uses: Vec<String>,
    /// Smallest usable area, m².
    pub area_min_m2: Option<f64>,
    /// Greatest usable area, m².
    pub area_max_m2: Option<f64>,
    /// Only what a wheelchair user gets into without help.
    pub accessible: bool,
    /// Any of these administrators, by slug; empty = all.
    pub administrators: Vec<String>,
    /// Status as of this day; none = today.
    pub on: Option<Date>,
}

impl Filter {
    /// Names of its parameters.
    pub const PARAMS: &[&str] = &[
        "q",
        "bbox",
        "within",
        "status",
        "use",
        "area_min",
        "area_max",
        "accessible",
        "administrator",
        "on",
        "near",
        "radius_m",
        "area",
    ];

    /// Reads it from the query string.
    ///
    /// # Errors
    /// A value is unknown, malformed, negative, or `area_min` is above `area_max`; the parameter is named.
    pub fn parse(params: &Params) -> Result<Self> {
        let area_min_m2 = area(params, "area_min")?;
        let area_max_m2 = area(params, "area_max")?;
        if let (Some(min), Some(max)) = (area_min_m2, area_max_m2)
            && min > max
        {
            return Err(Error::parameter("area_min", format!("{min} m² is more than area_max, {max} m²")));
        }
        let accessible = match params.one("accessible")? {
            None => false,
            Some("true") => true,
            Some(other) => {
                return Err(Error::parameter("accessible", format!("“{other}” is not true; leave it out to see all")));
            }
        };
        let on = params
            .one("on")?
            .map(|text| {
                parse_iso_date(text)
                    .ok_or_else(|| Error::parameter("on", format!("“{text}” is not a day written as 2026-11-21")))
            })
            .transpose()?;
        Ok(Self {
            common: Common::parse(params)?,
            statuses: params.codes("status", STATUSES)?,
            uses: params.codes("use", USES)?,
            area_min_m2,
            area_max_m2,
            accessible,
            administrators: params.texts("administrator")?,
            on,
        })
    }
}

fn area(params: &Params, name: &str) -> Result<Option<f64>> {
    let expected = "an area in m² from 0, with a decimal point";
    match params.parsed::<f64>(name, expected)? {
        Some(value) if !value.is_finite() || value < 0.0 => {
            Err(Error::parameter(name, format!("“{value}” is not {expected}")))
        }
        value => Ok(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(query: &str) -> Result<Filter> {
        Filter::parse(&Params::parse(query))
    }

    #[test]
    fn every_parameter_is_read() {
        let filter = parse(
            "q=a&bbox=18,53,19,54&within=bielany&status=open_call&status=free&use=shop&area_min=20&area_max=60.5\
             &accessible=true&administrator=zgm&on=2025-01-31",
        )
        .expect("a filter");
        assert_eq!(filter.statuses, ["free", "open_call"]);
        assert_eq!((filter.area_min_m2, filter.area_max_m2), (Some(20.0), Some(60.5)));
        assert!(filter.accessible && filter.on == Some(time::macros::date!(2025 - 01 - 31)));
        assert_eq!(parse("status=&area_min=").expect("empty ones are absent"), Filter::default());
    }

    #[test]
    fn a_wrong_value_names_its_parameter() {
        for (query, name) in [
            ("status=fre", "status"),
            ("use=palace", "use"),
            ("area_min=-1", "area_min"),
            ("area_max=inf", "area_max"),
            ("area_max=30m", "area_max"),
            ("area_min=50&area_max=20", "area_min"),
            ("accessible=yes", "accessible"),
            ("on=31.01.2025", "on"),
            ("on=2025-02-30", "on"),
        ] {
            let error = parse(query).expect_err(query);
            assert!(matches!(&error, Error::BadParameter { parameter, .. } if parameter == name), "{query}: {error}");
        }
    }
}
