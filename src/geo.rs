//! Geography without input or output: bounding box, tile coordinate, Web Mercator, and the geometry column.
//!
//! Longitude and latitude are degrees in WGS 84 (EPSG:4326), longitude first. "World" coordinates are Web Mercator
//! scaled so that the whole map is the square from 0 to 1: x grows to the east, y to the south, as tiles are numbered.

use std::f64::consts::PI;

use geozero::wkb::Ewkb;
use geozero::{CoordDimensions, ToGeo, ToWkb};
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArgumentBuffer, PgHasArrayType, PgTypeInfo, PgValueFormat, PgValueRef, Postgres};

/// Latitude, in degrees, at which the square of Web Mercator ends, north and south.
pub const MAX_LATITUDE: f64 = 85.051_128_779_806_59;

/// Highest zoom of a tile that can be asked for.
pub const MAX_ZOOM: u8 = 22;

/// What is wrong with a bounding box or a tile coordinate, as a sentence that says what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct GeoError(String);

/// A box of longitudes and latitudes, in degrees; it never crosses the antimeridian.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bbox {
    /// Smallest longitude.
    pub west: f64,
    /// Smallest latitude.
    pub south: f64,
    /// Greatest longitude.
    pub east: f64,
    /// Greatest latitude.
    pub north: f64,
}

impl Bbox {
    /// The whole earth as far as Web Mercator shows it.
    pub const WORLD: Self = Self { west: -180.0, south: -MAX_LATITUDE, east: 180.0, north: MAX_LATITUDE };

    /// Reads `minlon,minlat,maxlon,maxlat`, or six numbers with a height after each corner (heights are ignored), as in
    /// OGC API – Features 1.0, 7.15.3.
    ///
    /// # Errors
    /// A sentence that names the fault: not four or six numbers, a value out of range, edges in the wrong order, or a
    /// box across the antimeridian.
    pub fn parse(text: &str) -> Result<Self, GeoError> {
        let fail = |message: String| Err(GeoError(message));
        let mut numbers = Vec::with_capacity(6);
        for part in text.split(',') {
            match part.trim().parse::<f64>() {
                Ok(number) if number.is_finite() => numbers.push(number),
                _ => return fail(format!("bbox: \"{}\" is not a number", part.trim())),
            }
        }
        let [west, south, east, north] = match numbers[..] {
            [west, south, east, north] | [west, south, _, east, north, _] => [west, south, east, north],
            _ => {
                return fail(format!(
                    "bbox has {} numbers; it takes 4 (minlon,minlat,maxlon,maxlat) or 6 (with heights)",
                    numbers.len()
                ));
            }
        };
        for longitude in [west, east] {
            if !(-180.0..=180.0).contains(&longitude) {
                return fail(format!("bbox: longitude {longitude} is outside -180 to 180"));
            }
        }
        for latitude in [south, north] {
            if !(-90.0..=90.0).contains(&latitude) {
                return fail(format!("bbox: latitude {latitude} is outside -90 to 90"));
            }
        }
        if west > east {
            return fail(format!(
                "bbox: minlon {west} is greater than maxlon {east}; a box across the antimeridian is not supported, ask for its two halves"
            ));
        }
        if south > north {
            return fail(format!("bbox: minlat {south} is greater than maxlat {north}"));
        }
        Ok(Self { west, south, east, north })
    }

    /// West, south, east, north: the order of GeoJSON and TileJSON.
    pub fn to_array(self) -> [f64; 4] {
        [self.west, self.south, self.east, self.north]
    }

    /// The smallest box around both.
    pub fn union(self, other: Self) -> Self {
        Self {
            west: self.west.min(other.west),
            south: self.south.min(other.south),
            east: self.east.max(other.east),
            north: self.north.max(other.north),
        }
    }

    /// Whether the point lies in the box or on its edge.
    pub fn contains(self, longitude: f64, latitude: f64) -> bool {
        (self.west..=self.east).contains(&longitude) && (self.south..=self.north).contains(&latitude)
    }
}

/// Address of a tile in the XYZ scheme: y counts from the north.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TileCoord {
    z: u8,
    x: u32,
    y: u32,
}

impl TileCoord {
    /// A tile that exists.
    ///
    /// # Errors
    /// A sentence that names the number out of range and its range.
    pub fn new(z: u8, x: u32, y: u32) -> Result<Self, GeoError> {
        if z > MAX_ZOOM {
            return Err(GeoError(format!("zoom {z} is outside 0 to {MAX_ZOOM}")));
        }
        let last = (1u32 << z) - 1;
        for (name, value) in [("x", x), ("y", y)] {
            if value > last {
                return Err(GeoError(format!("{name} {value} is outside 0 to {last} at zoom {z}")));
            }
        }
        Ok(Self { z, x, y })
    }

