//! Geometry in words: GeoJSON, well-known text, and the binary of a GeoPackage. Coordinates keep every digit that they have.

use std::fmt::Write as _;

use geo::{Coord, Geometry, LineString, Polygon};
use geozero::{CoordDimensions, ToWkb};

use crate::error::{Error, Result};

/// How coordinates are written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Axes {
    /// The second coordinate comes first.
    pub flip: bool,
    /// Decimals at most; none = as many as they have.
    pub decimals: Option<usize>,
}

impl Axes {
    /// x, y, exactly.
    pub const PLAIN: Self = Self { flip: false, decimals: None };
}

/// Brackets and separators of a way of writing.
struct Style {
    open: char,
    close: char,
    between: char,
    /// Positions have brackets of their own.
    bracketed: bool,
    axes: Axes,
}

impl Style {
    fn position(&self, out: &mut String, at: Coord) {
        let (x, y) = if self.axes.flip { (at.y, at.x) } else { (at.x, at.y) };
        let number = |out: &mut String, value: f64| {
            let written = match self.axes.decimals {
                Some(decimals) => {
                    let scale = 10_f64.powi(i32::try_from(decimals).unwrap_or(9));
                    write!(out, "{}", (value * scale).round() / scale)
                }
                None => write!(out, "{value}"),
            };
            debug_assert!(written.is_ok(), "a String takes everything");
        };
        if self.bracketed {
            out.push(self.open);
        }
        number(out, x);
        out.push(self.between);
        number(out, y);
        if self.bracketed {
            out.push(self.close);
        }
    }

    fn list<T>(&self, out: &mut String, parts: impl IntoIterator<Item = T>, mut each: impl FnMut(&mut String, T)) {
        out.push(self.open);
        for (i, part) in parts.into_iter().enumerate() {
            if i > 0 {
                out.push(',');
            }
            each(out, part);
        }
        out.push(self.close);
    }

    fn line(&self, out: &mut String, line: &LineString) {
        self.list(out, &line.0, |out, at| self.position(out, *at));
    }

    fn polygon(&self, out: &mut String, polygon: &Polygon) {
        let rings = std::iter::once(polygon.exterior()).chain(polygon.interiors());
        self.list(out, rings, |out, ring| self.line(out, ring));
    }

    /// Coordinates of a geometry, with its name in the two ways of writing; collections have none.
    fn coordinates(&self, out: &mut String, geometry: &Geometry) -> Option<()> {
        match geometry {
            Geometry::Point(point) if self.bracketed => self.position(out, point.0),
            Geometry::Point(point) => self.list(out, [point.0], |out, at| self.position(out, at)),
            Geometry::MultiPoint(points) => self.list(out, &points.0, |out, point| self.position(out, point.0)),
            Geometry::LineString(line) => self.line(out, line),
            Geometry::MultiLineString(lines) => self.list(out, &lines.0, |out, line| self.line(out, line)),
            Geometry::Polygon(polygon) => self.polygon(out, polygon),
            Geometry::MultiPolygon(polygons) => self.list(out, &polygons.0, |out, one| self.polygon(out, one)),
            _ => return None,
        }
        Some(())
    }
}

fn name(geometry: &Geometry) -> &'static str {
    match geometry {
        Geometry::Point(_) => "Point",
        Geometry::MultiPoint(_) => "MultiPoint",
        Geometry::LineString(_) => "LineString",
        Geometry::MultiLineString(_) => "MultiLineString",
        Geometry::Polygon(_) => "Polygon",
        _ => "MultiPolygon",
    }
}

/// A GeoJSON geometry; `null` for kinds of geometry that the site does not keep.
pub fn geojson(out: &mut String, geometry: &Geometry, axes: Axes) {
    let style = Style { open: '[', close: ']', between: ',', bracketed: true, axes };
    let begin = out.len();
    out.push_str("{\"type\":\"");
    out.push_str(name(geometry));
    out.push_str("\",\"coordinates\":");
    if style.coordinates(out, geometry).is_some() {
        out.push('}');
    } else {
        out.truncate(begin);
        out.push_str("null");
    }
}

/// Well-known text; empty for kinds of geometry that the site does not keep.
pub fn wkt(geometry: &Geometry) -> String {
    let style = Style { open: '(', close: ')', between: ' ', bracketed: false, axes: Axes::PLAIN };
    let mut out = name(geometry).to_ascii_uppercase();
    out.push(' ');
    if style.coordinates(&mut out, geometry).is_none() {
        out.clear();
    }
    out
}

/// A geometry of a GeoPackage (OGC 12-128r18, 2.1.3): header without envelope, then well-known binary.
///
/// # Errors
/// The geometry cannot be written.
pub fn gpkg(geometry: &Geometry, srid: i32) -> Result<Vec<u8>> {
    // Magic, version 0, little-endian and no envelope.
    let mut bytes = vec![b'G', b'P', 0, 1];
    bytes.extend_from_slice(&srid.to_le_bytes());
    bytes.extend(geometry.to_wkb(CoordDimensions::xy()).map_err(Error::internal)?);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use geo::{MultiPolygon, Point, polygon};

    use super::*;

    #[test]
    fn shapes_in_words() {
        let point = Geometry::from(Point::new(18.6, 53.012_345_678_901_234));
        let mut text = String::new();
        geojson(&mut text, &point, Axes::PLAIN);
        assert_eq!(text, "{\"type\":\"Point\",\"coordinates\":[18.6,53.012345678901234]}");
        assert_eq!(wkt(&point), "POINT (18.6 53.012345678901234)");
        let area = polygon!(exterior: [(x: 0., y: 0.), (x: 4., y: 0.), (x: 4., y: 4.)], interiors: [[(x: 1., y: 0.5), (x: 2., y: 0.5), (x: 2., y: 1.)]]);
        let area = Geometry::from(MultiPolygon(vec![area]));
        assert_eq!(wkt(&area), "MULTIPOLYGON (((0 0,4 0,4 4,0 0),(1 0.5,2 0.5,2 1,1 0.5)))");
        text.clear();
        geojson(&mut text, &area, Axes { flip: true, decimals: Some(0) });
        assert_eq!(
            text,
            "{\"type\":\"MultiPolygon\",\"coordinates\":[[[[0,0],[0,4],[4,4],[0,0]],[[1,1],[1,2],[1,2],[1,1]]]]}"
        );
    }

    #[test]
    fn a_geopackage_point_has_its_header() {
        let bytes = gpkg(&Point::new(1.0, 2.0).into(), 4326).expect("bytes");
        assert_eq!(bytes[..8], [b'G', b'P', 0, 1, 0xE6, 0x10, 0, 0]);
        assert_eq!(bytes.len(), 8 + 5 + 16);
    }
}
