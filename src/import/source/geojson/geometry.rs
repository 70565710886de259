//! Geometries of GeoJSON features.

use geo::{Coord, Geometry, LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon};
use serde_json::Value;

use crate::import::source::closed;

/// A geometry; `null` is none.
///
/// # Errors
/// What is wrong with it.
pub fn geometry(value: &Value) -> Result<Option<Geometry<f64>>, String> {
    if value.is_null() {
        return Ok(None);
    }
    let kind = value.get("type").and_then(Value::as_str).ok_or("the geometry has no \"type\"")?;
    let coordinates = value.get("coordinates");
    let needed = || coordinates.ok_or_else(|| format!("the {kind} has no \"coordinates\""));
    let shape = match kind {
        "Point" => Geometry::Point(Point(position(needed()?)?)),
        "MultiPoint" => Geometry::MultiPoint(MultiPoint(each(needed()?, |value| Ok(Point(position(value)?)))?)),
        "LineString" => Geometry::LineString(line(needed()?, 2)?),
        "MultiLineString" => Geometry::MultiLineString(MultiLineString(each(needed()?, |value| line(value, 2))?)),
        "Polygon" => Geometry::Polygon(polygon(needed()?)?),
        "MultiPolygon" => Geometry::MultiPolygon(MultiPolygon(each(needed()?, polygon)?)),
        "GeometryCollection" => return Err("a GeometryCollection cannot be used; give one geometry".to_owned()),
        other => return Err(format!("\"{other}\" is no type of geometry")),
    };
    Ok(Some(shape))
}

fn each<T>(value: &Value, read: impl Fn(&Value) -> Result<T, String>) -> Result<Vec<T>, String> {
    let values = value.as_array().ok_or_else(|| format!("coordinates: {} where a list is needed", brief(value)))?;
    values.iter().map(read).collect()
}

fn position(value: &Value) -> Result<Coord<f64>, String> {
    let numbers = each(value, |number| {
        number.as_f64().ok_or_else(|| format!("coordinates: {} where a number is needed", brief(number)))
    })?;
    match numbers[..] {
        [x, y] | [x, y, ..] if x.is_finite() && y.is_finite() => Ok(Coord { x, y }),
        _ => Err(format!("coordinates: {} where longitude and latitude are needed", brief(value))),
    }
}

fn line(value: &Value, least: usize) -> Result<LineString<f64>, String> {
    let line = LineString(each(value, position)?);
    if line.0.len() < least {
        return Err(format!("coordinates: {} positions where at least {least} are needed", line.0.len()));
    }
    Ok(line)
}

fn polygon(value: &Value) -> Result<Polygon<f64>, String> {
    let mut rings = each(value, |ring| closed(line(ring, 4)?))?.into_iter();
    let outer = rings.next().ok_or("coordinates: a polygon without rings")?;
    Ok(Polygon::new(outer, rings.collect()))
}

/// How a value begins, to be told.
fn brief(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() > 40 { text.chars().take(40).chain(['…']).collect() } else { text }
}
