//! Detailed basemaps in files of one's own: MBTiles that [`build`] makes of OpenStreetMap, and PMTiles, both served from here.
//!
//! MBTiles 1.3 (<https://github.com/mapbox/mbtiles-spec/blob/master/1.3/spec.md>) is an SQLite database with one row a tile.
//! It is opened read-only and as a file that nobody writes: a new one takes its place by a rename, which is noticed.

use std::collections::HashMap;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::http::HeaderValue;
use serde_json::{Value, json};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions};
use tokio::sync::Mutex;

use crate::config::{Basemap, BasemapKind};
use crate::geo::{Bbox, TileCoord};

pub mod build;
mod mend;
pub mod routes;

/// Layers that the style of the basemap draws; a file without them would be an empty map.
const LAYERS: [&str; 6] = ["water", "green", "buildings", "streets", "rail", "places"];

/// Readers of one file at a time. A tile is one look into an index.
const READERS: u32 = 4;

/// Why a basemap's file cannot be shown.
#[derive(Debug, Clone, thiserror::Error)]
pub enum BasemapError {
    /// There is no such file.
    #[error("{}: there is no such file", .0.display())]
    Missing(PathBuf),
    /// It is not what it should be.
    #[error("{}: {reason}", path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

/// The MBTiles files of the configuration, opened when they are first asked for.
#[derive(Debug, Default)]
pub struct Basemaps(HashMap<String, Place>);

/// Where a file should be, and the file that was last opened there.
type Place = (PathBuf, Mutex<Option<Arc<Archive>>>);

impl Basemaps {
    /// Those of the configuration that are MBTiles.
    pub fn new(basemaps: &[Basemap]) -> Self {
        let files = basemaps.iter().filter(|basemap| basemap.kind == BasemapKind::Mbtiles);
        Self(files.map(|basemap| (basemap.id.clone(), (PathBuf::from(&basemap.url), Mutex::new(None)))).collect())
    }

    /// Says in the log which files cannot be shown, so that whoever starts the server learns it before a visitor does.
    pub async fn check(&self) {
        for id in self.0.keys() {
            if let Some(Err(error)) = self.get(id).await {
                tracing::warn!(basemap = id, %error, "a basemap cannot be shown");
            }
        }
    }

    /// The file of a basemap as it is now; `None` where no such basemap is an MBTiles file.
    pub async fn get(&self, id: &str) -> Option<Result<Arc<Archive>, BasemapError>> {
        let (path, open) = self.0.get(id)?;
        let mut open = open.lock().await;
        let found = Stamp::of(path).await;
        if let (Some(archive), Ok(stamp)) = (&*open, &found)
            && archive.stamp == *stamp
        {
            return Some(Ok(archive.clone()));
        }
        *open = None;
        let opened = match found {
            Ok(stamp) => Archive::open_as(path, stamp).await.map(Arc::new),
            Err(error) => Err(error),
        };
        *open = opened.as_ref().ok().cloned();
        Some(opened)
    }
}

/// What tells one file from another that took its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    device: u64,
    inode: u64,
    bytes: u64,
    modified_s: i64,
    modified_ns: i64,
}

impl Stamp {
    async fn of(path: &Path) -> Result<Self, BasemapError> {
        let about = tokio::fs::metadata(path).await.map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => BasemapError::Missing(path.to_owned()),
            _ => broken(path, error.to_string()),
        })?;
        Ok(Self {
            device: about.dev(),
            inode: about.ino(),
            bytes: about.size(),
            modified_s: about.mtime(),
            modified_ns: about.mtime_nsec(),
        })
    }
}

fn broken(path: &Path, reason: impl Into<String>) -> BasemapError {
    BasemapError::Broken { path: path.to_owned(), reason: reason.into() }
}

/// An open MBTiles file with vector tiles.
#[derive(Debug)]
pub struct Archive {
    path: PathBuf,
    pool: SqlitePool,
    stamp: Stamp,
    /// Part of the tiles' addresses: another file, another address. Alike on servers that got the file with its date.
    pub version: String,
    /// Name and value, as the file tells them.
    metadata: HashMap<String, String>,
}

impl Archive {
    /// Opens a file and looks whether it can be shown.
    ///
    /// # Errors
    /// It is missing, no MBTiles, or holds something else than the layers that the style draws.
    pub async fn open(path: &Path) -> Result<Self, BasemapError> {
        Self::open_as(path, Stamp::of(path).await?).await
    }

