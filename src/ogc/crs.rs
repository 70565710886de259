//! Coordinate systems that features come in (OGC API – Features, part 2), with the order of their axes.

use crate::error::{Error, Result};
use crate::export::geojson::Coordinates;
use crate::web::Params;

/// A coordinate system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crs {
    /// WGS 84, longitude first: what is used where none is named.
    Crs84,
    /// WGS 84, latitude first.
    Wgs84,
    /// PL-1992, northing first as EPSG:2180 defines it.
    Pl1992,
    /// Web Mercator.
    Mercator,
}

impl Crs {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Crs84, Self::Wgs84, Self::Pl1992, Self::Mercator];

    /// Its address.
    pub fn uri(self) -> &'static str {
        match self {
            Self::Crs84 => "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
            Self::Wgs84 => "http://www.opengis.net/def/crs/EPSG/0/4326",
            Self::Pl1992 => "http://www.opengis.net/def/crs/EPSG/0/2180",
            Self::Mercator => "http://www.opengis.net/def/crs/EPSG/0/3857",
        }
    }

    /// Its number in PostGIS, which counts x before y whatever the axes are.
    pub fn srid(self) -> i32 {
        match self {
            Self::Crs84 | Self::Wgs84 => 4326,
            Self::Pl1992 => 2180,
            Self::Mercator => 3857,
        }
    }

    /// As far as the system reaches: least and greatest x and y. Beyond, coordinates come out as places elsewhere.
    pub fn reach(self) -> [f64; 4] {
        match self {
            Self::Crs84 | Self::Wgs84 => [-180.0, -90.0, 180.0, 90.0],
            // Poland with a good deal around it; the projection is a belt around 19° E.
            Self::Pl1992 => [-500_000.0, -500_000.0, 1_500_000.0, 1_500_000.0],
            Self::Mercator => {
                let half = 20_037_508.342_789_244;
                [-half, -half, half, half]
            }
        }
    }

    /// How coordinates are written: degrees exactly, metres to a millimetre.
    pub fn coordinates(self) -> Coordinates {
        Coordinates {
            flip: matches!(self, Self::Wgs84 | Self::Pl1992),
            decimals: matches!(self, Self::Pl1992 | Self::Mercator).then_some(3),
        }
    }

    /// Reads a parameter.
    ///
    /// # Errors
    /// It names another coordinate system.
    pub fn parse(params: &Params, name: &str) -> Result<Self> {
        let Some(uri) = params.one(name)? else { return Ok(Self::Crs84) };
        let known = || Self::ALL.map(Self::uri).join(", ");
        let found = Self::ALL.into_iter().find(|crs| crs.uri() == uri);
        found.ok_or_else(|| Error::parameter(name, format!("“{uri}” is not one of {}", known())))
    }
}
