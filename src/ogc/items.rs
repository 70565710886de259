//! Features of a collection, a page at a time, and single ones.

use axum::extract::State;
use axum::http::HeaderName;
use serde_json::Value;
use time::format_description::well_known::Rfc3339;
use time::{Date, OffsetDateTime, Time, UtcOffset};

use super::answer::{Form, link};
use super::crs::Crs;
use super::*;
use crate::api::find::{self, Filter};
use crate::api::lists::{about, part as part_of, record};
use crate::export::{About, Record, geojson, queries};
use crate::geo::Bbox;
use crate::web::Params;
use crate::web::area::Area;
use crate::web::format::parse_iso_date;

/// Most features of a page, and how many come unasked. Who asks for more gets as many (17-069r4, 7.15.2).
pub const MOST: i64 = 5000;
/// See [`MOST`].
pub const USUAL: i64 = 100;

const GEOJSON: &str = "application/geo+json";

/// A box is not narrower, metres.
const THIN_M: f64 = 0.001;

/// Parameters beside a collection's filters.
const ALSO: &[&str] = &["f", "lang", "limit", "offset", "bbox", "bbox-crs", "crs", "datetime"];

/// Filters of a collection by its attributes; what concerns places has parameters of its own here.
pub fn filters(kind: Kind) -> impl Iterator<Item = &'static str> {
    find::names(kind).iter().copied().filter(|name| !matches!(*name, "bbox" | "area"))
}

/// `GET /ogc/collections/{id}/items`
pub async fn items(State(app): State<App>, page: Page, headers: HeaderMap, path: Part) -> Result<Response> {
    let kind = collection(&part(path)?)?;
    let own: Vec<&str> = filters(kind).collect();
    let answer = Answer::new(page, &headers, &[&own, ALSO])?;
    let params = &answer.page.params;
    // The box is read here, for it may be in another coordinate system.
    let plain = Params::parse(&params.query(|name, _| own.contains(&name)));
    let mut filter = find::parse(kind, &plain, &[])?;
    let crs = Crs::parse(params, "crs")?;
    let span = datetime(params)?;
    let limit = whole(params, "limit", USUAL)?.min(MOST);
    if limit == 0 {
        return Err(Error::parameter("limit", "“0” is not a whole number from 1"));
    }
    let offset = whole(params, "offset", 0)?;
    let corners = bbox(params)?;
    if let Some(answer) = api::not_modified(&app, &headers) {
        return Ok(answer);
    }
    if let Some((corners, crs)) = corners {
        within(&app, &mut filter, corners, crs).await?;
    }
    let mut ids = filter.ids(&app.pool).await?.unwrap_or_default();
    let mut connection = app.pool.acquire().await?;
    if span != [None, None] {
        ids = queries::changed(&mut connection, kind, &ids, span, i64::MAX).await?;
        ids.sort_unstable();
    }
    let range = part_of(ids.len(), offset, limit);
    let slice = &ids[range.clone()];
    let records = queries::records(&mut connection, kind, Some(slice), 0, limit, filter.on(), crs.srid()).await?;
    drop(connection);
    let about = about(&app, kind, &headers);
    let mut links = answer.selves(GEOJSON);
    let form = if answer.form == Form::Html { "html" } else { "json" };
    let media_type = if answer.form == Form::Html { "text/html" } else { GEOJSON };
    let moved = |offset: i64| {
        let query = Params::parse(&params.with("f", Some(form))).with("offset", Some(&offset.to_string()));
        answer.page.absolute(&format!("{}?{query}", answer.page.path))
    };
    if range.end < ids.len() {
        links.push(link("next", media_type, &moved(offset + limit), &answer.page.t("paging-next")));
    }
    if offset > 0 {
        links.push(link("prev", media_type, &moved((offset - limit).max(0)), &answer.page.t("paging-previous")));
    }
    links.push(link(
        "collection",
        "application/json",
        &answer.at(&format!("/collections/{}", kind.name())),
        &about.title,
    ));
    let mut out = String::from("{\"type\":\"FeatureCollection\",\"title\":");
    geojson::string(&mut out, &about.title);
    let now = OffsetDateTime::now_utc().replace_nanosecond(0).ok().and_then(|now| now.format(&Rfc3339).ok());
    out.push_str(&format!(
        ",\"numberMatched\":{},\"numberReturned\":{},\"timeStamp\":\"{}\",\"links\":{},\"features\":[",
        ids.len(),
        records.len(),
        now.unwrap_or_default(),
        Value::Array(links),
    ));
    for (i, record) in records.iter().enumerate() {
        out.push_str(if i == 0 { "\n" } else { ",\n" });
        geojson::feature(&mut out, kind, &about, record, crs.coordinates());
    }
    out.push_str("\n]}\n");
    respond(answer, &app, out, crs)
}

