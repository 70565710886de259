//! What goes out: every kind of record as rows, and rows as CSV, XLSX, GeoJSON, GeoPackage and Atom.
//!
//! A kind has one description of its columns ([`columns`]) and one statement that reads its rows (`sql/`), both in the order and
//! the words that `pestor import` reads, so that what goes out can go in again. Only what everybody sees on the site goes out:
//! drafts, what was taken down, accounts and notes of the office never do. Rows are read a thousand at a time and written as they
//! come, so memory does not grow with them.

mod atom;
pub mod columns;
pub mod command;
mod csv;
mod files;
pub mod geojson;
mod gpkg;
pub mod queries;
pub mod settings;
mod shape;
pub mod text;
mod xlsx;

use std::collections::HashMap;

use sqlx::PgConnection;
use time::{Date, OffsetDateTime};

use crate::error::Result;
use crate::geo::Geom;

pub use atom::{Feed, escape, feed, moment};
pub use columns::{Column, Geometry, Type};
pub use csv::{guard, unguard};
pub use files::{From, TempFile, write as write_file};
pub use text::stream;

/// A data set that goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, clap::ValueEnum)]
pub enum Kind {
    /// Organisations of the social economy.
    Organisations,
    /// Support institutions.
    Support,
    /// Municipal premises.
    Premises,
    /// What premises were from when to when.
    PremisesPeriods,
    /// Products and services on offer.
    Offers,
    /// What is wanted.
    Demand,
    /// What is lent or given.
    Equipment,
    /// Parts of a gmina, polygons.
    Districts,
    /// Gminas, polygons.
    Municipalities,
    /// Categories of goods and services.
    Categories,
}

impl Kind {
    /// All of them, in the order in which an import needs them.
    pub const ALL: [Self; 10] = [
        Self::Municipalities,
        Self::Districts,
        Self::Categories,
        Self::Organisations,
        Self::Support,
        Self::Premises,
        Self::PremisesPeriods,
        Self::Offers,
        Self::Demand,
        Self::Equipment,
    ];

    /// Its name in addresses, on the command line and in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Organisations => "organisations",
            Self::Support => "support",
            Self::Premises => "premises",
            Self::PremisesPeriods => "premises-periods",
            Self::Offers => "offers",
            Self::Demand => "demand",
            Self::Equipment => "equipment",
            Self::Districts => "districts",
            Self::Municipalities => "municipalities",
            Self::Categories => "categories",
        }
    }

    /// The kind of a name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Path of the page of one record, with its slug; nothing where it has none.
    pub fn page(self, slug: &str) -> Option<String> {
        let list = match self {
            Self::Organisations => "organizacje",
            Self::Support => "wsparcie",
            Self::Premises | Self::PremisesPeriods => "lokale",
            Self::Offers => "oferty",
            Self::Demand => "zapotrzebowanie",
            Self::Equipment => "sprzet",
            Self::Districts => return Some(format!("/lokale?within={slug}")),
            Self::Municipalities | Self::Categories => return None,
        };
        Some(format!("/{list}/{slug}"))
    }
}

/// How a data set is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Comma-separated values, UTF-8 with a byte order mark.
    Csv,
    /// GeoJSON (RFC 7946).
    Geojson,
    /// GeoPackage 1.3.
    Gpkg,
    /// Excel workbook.
    Xlsx,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Csv, Self::Xlsx, Self::Geojson, Self::Gpkg];

    /// Ending of file names.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Geojson => "geojson",
            Self::Gpkg => "gpkg",
            Self::Xlsx => "xlsx",
        }
    }

    /// Media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Geojson => "application/geo+json",
            Self::Gpkg => "application/geopackage+sqlite3",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }
}

/// A record: its cells in the order of its kind's columns.
#[derive(Debug)]
pub struct Record {
    /// Key; records come in its order.
    pub id: i64,
    /// Name in web addresses.
    pub slug: String,
    /// When it last changed, where that is kept.
    pub updated_at: Option<OffsetDateTime>,
    /// Values as import reads them; absent and empty are the same.
    pub cells: Vec<Option<String>>,
    /// Where it is, in the coordinates that were asked for.
    pub shape: Option<Geom>,
}