    /// The tile named by three parts of a path.
    ///
    /// # Errors
    /// A sentence that names the part that is not a whole number, or is out of range.
    pub fn parse(z: &str, x: &str, y: &str) -> Result<Self, GeoError> {
        let number = |name: &str, text: &str| {
            // Only digits: `parse` would take "+1" too, and a tile should have one address.
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            let value = text.parse::<u32>().ok().filter(|_| digits);
            value.ok_or_else(|| GeoError(format!("{name} \"{text}\" is not a whole number in range")))
        };
        let zoom = number("zoom", z)?;
        let zoom = u8::try_from(zoom).map_err(|_| GeoError(format!("zoom {zoom} is outside 0 to {MAX_ZOOM}")))?;
        Self::new(zoom, number("x", x)?, number("y", y)?)
    }

    /// Zoom.
    pub fn z(self) -> u8 {
        self.z
    }

    /// Column, from the west.
    pub fn x(self) -> u32 {
        self.x
    }

    /// Row, from the north.
    pub fn y(self) -> u32 {
        self.y
    }

    /// Edges in world coordinates: least x, least y (north), greatest x, greatest y (south).
    pub fn world_bounds(self) -> [f64; 4] {
        let size = 1.0 / f64::from(1u32 << self.z);
        let (x, y) = (f64::from(self.x), f64::from(self.y));
        [x * size, y * size, (x + 1.0) * size, (y + 1.0) * size]
    }

    /// Edges in metres of Web Mercator (EPSG:3857): west, south, east, north.
    pub fn mercator_bounds(self) -> [f64; 4] {
        const HALF: f64 = 6_378_137.0 * PI;
        let [x0, y0, x1, y1] = self.world_bounds();
        [(2.0 * x0 - 1.0) * HALF, (1.0 - 2.0 * y1) * HALF, (2.0 * x1 - 1.0) * HALF, (1.0 - 2.0 * y0) * HALF]
    }

    /// Edges in degrees.
    pub fn bbox(self) -> Bbox {
        let [x0, y0, x1, y1] = self.world_bounds();
        let ((west, north), (east, south)) = (from_world(x0, y0), from_world(x1, y1));
        Bbox { west, south, east, north }
    }
}

/// World coordinates of a longitude and latitude in degrees. A latitude beyond [`MAX_LATITUDE`] lands outside 0 to 1,
/// the poles at infinity, and what is not a number stays one: the caller decides what to do with them.
pub fn to_world(longitude: f64, latitude: f64) -> (f64, f64) {
    let sine = latitude.to_radians().sin();
    (longitude / 360.0 + 0.5, 0.5 - ((1.0 + sine) / (1.0 - sine)).ln() / (4.0 * PI))
}

/// Longitude and latitude, in degrees, of world coordinates.
pub fn from_world(x: f64, y: f64) -> (f64, f64) {
    ((x - 0.5) * 360.0, (PI * (1.0 - 2.0 * y)).sinh().atan().to_degrees())
}

/// A value of a PostGIS `geometry(…, 4326)` column, in and out.
///
/// Written here because geozero's own sqlx support is tied to an older sqlx; geometry types of `geo` carry no SRID, so it
/// is set on the way in and checked on the way out.
#[derive(Debug, Clone, PartialEq)]
pub struct Geom(pub geo::Geometry<f64>);

const SRID: i32 = 4326;

impl sqlx::Type<Postgres> for Geom {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_name("geometry")
    }
}

impl PgHasArrayType for Geom {
    fn array_type_info() -> PgTypeInfo {
        PgTypeInfo::with_name("_geometry")
    }
}

impl sqlx::Encode<'_, Postgres> for Geom {
    fn encode_by_ref(&self, buf: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        buf.extend_from_slice(&self.0.to_ewkb(CoordDimensions::xy(), Some(SRID))?);
        Ok(IsNull::No)
    }
}

impl sqlx::Decode<'_, Postgres> for Geom {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        if value.format() != PgValueFormat::Binary {
            return Err("a geometry is read in binary form only: use a prepared query".into());
        }
        let bytes = value.as_bytes()?;
        if let Some(srid) = ewkb_srid(bytes)
            && srid != SRID
        {
            return Err(format!("geometry has SRID {srid}, expected {SRID}").into());
        }
        Ok(Self(Ewkb(bytes).to_geo()?))
    }
}

/// The same as it is read, or why it cannot be: one row with a geometry of a kind that `geo` does not know (an arc) must not keep
/// all the others from being read.
#[derive(Debug, Clone, PartialEq)]
pub struct MaybeGeom(pub Result<geo::Geometry<f64>, String>);

impl sqlx::Type<Postgres> for MaybeGeom {
    fn type_info() -> PgTypeInfo {
        Geom::type_info()
    }
}