/// `GET /ogc/collections/{id}/items/{feature}`
pub async fn item(State(app): State<App>, page: Page, headers: HeaderMap, path: Parts) -> Result<Response> {
    let (id, slug) = part(path)?;
    let kind = collection(&id)?;
    let answer = Answer::new(page, &headers, &[&["crs"]])?;
    let crs = Crs::parse(&answer.page.params, "crs")?;
    let missing = || Error::NotFound(format!("there is no “{slug}” in “{id}”"));
    let record = record(&app, kind, &slug, crs.srid()).await?.ok_or_else(missing)?;
    if let Some(answer) = api::not_modified(&app, &headers) {
        return Ok(answer);
    }
    let out = single(&answer, kind, &about(&app, kind, &headers), &record, crs);
    respond(answer, &app, out, crs)
}

/// A feature with its links.
fn single(answer: &Answer, kind: Kind, about: &About, record: &Record, crs: Crs) -> String {
    let mut out = String::new();
    geojson::feature(&mut out, kind, about, record, crs.coordinates());
    let mut links = answer.selves(GEOJSON);
    links.push(link(
        "collection",
        "application/json",
        &answer.at(&format!("/collections/{}", kind.name())),
        &about.title,
    ));
    if let Some(url) = about.url(kind, record) {
        links.push(link("canonical", "text/html", &url, record.get(kind, "name").unwrap_or_default()));
    }
    // Its closing brace comes again behind the links.
    out.pop();
    out.push_str(&format!(",\"links\":{}}}\n", Value::Array(links)));
    out
}

fn respond(answer: Answer, app: &App, out: String, crs: Crs) -> Result<Response> {
    if answer.form == Form::Html {
        let document = serde_json::from_str(&out).map_err(Error::internal)?;
        return answer.people(app, &document);
    }
    let name = HeaderName::from_static("content-crs");
    answer.text(app, GEOJSON, out, &[(name, format!("<{}>", crs.uri()))])
}

/// A whole number from 0.
fn whole(params: &Params, name: &str, usual: i64) -> Result<i64> {
    let expected = "a whole number that is not negative";
    match params.parsed::<i64>(name, expected)? {
        None => Ok(usual),
        // Far more than there can be, and far from an overflow.
        Some(number) if number >= 0 => Ok(number.min(1_000_000_000_000)),
        Some(number) => Err(Error::parameter(name, format!("“{number}” is not {expected}"))),
    }
}

/// Reads `datetime` (17-069r4, 7.15.4): a moment, or two with `/` between, of which one may be open (`..` or nothing). Days are whole.
fn datetime(params: &Params) -> Result<[Option<OffsetDateTime>; 2]> {
    let Some(text) = params.one("datetime")? else { return Ok([None, None]) };
    let wrong = || {
        let sentence = format!("“{text}” is no moment such as 2026-11-22T08:00:00Z, and no two with / between");
        Error::parameter("datetime", sentence)
    };
    let moment = |text: &str, end: bool| -> Result<Option<OffsetDateTime>> {
        if text.is_empty() || text == ".." {
            return Ok(None);
        }
        let whole_day = |day: Date| {
            let time = if end { Time::MAX } else { Time::MIDNIGHT };
            day.with_time(time).assume_utc()
        };
        let day = parse_iso_date(text).map(whole_day);
        let moment = day.or_else(|| OffsetDateTime::parse(text, &Rfc3339).ok());
        // PostgreSQL knows fewer years than the calendar.
        let known = |at: &OffsetDateTime| (1..9999).contains(&at.to_offset(UtcOffset::UTC).year());
        moment.filter(known).map(Some).ok_or_else(wrong)
    };
    let (from, to) = text.split_once('/').unwrap_or((text, text));
    let span = [moment(from, false)?, moment(to, true)?];
    match span {
        [None, None] if !text.contains('/') => Err(wrong()),
        [Some(from), Some(to)] if from > to => Err(wrong()),
        span => Ok(span),
    }
}