impl Record {
    /// A cell that is not empty.
    pub fn cell(&self, i: usize) -> Option<&str> {
        self.cells.get(i)?.as_deref().filter(|text| !text.is_empty())
    }

    /// The cell of a column.
    pub fn get(&self, kind: Kind, column: &str) -> Option<&str> {
        let i = columns::of(kind).iter().position(|one| one.name == column)?;
        self.cell(i)
    }
}

/// What a file says of itself, beside its rows.
#[derive(Debug, Clone)]
pub struct About {
    /// Title in words.
    pub title: String,
    /// Who publishes it.
    pub attribution: String,
    /// Name of the licence of the collection; a row's own stands in its column.
    pub licence: String,
    /// Address of the licence's text.
    pub licence_url: String,
    /// Address of the site. With it, rows carry what else the site shows (columns that import does not read) and the address of
    /// their page; without it, a file holds what import reads and nothing else.
    pub base_url: Option<String>,
}

impl About {
    /// Columns that rows written with it have.
    pub fn columns(&self, kind: Kind) -> impl Iterator<Item = (usize, &'static Column)> + use<> {
        let whole = self.base_url.is_some();
        columns::of(kind).iter().enumerate().filter(move |(_, column)| whole || !column.derived)
    }

    /// What of a kind's place goes out: one that import does not read stays out of files that are to go in again.
    pub fn geometry(&self, kind: Kind) -> Geometry {
        match columns::geometry(kind) {
            Geometry::Derived if self.base_url.is_none() => Geometry::None,
            Geometry::Derived => Geometry::Point,
            other => other,
        }
    }

    /// Address of a record's page.
    pub fn url(&self, kind: Kind, record: &Record) -> Option<String> {
        let base = self.base_url.as_ref()?;
        kind.page(&record.slug).map(|path| format!("{base}{path}"))
    }
}

/// Which records of a kind, and how they are to be read.
#[derive(Debug, Clone)]
pub struct Question {
    /// The kind.
    pub kind: Kind,
    /// Keys of those that are meant, in the order in which they are to come; none = all that everybody sees, by their keys.
    pub ids: Option<Vec<i64>>,
    /// Day of which statuses are told; none = today.
    pub on: Option<Date>,
    /// Coordinate system of shapes (EPSG), x before y whatever its axes are.
    pub srid: i32,
}

impl Question {
    /// Records with these keys, in WGS 84.
    pub fn new(kind: Kind, ids: Option<Vec<i64>>) -> Self {
        Self { kind, ids, on: None, srid: 4326 }
    }
}

/// Records, a thousand at a time.
#[derive(Debug)]
pub struct Chunks {
    question: Question,
    /// How many of the keys were asked for.
    asked: usize,
    /// Key of the last record that was read.
    after: i64,
    done: bool,
}

/// Records of a chunk.
const CHUNK: usize = 1000;

impl Chunks {
    /// None read yet.
    pub fn new(question: Question) -> Self {
        Self { question, asked: 0, after: 0, done: false }
    }

    /// The next records; none when there are no more.
    ///
    /// # Errors
    /// The database fails.
    pub async fn next(&mut self, conn: &mut PgConnection) -> Result<Vec<Record>> {
        let Question { kind, on, srid, .. } = self.question;
        while !self.done {
            let Some(ids) = &self.question.ids else {
                let limit = i64::try_from(CHUNK).unwrap_or(i64::MAX);
                let records = queries::records(conn, kind, None, self.after, limit, on, srid).await?;
                self.after = records.last().map_or(self.after, |record| record.id);
                self.done = records.len() < CHUNK;
                return Ok(records);
            };
            let part = &ids[self.asked..ids.len().min(self.asked + CHUNK)];
            self.asked += part.len();
            self.done = self.asked == ids.len();
            let limit = i64::try_from(part.len()).unwrap_or(i64::MAX);
            let mut records = queries::records(conn, kind, Some(part), 0, limit, on, srid).await?;
            if !part.is_sorted() {
                let places: HashMap<i64, usize> = part.iter().copied().zip(0..).collect();
                records.sort_by_key(|record| places.get(&record.id).copied());
            }
            // What was deleted meanwhile is not there.
            if !records.is_empty() {
                return Ok(records);
            }
        }
        Ok(Vec::new())
    }
}