    async fn open_as(path: &Path, stamp: Stamp) -> Result<Self, BasemapError> {
        let options = SqliteConnectOptions::new().filename(path).read_only(true).immutable(true);
        let pool = SqlitePoolOptions::new().max_connections(READERS).connect_lazy_with(options);
        // The schema of a foreign file is not that of the database, which the checked macros know.
        let rows: Vec<(String, String)> = sqlx::query_as("select name, cast(value as text) from metadata")
            .fetch_all(&pool)
            .await
            .map_err(|error| broken(path, format!("not an MBTiles file ({error})")))?;
        let metadata: HashMap<String, String> = rows.into_iter().collect();
        let format = metadata.get("format").map_or("", String::as_str);
        if format != "pbf" {
            return Err(broken(path, format!("holds “{format}” tiles; only vector tiles (pbf) can be shown")));
        }
        let archive = Self {
            path: path.to_owned(),
            pool,
            stamp,
            version: format!("{:x}-{:x}", stamp.bytes, stamp.modified_s),
            metadata,
        };
        if !archive.vector_layers().iter().any(|layer| LAYERS.iter().any(|known| layer["id"] == *known)) {
            return Err(broken(path, "has none of the layers that are drawn; make it with: pestor basemap build"));
        }
        Ok(archive)
    }

    /// How many tiles there are.
    ///
    /// # Errors
    /// The file is broken.
    pub async fn count(&self) -> Result<i64, BasemapError> {
        let counted = sqlx::query_scalar("select count(*) from tiles").fetch_one(&self.pool).await;
        counted.map_err(|error| broken(&self.path, error.to_string()))
    }

    /// A tile as it is stored, usually gzip; `None` where there is none.
    ///
    /// # Errors
    /// The file is broken.
    pub async fn tile(&self, at: TileCoord) -> Result<Option<Vec<u8>>, BasemapError> {
        // MBTiles counts rows from the south.
        let row = (1_u32 << at.z()) - 1 - at.y();
        sqlx::query_scalar("select tile_data from tiles where zoom_level = ? and tile_column = ? and tile_row = ?")
            .bind(at.z())
            .bind(at.x())
            .bind(row)
            .fetch_optional(&self.pool)
            .await
            .map_err(|error| broken(&self.path, error.to_string()))
    }

    /// TileJSON 3.0 with the tiles at `template`.
    pub fn tilejson(&self, template: &str, attribution: &str) -> Value {
        json!({
            "tilejson": "3.0.0",
            "scheme": "xyz",
            "tiles": [template],
            "bounds": self.bounds().to_array(),
            "minzoom": self.zoom("minzoom").unwrap_or(0),
            "maxzoom": self.zoom("maxzoom").unwrap_or(14),
            "vector_layers": self.vector_layers(),
            "attribution": attribution,
        })
    }

    /// What it covers; the world where it does not say.
    pub fn bounds(&self) -> Bbox {
        self.metadata.get("bounds").and_then(|text| Bbox::parse(text).ok()).unwrap_or(Bbox::WORLD)
    }

    fn zoom(&self, name: &str) -> Option<u8> {
        self.metadata.get(name)?.parse().ok()
    }

    fn vector_layers(&self) -> Vec<Value> {
        let document: Option<Value> = self.metadata.get("json").and_then(|text| serde_json::from_str(text).ok());
        document.and_then(|document| document["vector_layers"].as_array().cloned()).unwrap_or_default()
    }
}

/// Whom a basemap names: what its configuration says, else those who made OpenStreetMap, as its licence asks.
pub fn attribution(basemap: &Basemap, polish: bool) -> String {
    if basemap.kind != BasemapKind::Mbtiles || !basemap.attribution.is_empty() {
        return basemap.attribution.clone();
    }
    let words = if polish { "© autorzy OpenStreetMap" } else { "© OpenStreetMap contributors" };
    format!("<a href=\"https://www.openstreetmap.org/copyright\">{words}</a>")
}

/// Strong entity tag of a tile in one coding.
fn etag(tile: &[u8], coding: &str) -> HeaderValue {
    let tag = format!("\"{:x}{coding}\"", xxhash_rust::xxh3::xxh3_64(tile));
    HeaderValue::from_str(&tag).unwrap_or(HeaderValue::from_static("\"\""))
}
