//! Well-known text (OGC 06-103r4) of the shapes the importer takes, with or without `SRID=number;` before it.

use geo::{Coord, Geometry, LineString, MultiLineString, MultiPolygon, Point, Polygon};

use super::source::closed;

/// Reads a geometry, and the EPSG code before it.
///
/// # Errors
/// Not well-known text, or of another type.
pub fn parse(text: &str) -> Result<(Geometry<f64>, Option<i32>), String> {
    let mut text = text.trim();
    let mut srid = None;
    if let Some((before, rest)) = text.split_once(';') {
        let number = before.trim().to_ascii_uppercase();
        srid = number.strip_prefix("SRID=").and_then(|number| number.parse().ok());
        if srid.is_none() {
            return Err(format!("\"{}\" is no SRID=NUMBER", before.trim()));
        }
        text = rest.trim();
    }
    let (kind, rest) = text.split_at(text.find('(').ok_or("is not well-known text, as in POINT (18.6 53.01)")?);
    let mut reader = Reader { rest };
    let shape = match kind.trim().to_ascii_uppercase().as_str() {
        "POINT" | "POINT Z" => {
            let mut positions = reader.list(Reader::position)?;
            match (positions.pop(), positions.is_empty()) {
                (Some(position), true) => Geometry::Point(Point(position)),
                _ => return Err("a POINT has one position".to_owned()),
            }
        }
        "LINESTRING" | "LINESTRING Z" => Geometry::LineString(reader.line(2)?),
        "MULTILINESTRING" | "MULTILINESTRING Z" => {
            Geometry::MultiLineString(MultiLineString(reader.list(|reader| reader.line(2))?))
        }
        "POLYGON" | "POLYGON Z" => Geometry::Polygon(reader.polygon()?),
        "MULTIPOLYGON" | "MULTIPOLYGON Z" => Geometry::MultiPolygon(MultiPolygon(reader.list(Reader::polygon)?)),
        other => return Err(format!("\"{other}\" is no type that can be used (POINT, LINESTRING, POLYGON, MULTI…)")),
    };
    if reader.rest.trim().is_empty() {
        Ok((shape, srid))
    } else {
        Err(format!("\"{}\" after the end", reader.rest.trim()))
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn take(&mut self, wanted: char) -> bool {
        let rest = self.rest.trim_start().strip_prefix(wanted);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// `( item, item … )`
    fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> Result<T, String>) -> Result<Vec<T>, String> {
        if !self.take('(') {
            return Err("a \"(\" is missing".to_owned());
        }
        let mut items = vec![item(self)?];
        while self.take(',') {
            items.push(item(self)?);
        }
        if self.take(')') { Ok(items) } else { Err("a \")\" is missing".to_owned()) }
    }

    fn position(&mut self) -> Result<Coord<f64>, String> {
        let end = self.rest.find([',', ')', '(']).unwrap_or(self.rest.len());
        let (words, rest) = self.rest.split_at(end);
        self.rest = rest;
        let numbers: Result<Vec<f64>, _> = words.split_whitespace().map(str::parse).collect();
        match numbers.as_deref() {
            Ok([x, y] | [x, y, _]) if x.is_finite() && y.is_finite() => Ok(Coord { x: *x, y: *y }),
            _ => Err(format!("\"{}\" is no position: two numbers with a space between are needed", words.trim())),
        }
    }

    fn line(&mut self, least: usize) -> Result<LineString<f64>, String> {
        let line = LineString(self.list(Self::position)?);
        if line.0.len() < least { Err(format!("fewer than {least} positions")) } else { Ok(line) }
    }

    fn polygon(&mut self) -> Result<Polygon<f64>, String> {
        let mut rings = self.list(|reader| closed(reader.line(4)?))?.into_iter();
        let outer = rings.next().ok_or("a polygon without rings")?;
        Ok(Polygon::new(outer, rings.collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn shapes_are_read() {
        assert_eq!(
            parse("SRID=4326;POINT (2.7444 50.300099)"),
            Ok((Point::new(2.7444, 50.300_099).into(), Some(4326)))
        );
        assert_eq!(parse(" point(18.6 53.0 70) "), Ok((Point::new(18.6, 53.0).into(), None)));
        let square = "((0 0, 1 0, 1 1, 0 0), (0.1 0.1, 0.2 0.1, 0.2 0.2, 0.1 0.1))";
        assert!(
            matches!(parse(&format!("POLYGON {square}")), Ok((Geometry::Polygon(p), None)) if p.interiors().len() == 1)
        );
        assert!(
            matches!(parse(&format!("MULTIPOLYGON({square},{square})")), Ok((Geometry::MultiPolygon(p), None)) if p.0.len() == 2)
        );
        assert!(parse("LINESTRING(0 0,1 1)").is_ok() && parse("MULTILINESTRING((0 0,1 1))").is_ok());
    }

    #[test]
    fn faults_are_told() {
        for (text, part) in [
            ("18.6 53.0", "well-known text"),
            ("SRID=x;POINT(1 2)", "no SRID=NUMBER"),
            ("POINT(1)", "\"1\" is no position"),
            ("POINT(1 2", "\")\" is missing"),
            ("POINT(1 2) x", "after the end"),
            ("POINT(1 2,3 4)", "one position"),
            ("POLYGON((0 0,1 0,1 1,0 1))", "not closed"),
            ("CIRCLE(1 2)", "no type"),
        ] {
            let reason = parse(text).expect_err(text);
            assert!(reason.contains(part), "{text}: {reason}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in "(POINT|POLYGON|;)?[(), 0-9.ż]{0,30}") {
            let _ = parse(&text);
        }
    }
}