impl sqlx::Decode<'_, Postgres> for MaybeGeom {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        let read = <Geom as sqlx::Decode<'_, Postgres>>::decode(value);
        Ok(Self(read.map(|geom| geom.0).map_err(|error| format!("it cannot be read: {error}"))))
    }
}

/// SRID in the header of an EWKB value, if it has one.
fn ewkb_srid(bytes: &[u8]) -> Option<i32> {
    let header: [u8; 9] = bytes.get(..9)?.try_into().ok()?;
    let [order, t0, t1, t2, t3, s0, s1, s2, s3] = header;
    let read = |bytes: [u8; 4]| {
        if order == 0 { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
    };
    let has_srid = read([t0, t1, t2, t3]) & 0x2000_0000 != 0;
    has_srid.then(|| read([s0, s1, s2, s3]).cast_signed())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn message(text: &str) -> String {
        Bbox::parse(text).unwrap_err().to_string()
    }

    #[test]
    fn bbox_of_four_or_six_numbers() {
        let torun = Bbox { west: 18.46, south: 52.95, east: 18.72, north: 53.07 };
        assert_eq!(Bbox::parse("18.46,52.95,18.72,53.07"), Ok(torun));
        assert_eq!(Bbox::parse(" 18.46, 52.95,0, 18.72,53.07,100 "), Ok(torun));
        assert!(torun.contains(18.6, 53.0) && !torun.contains(18.6, 54.0));
    }

    #[test]
    fn bad_bbox_says_why() {
        assert!(message("").contains("\"\" is not a number"));
        assert!(message("1,2,3").contains("has 3 numbers; it takes 4"));
        assert!(message("1,2,3,x").contains("\"x\" is not a number"));
        assert!(message("1,2,NaN,4").contains("\"NaN\" is not a number"));
        assert!(message("1,2,inf,4").contains("\"inf\" is not a number"));
        assert!(message("-181,2,3,4").contains("longitude -181 is outside"));
        assert!(message("1,2,3,91").contains("latitude 91 is outside"));
        assert!(message("170,0,-170,10").contains("antimeridian"));
        assert!(message("1,5,3,4").contains("minlat 5 is greater than maxlat 4"));
    }

    #[test]
    fn tile_coordinates_are_checked() {
        assert!(TileCoord::new(22, (1 << 22) - 1, 0).is_ok());
        assert_eq!(TileCoord::new(23, 0, 0).unwrap_err().to_string(), "zoom 23 is outside 0 to 22");
        assert_eq!(TileCoord::new(1, 2, 0).unwrap_err().to_string(), "x 2 is outside 0 to 1 at zoom 1");
        assert!(TileCoord::parse("300", "0", "0").unwrap_err().to_string().contains("zoom 300"));
        assert!(TileCoord::parse("3", "-1", "0").unwrap_err().to_string().contains("x \"-1\""));
        assert!(TileCoord::parse("3", "+1", "0").is_err());
        assert!(TileCoord::parse("3", "1", "").is_err());
        assert_eq!(TileCoord::parse("3", "1", "2"), TileCoord::new(3, 1, 2));
    }

    #[test]
    fn tile_bounds() {
        let tile = TileCoord::new(1, 0, 1).unwrap();
        let bbox = tile.bbox();
        assert_eq!((bbox.west, bbox.east), (-180.0, 0.0));
        assert!((bbox.south + MAX_LATITUDE).abs() < 1e-9 && bbox.north.abs() < 1e-9);
        let [west, south, east, north] = tile.mercator_bounds();
        assert!((west + 20_037_508.342_789_244).abs() < 1e-6 && (south + 20_037_508.342_789_244).abs() < 1e-6);
        assert_eq!((east, north), (0.0, 0.0));
    }

    #[test]
    fn ewkb_srid_is_read() {
        let point: geo::Geometry<f64> = geo::Point::new(18.6, 53.0).into();
        let with = point.to_ewkb(CoordDimensions::xy(), Some(2180)).unwrap();
        assert_eq!(ewkb_srid(&with), Some(2180));
        let without = point.to_ewkb(CoordDimensions::xy(), None).unwrap();
        assert_eq!(ewkb_srid(&without), None);
        assert_eq!(ewkb_srid(&[]), None);
    }

    proptest! {
        #[test]
        fn world_and_back(longitude in -180.0..180.0f64, latitude in -85.05..85.05f64) {
            let (x, y) = to_world(longitude, latitude);
            prop_assert!((0.0..=1.0).contains(&x) && (0.0..=1.0).contains(&y));
            let (back_lon, back_lat) = from_world(x, y);
            prop_assert!((back_lon - longitude).abs() < 1e-9 && (back_lat - latitude).abs() < 1e-9);
        }

        #[test]
        fn parsing_never_panics(text in ".{0,40}") {
            let _ = Bbox::parse(&text);
            let _ = TileCoord::parse(&text, &text, &text);
        }
    }
}
