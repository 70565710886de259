//! The layers together, and a cache of finished tiles.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::Arc;

use axum::body::Bytes;
use moka::future::Cache;
use sha2::{Digest, Sha256};

use super::cluster::Clusters;
use super::render::{is_clustered, render};
use super::snapshot::{Current, Refused, Snapshot};
use super::tilejson::TileJson;
use super::{Feature, IdSet, LayerSpec};
use crate::geo::{Bbox, TileCoord};

/// Content coding of a tile (RFC 9110, 8.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// As it is.
    Identity,
    /// gzip.
    Gzip,
    /// Brotli.
    Brotli,
}

impl Encoding {
    /// Value of `Content-Encoding`; `None` for no such header.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Identity => None,
            Self::Gzip => Some("gzip"),
            Self::Brotli => Some("br"),
        }
    }

    fn encode(self, tile: Vec<u8>) -> std::io::Result<Vec<u8>> {
        match self {
            Self::Identity => Ok(tile),
            Self::Gzip => {
                let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
                encoder.write_all(&tile)?;
                encoder.finish()
            }
            Self::Brotli => {
                let mut encoder = brotli::CompressorWriter::new(Vec::new(), 4096, BROTLI_QUALITY, BROTLI_WINDOW);
                encoder.write_all(&tile)?;
                Ok(encoder.into_inner())
            }
        }
    }
}

/// Quality 5 of 11: smaller than gzip's 6 at about its cost; the next steps cost several times as much for a few percent.
const BROTLI_QUALITY: u32 = 5;

/// log₂ of the window, in bytes: four MiB, more than any tile.
const BROTLI_WINDOW: u32 = 22;

/// A finished tile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TileBody {
    /// The tile in the encoding asked for.
    pub bytes: Bytes,
    /// Strong entity tag, quotes included; another for every encoding.
    pub etag: String,
}

/// Why there is no tile.
#[derive(Debug, Clone, thiserror::Error)]
pub enum TileError {
    /// No layer of this name.
    #[error("there is no layer \"{0}\"")]
    UnknownLayer(String),
    /// It could not be compressed, or the program is stopping.
    #[error("the tile could not be made: {0}")]
    Failed(Arc<str>),
}

/// What a tile is made of.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct TileKey {
    /// Position of the layer, version of its snapshot, key of its filter.
    layers: Box<[(usize, u64, Option<u128>)]>,
    coord: TileCoord,
    encoding: Encoding,
}

struct Layer {
    spec: LayerSpec,
    current: Current,
}

/// A layer as one request sees it.
type Part = (usize, Arc<Snapshot>, Option<Arc<IdSet>>);

/// All layers of the map, and the tiles made of them so far.
pub struct Engine {
    layers: Vec<Layer>,
    tiles: Cache<TileKey, Option<TileBody>>,
    clusters: Cache<(usize, u64, Option<u128>), Arc<Clusters>>,
}

impl Engine {
    /// Layers without features yet, and caches that take at most `cache_bytes` together.
    pub fn new(specs: &[LayerSpec], cache_bytes: u64) -> Self {
        let layer = |spec: &LayerSpec| Layer { spec: *spec, current: Current::new(Snapshot::build(*spec, []).0) };
        // A quarter for clusters: they are what a miss at a low zoom costs most.
        let weight = |body: &Option<TileBody>| body.as_ref().map_or(0, |body| body.bytes.len()) + 256;
        Self {
            layers: specs.iter().map(layer).collect(),
            tiles: Cache::builder()
                .max_capacity(cache_bytes - cache_bytes / 4)
                .weigher(move |_, body| saturating(weight(body)))
                .build(),
            clusters: Cache::builder()
                .max_capacity(cache_bytes / 4)
                .weigher(|_, clusters: &Arc<Clusters>| saturating(clusters.size()))
                .build(),
        }
    }

    /// The layers, in the order they were given.
    pub fn specs(&self) -> impl Iterator<Item = &LayerSpec> {
        self.layers.iter().map(|layer| &layer.spec)
    }

    /// The current snapshot of a layer.
    ///
    /// # Errors
    /// [`TileError::UnknownLayer`].
    pub fn snapshot(&self, layer: &str) -> Result<Arc<Snapshot>, TileError> {
        self.position(layer).map(|at| self.layers[at].current.load())
    }

    /// Replaces all features of a layer and reports those that cannot be drawn. Tiles asked for from now on show the new state;
    /// those being made finish with the old one under its version. Takes CPU time: call it where that does no harm.
    ///
    /// # Errors
    /// [`TileError::UnknownLayer`].
    pub fn replace(&self, layer: &str, features: impl IntoIterator<Item = Feature>) -> Result<Vec<Refused>, TileError> {
        let layer = &self.layers[self.position(layer)?];
        let (snapshot, refused) = Snapshot::build(layer.spec, features);
        layer.current.store(snapshot);
        Ok(refused)
    }