/// Corners of `bbox`, x before y, and their coordinate system (`bbox-crs`).
fn bbox(params: &Params) -> Result<Option<([f64; 4], Crs)>> {
    let crs = Crs::parse(params, "bbox-crs")?;
    let Some(text) = params.one("bbox")? else { return Ok(None) };
    let wrong = |why: String| Error::parameter("bbox", why);
    if crs == Crs::Crs84 {
        return Bbox::parse(text).map(|bbox| Some((bbox.to_array(), crs))).map_err(|error| wrong(error.to_string()));
    }
    let numbers: Vec<f64> =
        text.split(',').filter_map(|part| part.trim().parse().ok()).filter(|n: &f64| n.is_finite()).collect();
    let [a, b, c, d] = match (numbers.as_slice(), text.split(',').count()) {
        ([a, b, c, d], 4) | ([a, b, _, c, d, _], 6) => [*a, *b, *c, *d],
        _ => return Err(wrong(format!("“{text}” is not four numbers with commas between"))),
    };
    if a > c || b > d {
        return Err(wrong(format!("“{text}” does not begin with its lower corner")));
    }
    Ok(Some((if crs.coordinates().flip { [b, a, d, c] } else { [a, b, c, d] }, crs)))
}

/// Narrows a filter to a box in a coordinate system.
async fn within(app: &App, filter: &mut Filter, corners: [f64; 4], crs: Crs) -> Result<()> {
    let Some(common) = filter.common() else { return Ok(()) };
    if crs.srid() == 4326 {
        let [west, south, east, north] = corners;
        let bbox = Bbox::parse(&format!("{west},{south},{east},{north}"));
        common.bbox = Some(bbox.map_err(|error| Error::parameter("bbox", error.to_string()))?);
        return Ok(());
    }
    let far = || Error::parameter("bbox", "lies where its coordinate system does not reach");
    let ([west, south, east, north], reach) = (corners, crs.reach());
    if west > reach[2] || east < reach[0] || south > reach[3] || north < reach[1] {
        return Err(far());
    }
    let (west, south, east, north) = (west.max(reach[0]), south.max(reach[1]), east.min(reach[2]), north.min(reach[3]));
    // Metres are written to a millimetre: a box without width is wide enough to hold what is written at its place.
    let thin = |from: f64, to: f64| if to - from < THIN_M { THIN_M } else { 0.0 };
    let (across, up) = (thin(west, east), thin(south, north));
    let corners = [west - across, south - up, east + across, north + up];
    // Straight in metres is not straight in degrees: the outline, with corners added, for points; the box around it for areas.
    let outline =
        queries::box_in_degrees(&mut *app.pool.acquire().await?, corners, crs.srid()).await?.ok_or_else(far)?;
    let area = Area::of(outline);
    common.bbox = area.bbox();
    common.bbox.ok_or_else(far)?;
    common.area = Some(area);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_and_spans_of_time() {
        let read = |text: &str| {
            let query = form_urlencoded::Serializer::new(String::new()).append_pair("datetime", text).finish();
            datetime(&Params::parse(&query)).map_err(|error| error.to_string())
        };
        let open = [None, None];
        assert_eq!(read("../.."), Ok(open));
        assert!(read("2026-01-01T00:00:00Z/..").is_ok_and(|[from, to]| from.is_some() && to.is_none()));
        assert!(read("/2026-01-01").is_ok_and(|[from, to]| from.is_none() && to.is_some_and(|to| to.hour() == 23)));
        assert!(read("2026-01-01").is_ok_and(|[from, to]| from < to));
        for wrong in ["..", "x", "2026-13-01", "2026-02-01/2026-01-01", "2026-01-01T00:00:00"] {
            assert!(read(wrong).is_err_and(|error| error.contains("datetime")), "{wrong}");
        }
    }

    #[test]
    fn a_box_has_the_axes_of_its_system() {
        let read = |query: &str| bbox(&Params::parse(query)).map_err(|error| error.to_string());
        let epsg = |n: i32| format!("bbox-crs=http://www.opengis.net/def/crs/EPSG/0/{n}");
        assert_eq!(read("bbox=18,52,19,53"), Ok(Some(([18.0, 52.0, 19.0, 53.0], Crs::Crs84))));
        let flipped = read(&format!("bbox=52,18,53,19&{}", epsg(4326)));
        assert_eq!(flipped, Ok(Some(([18.0, 52.0, 19.0, 53.0], Crs::Wgs84))));
        let metres = read(&format!("bbox=1,2,0,3,4,0&{}", epsg(3857)));
        assert_eq!(metres, Ok(Some(([1.0, 2.0, 3.0, 4.0], Crs::Mercator))));
        for wrong in ["bbox=1,2,3", "bbox=1,2,3,x", "bbox=3,2,1,4", "bbox=1,2,3,inf"] {
            assert!(read(&format!("{wrong}&{}", epsg(2180))).is_err(), "{wrong}");
        }
        assert!(read(&epsg(2178)).is_err_and(|error| error.contains("bbox-crs")));
    }
}
