//! GeoPackage 1.3 (OGC 12-128r18), which is an SQLite file: one table with its place in the lists that make it one.

use std::path::Path;

use geo::BoundingRect;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, SqliteConnection};

use super::columns::{Geometry, Type};
use super::{About, Kind, Record, shape};
use crate::error::{Error, Result};
use crate::geo::Geom;

/// The lists of a GeoPackage, with the coordinate systems that each must have.
const SCHEMA: &str = include_str!("gpkg.sql");

/// Rows of one statement: SQLite takes 32,766 values.
const ROWS: usize = 200;

/// A GeoPackage under writing.
pub struct Writer {
    file: SqliteConnection,
    kind: Kind,
    about: About,
    insert_head: String,
    /// West, south, east, north of all that was written.
    bounds: Option<[f64; 4]>,
}

/// A value of a cell.
enum Cell {
    Text(Option<String>),
    Number(Option<f64>),
    Whole(Option<i64>),
    Shape(Option<Vec<u8>>),
}

impl Writer {
    /// A file with an empty table, which is named after the kind.
    ///
    /// # Errors
    /// The file cannot be made.
    pub async fn new(path: &Path, kind: Kind, about: &About) -> Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            // A file that is not finished is thrown away.
            .journal_mode(SqliteJournalMode::Off)
            .synchronous(SqliteSynchronous::Off)
            .disable_statement_logging();
        let mut file = SqliteConnection::connect_with(&options).await.map_err(Error::internal)?;
        let table = kind.name().replace('-', "_");
        let geometry = about.geometry(kind);
        let mut columns: Vec<(String, &str)> =
            about.columns(kind).map(|(_, column)| (column.name.to_owned(), type_of(column.kind))).collect();
        if about.base_url.is_some() {
            columns.push(("url".to_owned(), "TEXT"));
        }
        if geometry != Geometry::None {
            columns.push(("geom".to_owned(), if geometry == Geometry::Area { "MULTIPOLYGON" } else { "POINT" }));
        }
        let defined: Vec<String> = columns.iter().map(|(name, kind)| format!("\"{name}\" {kind}")).collect();
        let names: Vec<String> = columns.iter().map(|(name, _)| format!("\"{name}\"")).collect();
        let statement = format!(
            "{SCHEMA};\ncreate table \"{table}\" (fid integer primary key autoincrement not null, {});\nbegin;",
            defined.join(", ")
        );
        // Names of tables and columns are constants of this program.
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut file).await.map_err(Error::internal)?;
        let insert_head = format!("insert into \"{table}\" ({}) values ", names.join(", "));
        Ok(Self { file, kind, about: about.clone(), insert_head, bounds: None })
    }

    /// Rows.
    ///
    /// # Errors
    /// The file cannot be written.
    pub async fn rows(&mut self, records: &[Record]) -> Result<()> {
        for records in records.chunks(ROWS) {
            let mut rows = Vec::with_capacity(records.len());
            for record in records {
                rows.push(self.cells(record)?);
            }
            let width = rows.first().map_or(0, Vec::len);
            let row = format!("({})", vec!["?"; width].join(","));
            let statement = format!("{}{}", self.insert_head, vec![row; rows.len()].join(","));
            let mut insert = sqlx::query(AssertSqlSafe(statement));
            for cell in rows.into_iter().flatten() {
                insert = match cell {
                    Cell::Text(text) => insert.bind(text),
                    Cell::Number(number) => insert.bind(number),
                    Cell::Whole(number) => insert.bind(number),
                    Cell::Shape(bytes) => insert.bind(bytes),
                };
            }
            insert.execute(&mut self.file).await.map_err(Error::internal)?;
        }
        Ok(())
    }

    fn cells(&mut self, record: &Record) -> Result<Vec<Cell>> {
        let mut cells: Vec<Cell> = Vec::new();
        for (i, column) in self.about.columns(self.kind) {
            let cell = record.cell(i);
            cells.push(match column.kind {
                Type::Flag => Cell::Whole(cell.map(|text| i64::from(text == "true"))),
                Type::Whole => Cell::Whole(cell.and_then(|text| text.parse().ok())),
                Type::Decimal => Cell::Number(cell.and_then(|text| text.parse().ok())),
                _ => Cell::Text(cell.map(str::to_owned)),
            });
        }
        if self.about.base_url.is_some() {
            cells.push(Cell::Text(self.about.url(self.kind, record)));
        }
        if self.about.geometry(self.kind) != Geometry::None {
            let shape = record.shape.as_ref().map(|Geom(shape)| shape);
            if let Some(rectangle) = shape.and_then(BoundingRect::bounding_rect) {
                let ([w, s], [e, n]) = (rectangle.min().into(), rectangle.max().into());
                let [west, south, east, north] = self.bounds.unwrap_or([w, s, e, n]);
                self.bounds = Some([west.min(w), south.min(s), east.max(e), north.max(n)]);
            }
            cells.push(Cell::Shape(shape.map(|shape| shape::gpkg(shape, 4326)).transpose()?));
        }
        Ok(cells)
    }

    /// Writes the lists and closes the file.
    ///
    /// # Errors
    /// It cannot be written.
    pub async fn finish(mut self) -> Result<()> {
        let table = self.kind.name().replace('-', "_");
        let geometry = self.about.geometry(self.kind);
        let About { title, attribution, licence, licence_url, base_url, .. } = &self.about;
        let parts = [attribution, licence, licence_url, base_url.as_ref().unwrap_or(attribution)];
        let mut parts: Vec<&str> = parts.into_iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
        parts.dedup();
        let [west, south, east, north] = self.bounds.map_or([None; 4], |bounds| bounds.map(Some));
        sqlx::query(
            "insert into gpkg_contents (table_name, data_type, identifier, description, min_x, min_y, max_x, max_y, srs_id)
             values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(&table)
        .bind(if geometry == Geometry::None { "attributes" } else { "features" })
        .bind(title)
        .bind(parts.join(" · "))
        .bind(west)
        .bind(south)
        .bind(east)
        .bind(north)
        .bind((geometry != Geometry::None).then_some(4326))
        .execute(&mut self.file)
        .await
        .map_err(Error::internal)?;
        if geometry != Geometry::None {
            sqlx::query("insert into gpkg_geometry_columns values (?, 'geom', ?, 4326, 0, 0)")
                .bind(&table)
                .bind(if geometry == Geometry::Area { "MULTIPOLYGON" } else { "POINT" })
                .execute(&mut self.file)
                .await
                .map_err(Error::internal)?;
        }
        sqlx::raw_sql("commit").execute(&mut self.file).await.map_err(Error::internal)?;
        self.file.close().await.map_err(Error::internal)
    }
}

/// The type that a GeoPackage gives a column.
fn type_of(kind: Type) -> &'static str {
    match kind {
        Type::Flag => "BOOLEAN",
        Type::Whole => "INTEGER",
        Type::Decimal => "REAL",
        Type::Day => "DATE",
        Type::Time => "DATETIME",
        Type::Text | Type::Code(_) | Type::Codes(_) => "TEXT",
    }
}