    /// Version of the data of these layers together, 16 hexadecimal digits: a digest of their content, for addresses that
    /// can be cached for ever.
    ///
    /// # Errors
    /// [`TileError::UnknownLayer`].
    pub fn version(&self, layers: &[&str]) -> Result<String, TileError> {
        let mut hash = Sha256::new();
        for at in self.positions(layers)? {
            hash.update(self.layers[at].spec.name);
            hash.update(self.layers[at].current.load().version().to_le_bytes());
        }
        Ok(hex(&hash.finalize()[..8]))
    }

    /// Box around everything in these layers; `None` when they are empty.
    ///
    /// # Errors
    /// [`TileError::UnknownLayer`].
    pub fn bounds(&self, layers: &[&str]) -> Result<Option<Bbox>, TileError> {
        let positions = self.positions(layers)?;
        Ok(positions.into_iter().filter_map(|at| self.layers[at].current.load().bounds()).reduce(Bbox::union))
    }

    /// TileJSON of these layers, with `template` as the address of their tiles.
    ///
    /// # Errors
    /// [`TileError::UnknownLayer`].
    pub fn tilejson(&self, layers: &[&str], template: String) -> Result<TileJson, TileError> {
        let positions = self.positions(layers)?;
        let specs = positions.iter().map(|&at| &self.layers[at].spec);
        Ok(TileJson::new(specs, self.bounds(layers)?, template))
    }

    /// A tile of these layers; `None` when it is empty. `filters` says which features of a layer pass; a layer it does not name
    /// shows all. The order of layers does not matter, nor does naming one twice.
    ///
    /// # Errors
    /// [`TileError::UnknownLayer`]; [`TileError::Failed`].
    pub async fn tile(
        &self,
        layers: &[&str],
        coord: TileCoord,
        filters: &BTreeMap<&str, Arc<IdSet>>,
        encoding: Encoding,
    ) -> Result<Option<TileBody>, TileError> {
        let mut parts: Vec<Part> = Vec::with_capacity(layers.len());
        for at in self.positions(layers)? {
            let layer = &self.layers[at];
            // A layer that starts at a higher zoom changes nothing here, not even the key.
            if coord.z() >= layer.spec.minzoom {
                parts.push((at, layer.current.load(), filters.get(layer.spec.name).cloned()));
            }
        }
        let key = TileKey { layers: parts.iter().map(part_key).collect(), coord, encoding };
        let made = self.tiles.try_get_with(key, self.make(parts, coord, encoding)).await;
        made.map_err(|error| TileError::clone(&error))
    }

    async fn make(
        &self,
        parts: Vec<Part>,
        coord: TileCoord,
        encoding: Encoding,
    ) -> Result<Option<TileBody>, TileError> {
        let mut clusters = Vec::with_capacity(parts.len());
        for part in &parts {
            clusters.push(self.clusters_of(part, coord.z()).await?);
        }
        let body = compute(move || {
            let mut tile = Vec::new();
            for ((_, snapshot, filter), clusters) in parts.iter().zip(&clusters) {
                render(&mut tile, snapshot, clusters.as_deref(), filter.as_deref(), coord);
            }
            if tile.is_empty() {
                return Ok(None);
            }
            let bytes = encoding.encode(tile)?;
            let etag = format!("\"{}\"", hex(&Sha256::digest(&bytes)[..8]));
            Ok(Some(TileBody { bytes: bytes.into(), etag }))
        });
        body.await?.map_err(|error: std::io::Error| failed(&error))
    }

    async fn clusters_of(&self, part: &Part, zoom: u8) -> Result<Option<Arc<Clusters>>, TileError> {
        let (_, snapshot, filter) = part;
        let Some(spec) = snapshot.spec().cluster.filter(|_| is_clustered(snapshot, zoom)) else {
            return Ok(None);
        };
        let (snapshot, filter) = (snapshot.clone(), filter.clone());
        let build = compute(move || Arc::new(Clusters::build(&snapshot, spec, filter.as_deref())));
        let built = self.clusters.try_get_with(part_key(part), build).await;
        built.map(Some).map_err(|error| TileError::clone(&error))
    }

    fn position(&self, layer: &str) -> Result<usize, TileError> {
        let at = self.layers.iter().position(|known| known.spec.name == layer);
        at.ok_or_else(|| TileError::UnknownLayer(layer.to_owned()))
    }

    /// In the engine's order and each once, so that one tile has one key, and no layer is twice in it.
    fn positions(&self, layers: &[&str]) -> Result<Vec<usize>, TileError> {
        let mut positions = layers.iter().map(|layer| self.position(layer)).collect::<Result<Vec<_>, _>>()?;
        positions.sort_unstable();
        positions.dedup();
        Ok(positions)
    }
}

fn part_key((at, snapshot, filter): &Part) -> (usize, u64, Option<u128>) {
    (*at, snapshot.version(), filter.as_ref().map(|filter| filter.key()))
}

/// Runs what needs CPU time where it holds up no other request.
async fn compute<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, TileError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| failed(&error))
}

fn failed(error: &dyn std::error::Error) -> TileError {
    TileError::Failed(error.to_string().into())
}

fn saturating(size: usize) -> u32 {
    u32::try_from(size).unwrap_or(u32::MAX)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
