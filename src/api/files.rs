//! Lists as files and feeds, with the filter of the request.

use axum::body::Body;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use tokio::io::AsyncReadExt as _;

use super::lists::about;
use super::{find, fresh, not_modified};
use crate::app::App;
use crate::error::{Error, Result};
use crate::export::{self, Feed, Format, Kind, Question, TempFile, queries};
use crate::web::Params;

/// Entries of a feed.
const ENTRIES: i64 = 100;

/// `GET /api/v1/{list}.csv`, `.geojson`, `.xlsx`, `.gpkg`
pub async fn file(app: &App, kind: Kind, format: Format, params: &Params, headers: &HeaderMap) -> Result<Response> {
    let filter = find::parse(kind, params, &[])?;
    if let Some(answer) = not_modified(app, headers) {
        return Ok(answer);
    }
    let question = Question { on: filter.on(), ..Question::new(kind, filter.ids(&app.pool).await?) };
    let about = about(app, kind, headers);
    let body = match format {
        Format::Csv | Format::Geojson => export::stream(app.pool.clone(), question, format, about).await?,
        Format::Xlsx | Format::Gpkg => {
            let file = TempFile::within(&std::env::temp_dir(), format.ending());
            let from = export::From::Pool(&app.pool);
            export::write_file(from, question, format, &about, file.path(), |_| {}).await?;
            let opened = tokio::fs::File::open(file.path()).await.map_err(Error::internal)?;
            // From here on it has no name; its bytes go when it was sent.
            drop(file);
            read(opened)
        }
    };
    let disposition = format!("attachment; filename=\"{}.{}\"", kind.name(), format.ending());
    let headers = [(header::CONTENT_TYPE, format.media_type().to_owned()), (header::CONTENT_DISPOSITION, disposition)];
    Ok(fresh(app, (headers, body).into_response()))
}

/// The bytes of a file as they are taken.
fn read(file: tokio::fs::File) -> Body {
    Body::from_stream(futures_util::stream::try_unfold(file, async |mut file| {
        let mut piece = vec![0; 64 * 1024];
        let length = file.read(&mut piece).await?;
        piece.truncate(length);
        Ok::<_, std::io::Error>((length > 0).then_some((piece, file)))
    }))
}

/// Path of the list for people.
pub fn list_path(kind: Kind) -> &'static str {
    match kind {
        Kind::Organisations => "/organizacje",
        Kind::Support => "/wsparcie",
        Kind::Offers => "/oferty",
        Kind::Demand => "/zapotrzebowanie",
        Kind::Equipment => "/sprzet",
        Kind::Premises | Kind::PremisesPeriods => "/lokale",
        Kind::Districts | Kind::Municipalities | Kind::Categories => "/dane",
    }
}

/// `GET /api/v1/{list}.atom`
pub async fn atom(app: &App, kind: Kind, params: &Params, headers: &HeaderMap) -> Result<Response> {
    let filter = find::parse(kind, params, &[])?;
    if let Some(answer) = not_modified(app, headers) {
        return Ok(answer);
    }
    let ids = filter.ids(&app.pool).await?.unwrap_or_default();
    let mut connection = app.pool.acquire().await?;
    let latest = queries::changed(&mut connection, kind, &ids, [None, None], ENTRIES).await?;
    let mut records = queries::records(&mut connection, kind, Some(&latest), 0, ENTRIES, filter.on(), 4326).await?;
    drop(connection);
    records.sort_by_key(|record| latest.iter().position(|id| *id == record.id));
    let about = about(app, kind, headers);
    let base = about.base_url.clone().unwrap_or_default();
    let filters = params.query(|name, _| find::names(kind).contains(&name));
    let filters = if filters.is_empty() { filters } else { format!("?{filters}") };
    let address = format!("{base}/api/v1/{}.atom{filters}", kind.name());
    let list = format!("{base}{}{filters}", list_path(kind));
    let feed = Feed { kind, about: &about, address: &address, list: &list, records: &records };
    let kind = (header::CONTENT_TYPE, "application/atom+xml; charset=utf-8");
    Ok(fresh(app, ([kind], export::feed(&feed)).into_response()))
}
