//! CSV and GeoJSON as they stream.

use std::io;

use axum::body::{Body, Bytes};
use futures_util::StreamExt as _;
use sqlx::PgPool;

use super::shape::Axes;
use super::{About, Chunks, Format, Kind, Question, Record, csv, geojson};
use crate::error::{Error, Result};

/// A text under writing.
pub struct Writer<'a> {
    kind: Kind,
    format: Format,
    about: &'a About,
    rows: usize,
}

impl<'a> Writer<'a> {
    /// Nothing written yet; the format is CSV or GeoJSON.
    pub fn new(kind: Kind, format: Format, about: &'a About) -> Self {
        Self { kind, format, about, rows: 0 }
    }

    /// What stands before the rows.
    pub fn head(&self, out: &mut String) {
        match self.format {
            Format::Geojson => geojson::head(out, self.kind, self.about),
            _ => csv::head(out, self.kind, self.about),
        }
    }

    /// A row.
    pub fn row(&mut self, out: &mut String, record: &Record) {
        match self.format {
            Format::Geojson => {
                out.push_str(if self.rows == 0 { "\n" } else { ",\n" });
                geojson::feature(out, self.kind, self.about, record, Axes::PLAIN);
            }
            _ => csv::row(out, self.kind, self.about, record),
        }
        self.rows += 1;
    }

    /// What stands behind the rows.
    pub fn tail(&self, out: &mut String) {
        if self.format == Format::Geojson {
            out.push_str("\n]}\n");
        }
    }
}

/// Records as the body of an answer: read a thousand at a time, as fast as the client takes them. No connection waits for a slow
/// client. What fails in the middle breaks the body off, so that nobody takes the beginning for the whole.
///
/// # Errors
/// The first rows cannot be read.
pub async fn stream(pool: PgPool, question: Question, format: Format, about: About) -> Result<Body> {
    let kind = question.kind;
    let mut chunks = Chunks::new(question);
    let first = chunks.next(&mut *pool.acquire().await?).await?;
    // Two pieces may lie ready.
    let (sender, receiver) = tokio::sync::mpsc::channel::<io::Result<Bytes>>(2);
    tokio::spawn(async move {
        let mut writer = Writer::new(kind, format, &about);
        let mut out = String::new();
        writer.head(&mut out);
        let mut records = first;
        while !records.is_empty() {
            for record in &records {
                writer.row(&mut out, record);
            }
            if sender.send(Ok(Bytes::from(std::mem::take(&mut out)))).await.is_err() {
                return;
            }
            records = match next(&pool, &mut chunks).await {
                Ok(records) => records,
                Err(error) => {
                    tracing::error!(%error, kind = kind.name(), "an export broke off");
                    sender.send(Err(io::Error::other("the rest cannot be read"))).await.ok();
                    return;
                }
            };
        }
        writer.tail(&mut out);
        sender.send(Ok(Bytes::from(out))).await.ok();
    });
    let pieces = futures_util::stream::unfold(receiver, async |mut receiver| {
        receiver.recv().await.map(|piece| (piece, receiver))
    });
    // Servers ask once more after the end.
    Ok(Body::from_stream(pieces.fuse()))
}

async fn next(pool: &PgPool, chunks: &mut Chunks) -> Result<Vec<Record>> {
    let mut connection = pool.acquire().await.map_err(Error::from)?;
    chunks.next(&mut connection).await
}
