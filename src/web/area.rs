//! Where things have to be: near a place (`near`, `radius_m`), or in an area that somebody drew (`area`).

use geo::{Area as _, BoundingRect as _, Distance as _, Haversine, LineString, Point, Polygon, Validation};

use super::Params;
use crate::error::{Error, Result};
use crate::geo::Bbox;

/// Widest circle, metres.
const WIDEST_M: f64 = 200_000.0;

/// Most corners of an area.
const MOST_CORNERS: usize = 100;

/// Units to a degree in an encoded area: about a metre.
const PRECISION: f64 = 1e5;

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

    /// How far a place is from it, metres on the sphere.
    pub fn metres_to(self, place: [f64; 2]) -> f64 {
        Haversine.distance(Point::from(self.place), Point::from(place))
    }

    /// Its longitude and latitude for an order by distance; each absent without a place.
    pub fn middle(near: Option<Self>) -> [Option<f64>; 2] {
        near.map_or([None; 2], |near| near.place.map(Some))
    }

    /// Longitude, latitude and radius for a query; each absent where nothing is asked.
    pub fn circle(near: Option<Self>) -> [Option<f64>; 3] {
        match near {
            Some(Self { place: [lon, lat], radius_m: Some(radius) }) => [Some(lon), Some(lat), Some(radius)],
            _ => [None; 3],
        }
    }
}

/// A polygon without holes, its sides straight in longitude and latitude.
#[derive(Debug, Clone, PartialEq)]
pub struct Area(Polygon);

impl Area {
    /// Reads `area`: an encoded polyline (Google's algorithm) of longitude and latitude in steps of 0.00001 degree, longitude first,
    /// of 3 to 100 corners. The last corner is joined to the first, whether it repeats it or not.
    ///
    /// # Errors
    /// It is no such line, leaves the map, or crosses itself.
    pub fn parse(params: &Params) -> Result<Option<Self>> {
        let Some(text) = params.one("area")? else { return Ok(None) };
        let wrong = |why: &str| Error::parameter("area", why.to_owned());
        let mut corners = decode(text).ok_or_else(|| wrong("is not an encoded line of longitudes and latitudes"))?;
        if corners.len() > 1 && corners.first() == corners.last() {
            corners.pop();
        }
        if !(3..=MOST_CORNERS).contains(&corners.len()) {
            return Err(wrong(&format!("does not have 3 to {MOST_CORNERS} corners")));
        }
        if corners.iter().any(|[lon, lat]| lon.abs() > 180.0 || lat.abs() > 85.05) {
            return Err(wrong("has a corner outside the map"));
        }
        let polygon = Polygon::new(LineString::from_iter(corners), Vec::new());
        if !polygon.is_valid() || polygon.unsigned_area() == 0.0 {
            return Err(wrong("crosses or touches itself"));
        }
        Ok(Some(Self(polygon)))
    }

    /// The area of a polygon in degrees.
    pub fn of(polygon: Polygon) -> Self {
        Self(polygon)
    }

    /// The smallest box around it.
    pub fn bbox(&self) -> Option<Bbox> {
        let rectangle = self.0.bounding_rect()?;
        let ((west, south), (east, north)) = (rectangle.min().x_y(), rectangle.max().x_y());
        Some(Bbox { west, south, east, north })
    }

    /// As well-known text, longitude first.
    pub fn wkt(&self) -> String {
        let corners: Vec<String> =
            self.0.exterior().coords().map(|corner| format!("{} {}", corner.x, corner.y)).collect();
        format!("POLYGON(({}))", corners.join(","))
    }
}

/// The points of an encoded polyline; nothing where the text is none.
fn decode(text: &str) -> Option<Vec<[f64; 2]>> {
    let mut numbers = Vec::new();
    let (mut value, mut shift) = (0_i64, 0);
    for byte in text.bytes() {
        let bits = i64::from(byte.checked_sub(63)?);
        // A degree of the whole earth in these steps takes six characters.
        if bits > 63 || shift > 25 {
            return None;
        }
        value |= (bits & 31) << shift;
        shift += 5;
        if bits < 32 {
            numbers.push(if value & 1 == 1 { !(value >> 1) } else { value >> 1 });
            (value, shift) = (0, 0);
        }
        if numbers.len() > 2 * (MOST_CORNERS + 1) {
            return None;
        }
    }
    if shift != 0 || numbers.len() % 2 != 0 {
        return None;
    }
    let (mut lon, mut lat) = (0_i64, 0_i64);
    let point = |step: &[i64]| {
        lon += step[0];
        lat += step[1];
        // Far below 2^53, which a double holds exactly.
        #[expect(clippy::cast_precision_loss)]
        [lon as f64 / PRECISION, lat as f64 / PRECISION]
    };
    Some(numbers.chunks_exact(2).map(point).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Longitudes and latitudes as an encoded polyline.
    fn encode(corners: &[[f64; 2]]) -> String {
        let (mut text, mut before) = (String::new(), [0_i64; 2]);
        for corner in corners {
            for axis in 0..2 {
                let now = (corner[axis] * PRECISION).round() as i64;
                let step = now - std::mem::replace(&mut before[axis], now);
                let mut left = if step < 0 { !(step << 1) } else { step << 1 };
                while left >= 32 {
                    text.push(char::from(((left & 31) | 32) as u8 + 63));
                    left >>= 5;
                }
                text.push(char::from(left as u8 + 63));
            }
        }
        text
    }

    fn area(text: &str) -> Result<Option<Area>> {
        Area::parse(&Params::parse(&form_urlencoded::Serializer::new(String::new()).append_pair("area", text).finish()))
    }

    #[test]
    fn areas_are_read_or_refused() {
        // The example of the algorithm's description, its axes as they come.
        assert_eq!(
            decode("_p~iF~ps|U_ulLnnqC_mqNvxq`@"),
            Some(vec![[38.5, -120.2], [40.7, -120.95], [43.252, -126.453]])
        );
        let square = [[18.5, 53.0], [18.7, 53.0], [18.7, 53.05], [18.5, 53.05]];
        let open = area(&encode(&square)).expect("good").expect("one");
        assert_eq!(open.wkt(), "POLYGON((18.5 53,18.7 53,18.7 53.05,18.5 53.05,18.5 53))");
        let closed = [square.as_slice(), &square[..1]].concat();
        assert_eq!(area(&encode(&closed)).expect("good").expect("one"), open);
        let circle = |n: usize| -> Vec<[f64; 2]> {
            let angle = |i| f64::from(u32::try_from(i).expect("few")) / n as f64 * std::f64::consts::TAU;
            (0..n).map(|i| [18.6 + angle(i).cos() / 10.0, 53.0 + angle(i).sin() / 10.0]).collect()
        };
        assert!(area(&encode(&circle(100))).is_ok());
        for bad in [
            "x".to_owned(),
            "ąę".to_owned(),
            "~~~~~~~~~~~~~~~".to_owned(),
            encode(&square[..2]),
            encode(&[[18.5, 53.0], [18.6, 53.0], [18.7, 53.0]]),
            encode(&[[18.5, 53.0], [18.7, 53.05], [18.7, 53.0], [18.5, 53.05]]),
            encode(&[[18.5, 53.0], [18.5, 53.0], [18.5, 53.0], [18.5, 53.0]]),
            encode(&[[179.0, 53.0], [181.0, 53.0], [180.0, 54.0]]),
            encode(&circle(101)),
        ] {
            let refused = area(&bad).expect_err(&bad);
            assert!(matches!(refused, Error::BadParameter { parameter, .. } if parameter == "area"), "{bad}");
        }
    }

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
}
