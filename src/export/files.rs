//! Data sets as whole files: what cannot be streamed (XLSX, GeoPackage), and what the command line writes.

use std::path::{Path, PathBuf};

use sqlx::{PgConnection, PgPool};
use tokio::io::{AsyncWriteExt as _, BufWriter};

use super::{About, Chunks, Format, Question, Record, gpkg, text, xlsx};
use crate::access::tokens;
use crate::error::{Error, Result};

/// A file that is deleted when nobody needs it any more.
#[derive(Debug)]
pub struct TempFile(PathBuf);

impl TempFile {
    /// A name that nothing has, in a folder.
    pub fn within(folder: &Path, ending: &str) -> Self {
        let name: String = tokens::random().chars().filter(char::is_ascii_alphanumeric).take(20).collect();
        Self(folder.join(format!(".pestor-{name}.{ending}")))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Gives it its real name; it stays.
    ///
    /// # Errors
    /// The file system refuses.
    pub fn keep(self, path: &Path) -> std::io::Result<()> {
        // Dropped afterwards under a name that is gone.
        std::fs::rename(&self.0, path)
    }
}

impl Drop for TempFile {
    fn drop(&mut self) {
        std::fs::remove_file(&self.0).ok();
    }
}

/// Where rows are read.
pub enum From<'a> {
    /// A connection for a thousand rows at a time.
    Pool(&'a PgPool),
    /// One connection, whose transaction sees one state of the data.
    Connection(&'a mut PgConnection),
}

impl From<'_> {
    async fn next(&mut self, chunks: &mut Chunks) -> Result<Vec<Record>> {
        match self {
            Self::Pool(pool) => chunks.next(&mut *pool.acquire().await?).await,
            Self::Connection(connection) => chunks.next(connection).await,
        }
    }
}

/// Writes a data set to a file, which should not be there yet; `told` hears how many rows were written. How many there were.
///
/// # Errors
/// The database fails, or the file cannot be written.
pub async fn write(
    mut from: From<'_>,
    question: Question,
    format: Format,
    about: &About,
    path: &Path,
    mut told: impl FnMut(usize) + Send,
) -> Result<usize> {
    let kind = question.kind;
    let mut chunks = Chunks::new(question);
    let mut written = 0;
    match format {
        Format::Csv | Format::Geojson => {
            let mut file = BufWriter::new(tokio::fs::File::create(path).await.map_err(Error::internal)?);
            let mut writer = text::Writer::new(kind, format, about);
            let mut out = String::new();
            writer.head(&mut out);
            loop {
                let records = from.next(&mut chunks).await?;
                if records.is_empty() {
                    break;
                }
                for record in &records {
                    writer.row(&mut out, record);
                }
                file.write_all(out.as_bytes()).await.map_err(Error::internal)?;
                out.clear();
                written += records.len();
                told(written);
            }
            writer.tail(&mut out);
            file.write_all(out.as_bytes()).await.map_err(Error::internal)?;
            file.flush().await.map_err(Error::internal)?;
            file.get_ref().sync_all().await.map_err(Error::internal)?;
        }
        Format::Xlsx => {
            let mut writer = xlsx::Writer::new(kind, about)?;
            loop {
                let records = from.next(&mut chunks).await?;
                if records.is_empty() {
                    break;
                }
                written += records.len();
                // Compressing and writing are no work for the threads that answer.
                writer = blocking(move || {
                    records.iter().try_for_each(|record| writer.row(record))?;
                    Ok(writer)
                })
                .await?;
                told(written);
            }
            let path = path.to_owned();
            blocking(move || writer.finish(&path)).await?;
        }
        Format::Gpkg => {
            let mut writer = gpkg::Writer::new(path, kind, about).await?;
            loop {
                let records = from.next(&mut chunks).await?;
                if records.is_empty() {
                    break;
                }
                writer.rows(&records).await?;
                written += records.len();
                told(written);
            }
            writer.finish().await?;
        }
    }
    Ok(written)
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)?
}
