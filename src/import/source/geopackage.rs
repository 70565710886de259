//! GeoPackages (OGC 12-128): an SQLite file; one layer of features or attributes, row by row.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use futures_util::TryStreamExt;
use geozero::ToGeo;
use geozero::wkb::GpkgWkb;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, Column, ConnectOptions, Row, TypeInfo, ValueRef};
use tokio::runtime::Handle;

use super::{Fault, Hints, MOST_ROW_BYTES, Record, Survey, Take, check_header};
use crate::import::report::Place;

/// A layer that has been looked at.
#[derive(Debug)]
pub struct GeoPackage {
    path: PathBuf,
    layer: String,
    geometry: Option<String>,
}

/// Nothing that a file brings along is run: no views over functions, no triggers, no extensions.
async fn connect(path: &Path) -> Result<SqliteConnection, Fault> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .read_only(true)
        .immutable(true)
        .pragma("trusted_schema", "0")
        .pragma("cell_size_check", "1")
        .disable_statement_logging();
    options.connect().await.map_err(broken)
}

#[allow(clippy::needless_pass_by_value, reason = "for map_err")]
fn broken(error: sqlx::Error) -> Fault {
    Fault::new(None, format!("the GeoPackage is broken: {error}"))
}

/// A name as SQL takes it.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

impl GeoPackage {
    /// Looks at the only layer, or the one that is named.
    ///
    /// # Errors
    /// It is none, is broken, or has several layers or not the one that is named.
    pub fn open(path: &Path, hints: &Hints) -> Result<(Survey, Self), Fault> {
        Handle::current().block_on(Self::survey(path, hints))
    }

    async fn survey(path: &Path, hints: &Hints) -> Result<(Survey, Self), Fault> {
        let mut file = connect(path).await?;
        let layers = sqlx::query_as::<_, (String, Option<String>, Option<i32>)>(
            "select c.table_name, g.column_name, s.organization_coordsys_id
            from gpkg_contents c
            join sqlite_master m on m.name = c.table_name and m.type = 'table'
            left join gpkg_geometry_columns g on g.table_name = c.table_name
            left join gpkg_spatial_ref_sys s on s.srs_id = g.srs_id and upper(s.organization) = 'EPSG'
            where c.data_type in ('features', 'attributes') order by c.table_name",
        );
        let layers = layers
            .fetch_all(&mut file)
            .await
            .map_err(|error| Fault::new(None, format!("the SQLite file is no GeoPackage, or a broken one: {error}")))?;
        let list = || layers.iter().map(|(name, ..)| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
        let (layer, geometry, srid) = match (&hints.layer, &layers[..]) {
            (Some(name), _) => layers.iter().find(|(one, ..)| one == name).ok_or_else(|| {
                Fault::new(None, format!("the GeoPackage has no layer \"{name}\"; it has {}", list()))
            })?,
            (None, [one]) => one,
            (None, []) => return Err(Fault::new(None, "the GeoPackage has no layer")),
            (None, _) => {
                let reason = format!("the GeoPackage has several layers ({}); name one: --layer NAME", list());
                return Err(Fault::new(None, reason));
            }
        };
        let names = sqlx::query_scalar::<_, String>("select name from pragma_table_info(?) order by cid").bind(layer);
        let mut columns = names.fetch_all(&mut file).await.map_err(broken)?;
        columns.retain(|name| Some(name) != geometry.as_ref());
        check_header(&columns, 0)?;
        let count = format!("select count(*) from {}", quoted(layer));
        let rows: i64 = sqlx::query_scalar(AssertSqlSafe(count)).fetch_one(&mut file).await.map_err(broken)?;
        let survey = Survey {
            columns,
            rows: rows.cast_unsigned(),
            srid: *srid,
            geometries: geometry.is_some(),
            understood: format!("GeoPackage, layer \"{layer}\""),
            ..Survey::default()
        };
        Ok((survey, Self { path: path.to_owned(), layer: layer.clone(), geometry: geometry.clone() }))
    }

    /// Gives its rows.
    ///
    /// # Errors
    /// It turns out to be broken.
    pub fn rows(&self, take: &mut Take<'_>) -> Result<(), Fault> {
        Handle::current().block_on(async {
            let mut file = connect(&self.path).await?;
            let select = format!("select * from {}", quoted(&self.layer));
            let mut rows = sqlx::query(AssertSqlSafe(select)).fetch(&mut file);
            let mut number = 0;
            while let Some(row) = rows.try_next().await.map_err(broken)? {
                number += 1;
                if !take(self.record(number, &row)) {
                    break;
                }
            }
            Ok(())
        })
    }

    fn record(&self, number: u64, row: &SqliteRow) -> Record {
        let mut record = Record { place: Some(Place { line: 0, feature: Some(number) }), ..Record::default() };
        for column in row.columns() {
            let name = column.name();
            if self.geometry.as_deref() == Some(name) {
                match row.try_get::<Option<&[u8]>, _>(column.ordinal()) {
                    Ok(None) => {}
                    Ok(Some(bytes)) if bytes.len() as u64 > MOST_ROW_BYTES => {
                        record.faults.push((Some("geometry".to_owned()), "is too large".to_owned()));
                    }
                    Ok(Some(bytes)) => match GpkgWkb(bytes).to_geo() {
                        Ok(geometry) => record.geometry = Some(geometry),
                        Err(error) => record.faults.push((Some("geometry".to_owned()), format!("is broken: {error}"))),
                    },
                    Err(error) => record.faults.push((Some("geometry".to_owned()), format!("is broken: {error}"))),
                }
                continue;
            }
            record.cells.insert(
                name.to_owned(),
                cell(row, column.ordinal()).unwrap_or_else(|fault| {
                    record.faults.push((Some(name.to_owned()), fault));
                    String::new()
                }),
            );
        }
        record
    }
}

/// A value as the cell of a table would hold it.
fn cell(row: &SqliteRow, at: usize) -> Result<String, String> {
    let value = row.try_get_raw(at).map_err(|error| error.to_string())?;
    if value.is_null() {
        return Ok(String::new());
    }
    let failed = |error: sqlx::Error| error.to_string();
    match value.type_info().name() {
        "BOOLEAN" => row.try_get::<bool, _>(at).map(|yes| yes.to_string()).map_err(failed),
        "INTEGER" => row.try_get_unchecked::<i64, _>(at).map(|number| number.to_string()).map_err(failed),
        "REAL" => row.try_get_unchecked::<f64, _>(at).map(|number| number.to_string()).map_err(failed),
        "BLOB" => {
            let bytes = row.try_get_unchecked::<Vec<u8>, _>(at).map_err(failed)?;
            Ok(bytes.iter().take(64).fold(String::new(), |mut hex, byte| {
                write!(hex, "{byte:02x}").ok();
                hex
            }))
        }
        _ => row.try_get_unchecked::<String, _>(at).map_err(failed),
    }
}
