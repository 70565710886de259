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

    /// The same layers with what they hold now, to replace some of them with another state (a day in the past); caches of
    /// its own.
    #[must_use]
    pub fn fork(&self, cache_bytes: u64) -> Self {
        let specs: Vec<LayerSpec> = self.specs().copied().collect();
        let fork = Self::new(&specs, cache_bytes);
        for (new, old) in fork.layers.iter().zip(&self.layers) {
            new.current.share(old.current.load());
        }
        fork
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

    /// Version of the data of these layers together, 16 hexadecimal digits: a digest of their content.
    ///
    /// # Errors
    /// [`TileError::UnknownLayer`].
    pub fn version(&self, layers: &[&str]) -> Result<String, TileError> {
        self.filtered_version(layers, &BTreeMap::new())
    }

    /// The same of what these filters let through. An address that carries it can be cached for ever: what a filter selects
    /// can change (by a word in a description, say) while nothing that the tiles themselves hold does.
    ///
    /// # Errors
    /// [`TileError::UnknownLayer`].
    pub fn filtered_version(&self, layers: &[&str], filters: &BTreeMap<&str, Arc<IdSet>>) -> Result<String, TileError> {
        let mut hash = Sha256::new();
        for at in self.positions(layers)? {
            let layer = &self.layers[at];
            hash.update(layer.spec.name);
            hash.update(layer.current.load().version().to_le_bytes());
            if let Some(filter) = filters.get(layer.spec.name) {
                hash.update(filter.key().to_le_bytes());
            }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tiles::{ClusterSpec, decode};
    use geo::point;
    use std::io::Read as _;

    const SPEC: LayerSpec = LayerSpec {
        name: "points",
        description: "Points",
        minzoom: 0,
        maxzoom: 14,
        cluster: Some(ClusterSpec { radius_px: 50.0, counted_as: None }),
        fields: &[],
        keep_tiny: false,
    };
    const SPECS: [LayerSpec; 2] = [SPEC, LayerSpec { name: "areas", cluster: None, minzoom: 3, ..SPEC }];

    fn feature(id: u64, x: f64) -> Feature {
        let properties = vec![("name", format!("No {id}").into())];
        Feature { id, geometry: point!(x: x, y: 53.0).into(), properties, counted: false }
    }

    fn engine() -> Engine {
        let engine = Engine::new(&SPECS, 1 << 20);
        assert_eq!(engine.replace("points", [feature(1, 18.5), feature(2, 18.7), feature(3, 300.0)]).unwrap().len(), 1);
        engine.replace("areas", [feature(1, 18.5)]).unwrap();
        engine
    }

    fn coord(z: u8) -> TileCoord {
        let (x, y) = crate::geo::to_world(18.5, 53.0);
        let size = f64::from(1u32 << z);
        TileCoord::new(z, (x * size) as u32, (y * size) as u32).unwrap()
    }

    async fn get(engine: &Engine, layers: &[&str], z: u8, encoding: Encoding) -> TileBody {
        engine.tile(layers, coord(z), &BTreeMap::new(), encoding).await.unwrap().unwrap()
    }

    #[tokio::test]
    async fn encodings_hold_the_same_tile_under_different_tags() {
        let engine = engine();
        let plain = get(&engine, &["points"], 5, Encoding::Identity).await;
        let gzip = get(&engine, &["points"], 5, Encoding::Gzip).await;
        let brotli = get(&engine, &["points"], 5, Encoding::Brotli).await;
        let (mut from_gzip, mut from_brotli) = (Vec::new(), Vec::new());
        flate2::read::GzDecoder::new(&gzip.bytes[..]).read_to_end(&mut from_gzip).unwrap();
        brotli::Decompressor::new(&brotli.bytes[..], 4096).read_to_end(&mut from_brotli).unwrap();
        assert!(from_gzip == plain.bytes && from_brotli == plain.bytes);
        assert!(plain.etag != gzip.etag && gzip.etag != brotli.etag && plain.etag != brotli.etag);
        assert!(plain.etag.starts_with('"') && plain.etag.ends_with('"') && plain.etag.len() == 18);
        assert_eq!(plain, get(&engine, &["points"], 5, Encoding::Identity).await);
    }

    #[tokio::test]
    async fn layers_in_any_order_once_each() {
        let engine = engine();
        let both = get(&engine, &["points", "areas"], 5, Encoding::Identity).await;
        assert_eq!(both, get(&engine, &["areas", "points", "areas"], 5, Encoding::Identity).await);
        let names: Vec<_> = decode::read(&both.bytes).unwrap().into_iter().map(|layer| layer.name).collect();
        assert_eq!(names, ["areas", "points"]);
        let low = get(&engine, &["points", "areas"], 2, Encoding::Identity).await;
        assert_eq!(decode::read(&low.bytes).unwrap().len(), 1);
        let unknown = engine.tile(&["points", "nothing"], coord(5), &BTreeMap::new(), Encoding::Identity).await;
        assert!(matches!(unknown, Err(TileError::UnknownLayer(name)) if name == "nothing"));
    }

    #[tokio::test]
    async fn empty_tiles_and_filters() {
        let engine = engine();
        let far = TileCoord::new(5, 0, 0).unwrap();
        assert_eq!(engine.tile(&["points"], far, &BTreeMap::new(), Encoding::Gzip).await.unwrap(), None);
        for (ids, expected) in [(vec![2], vec![2]), (vec![1], vec![1]), (vec![], vec![])] {
            let filters = BTreeMap::from([("points", Arc::new(IdSet::new(ids)))]);
            let body = engine.tile(&["points"], coord(5), &filters, Encoding::Identity).await.unwrap();
            let shown = body.map_or(vec![], |body| decode::read(&body.bytes).unwrap().remove(0).features);
            assert_eq!(shown.iter().map(|feature| feature.id).collect::<Vec<_>>(), expected);
        }
    }

    #[tokio::test]
    async fn new_data_is_never_hidden_by_the_cache() {
        let engine = engine();
        let (before, version) =
            (get(&engine, &["points"], 13, Encoding::Gzip).await, engine.version(&["points"]).unwrap());
        engine.replace("points", [feature(1, 18.5), feature(4, 18.5)]).unwrap();
        let after = get(&engine, &["points"], 13, Encoding::Gzip).await;
        assert!(before.etag != after.etag && version != engine.version(&["points"]).unwrap());
        assert_eq!(engine.snapshot("points").unwrap().len(), 2);
        engine.replace("points", [feature(1, 18.5), feature(2, 18.7)]).unwrap();
        assert_eq!(version, engine.version(&["points"]).unwrap(), "the same rows have the same version");
        assert_eq!(before, get(&engine, &["points"], 13, Encoding::Gzip).await);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn many_at_once_while_data_changes() {
        let engine = Arc::new(engine());
        let readers = (0..32).map(|at: u8| {
            let engine = engine.clone();
            tokio::spawn(async move {
                for round in 0..20 {
                    let body = get(&engine, &["points", "areas"], (at + round) % 15, Encoding::Identity).await;
                    decode::read(&body.bytes).unwrap();
                }
            })
        });
        let readers: Vec<_> = readers.collect();
        for id in 10..40 {
            engine.replace("points", [feature(1, 18.5), feature(id, 18.7)]).unwrap();
            tokio::task::yield_now().await;
        }
        for reader in readers {
            reader.await.unwrap();
        }
    }

    #[test]
    fn tilejson_and_bounds() {
        let engine = engine();
        let bounds = engine.bounds(&["points"]).unwrap().unwrap();
        assert!((bounds.west - 18.5).abs() < 1e-9 && (bounds.east - 18.7).abs() < 1e-9);
        let json = engine.tilejson(&["areas", "points"], "http://localhost/tiles/{z}/{x}/{y}.mvt".into()).unwrap();
        assert_eq!((json.name.as_str(), json.minzoom, json.vector_layers.len()), ("points,areas", 0, 2));
        assert!(engine.version(&["nothing"]).is_err());
        let version = |ids: Vec<u64>| {
            let filters = BTreeMap::from([("points", Arc::new(IdSet::new(ids)))]);
            engine.filtered_version(&["points"], &filters).unwrap()
        };
        assert!(version(vec![1]) != version(vec![1, 2]) && version(vec![1]) == version(vec![1, 1]));
    }
}
