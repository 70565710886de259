//! Lists as pages of JSON, and single records.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};

use super::{find, fresh, not_modified};
use crate::app::App;
use crate::error::{Error, Result};
use crate::export::geojson::{self, Coordinates};
use crate::export::{About, Kind, Record, queries};
use crate::web::{Lang, Params, page};

/// Most records of a page, and how many come unasked.
pub const MOST: i64 = 1000;
/// See [`MOST`].
pub const USUAL: i64 = 100;

/// What files of a kind say of themselves, with the site's address.
pub fn about(app: &App, kind: Kind, headers: &HeaderMap) -> About {
    app.config.open_data.about(kind, Lang::Pl, &app.site(), Some(page::base_url(app, headers)))
}

/// A whole number of a parameter, from 1 to `most`.
pub fn number(params: &Params, name: &str, usual: i64, most: i64) -> Result<i64> {
    let expected = format!("a whole number from 1 to {most}");
    match params.parsed::<i64>(name, &expected)? {
        None => Ok(usual),
        Some(number) if (1..=most).contains(&number) => Ok(number),
        Some(number) => Err(Error::parameter(name, format!("“{number}” is not {expected}"))),
    }
}

/// A part of a list of this many: from and to.
pub fn part(total: usize, offset: i64, limit: i64) -> std::ops::Range<usize> {
    let from = usize::try_from(offset).unwrap_or(usize::MAX).min(total);
    let to = from.saturating_add(usize::try_from(limit).unwrap_or(0)).min(total);
    from..to
}

/// `GET /api/v1/{list}`
pub async fn page(app: &App, kind: Kind, params: &Params, headers: &HeaderMap) -> Result<Response> {
    let filter = find::parse(kind, params, &["limit", "page"])?;
    let limit = number(params, "limit", USUAL, MOST)?;
    let page = number(params, "page", 1, 1_000_000_000)?;
    if let Some(answer) = not_modified(app, headers) {
        return Ok(answer);
    }
    let ids = filter.ids(&app.pool).await?.unwrap_or_default();
    let range = part(ids.len(), (page - 1) * limit, limit);
    let mut connection = app.pool.acquire().await?;
    let records =
        queries::records(&mut connection, kind, Some(&ids[range.clone()]), 0, limit, filter.on(), 4326).await?;
    drop(connection);
    let about = about(app, kind, headers);
    let base = format!("{}/api/v1/{}", about.base_url.as_deref().unwrap_or_default(), kind.name());
    let mut out = format!("{{\"total\":{},\"page\":{page},\"limit\":{limit},\"licence\":", ids.len());
    geojson::string(&mut out, &about.licence_url);
    out.push_str(",\"attribution\":");
    geojson::string(&mut out, &about.attribution);
    out.push_str(",\"links\":{");
    let numbered = |number: i64| format!("{base}?{}", params.with("page", Some(&number.to_string())));
    let filters = params.query(|name, _| find::names(kind).contains(&name));
    let filters = if filters.is_empty() { filters } else { format!("?{filters}") };
    let links = [
        ("self", Some(numbered(page))),
        ("prev", (page > 1).then(|| numbered(page - 1))),
        ("next", (range.end < ids.len()).then(|| numbered(page + 1))),
        ("geojson", Some(format!("{base}.geojson{filters}"))),
        ("csv", Some(format!("{base}.csv{filters}"))),
    ];
    for (i, (name, link)) in links.iter().enumerate() {
        out.push_str(if i == 0 { "\"" } else { ",\"" });
        out.push_str(name);
        out.push_str("\":");
        match link {
            Some(link) => geojson::string(&mut out, link),
            None => out.push_str("null"),
        }
    }
    out.push_str("},\"items\":[");
    for (i, record) in records.iter().enumerate() {
        out.push_str(if i == 0 { "\n" } else { ",\n" });
        object(&mut out, kind, &about, record);
    }
    out.push_str("\n]}\n");
    Ok(fresh(app, ([(header::CONTENT_TYPE, "application/json")], out).into_response()))
}

fn object(out: &mut String, kind: Kind, about: &About, record: &Record) {
    out.push_str("{\"id\":");
    geojson::string(out, &record.slug);
    out.push(',');
    geojson::members(out, kind, about, record);
    out.push_str(",\"geometry\":");
    geojson::geometry(out, kind, about, record, Coordinates::PLAIN);
    out.push('}');
}

/// `GET /api/v1/{list}/{slug}`
pub async fn item(
    State(app): State<App>,
    path: std::result::Result<Path<(String, String)>, PathRejection>,
    params: Params,
    headers: HeaderMap,
) -> Result<Response> {
    let Path((list, slug)) = path.map_err(|error| Error::BadPath(error.body_text()))?;
    let missing = || Error::NotFound(format!("there is no “{slug}” in “{list}”"));
    let kind = Kind::of(&list).filter(|kind| find::LISTS.contains(kind)).ok_or_else(missing)?;
    params.only(&[])?;
    let record = record(&app, kind, &slug, 4326).await?.ok_or_else(missing)?;
    if let Some(answer) = not_modified(&app, &headers) {
        return Ok(answer);
    }
    let mut out = String::new();
    object(&mut out, kind, &about(&app, kind, &headers), &record);
    out.push('\n');
    Ok(fresh(&app, ([(header::CONTENT_TYPE, "application/json")], out).into_response()))
}

/// The record of a slug that everybody sees.
///
/// # Errors
/// The database fails.
pub async fn record(app: &App, kind: Kind, slug: &str, srid: i32) -> Result<Option<Record>> {
    // No text in the database has this character.
    if slug.contains('\0') {
        return Ok(None);
    }
    let mut connection = app.pool.acquire().await?;
    let Some(id) = queries::id_of(&mut connection, kind, slug).await? else { return Ok(None) };
    Ok(queries::records(&mut connection, kind, Some(&[id]), 0, 1, None, srid).await?.pop())
}
