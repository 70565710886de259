//! The sources and layers together, and a cache of finished tiles.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::hash::{Hash, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};

use axum::body::Bytes;
use axum::http::HeaderValue;
use futures_util::FutureExt;
use moka::future::Cache;
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use super::clip::{BUFFER, EXTENT};
use super::index::Rect;
use super::pack::{Builder, Refused};
use super::render::{Layer, render};
use super::snapshot::{Snapshot, Touched};
use super::tilejson::TileJson;
use super::{Filter, LayerSpec, Shows, SourceSpec};
use crate::geo::{Bbox, MAX_ZOOM, TileCoord};

pub use super::encoding::Encoding;

/// A finished tile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TileBody {
    /// The tile in the encoding asked for.
    pub bytes: Bytes,
    /// Strong entity tag, quotes included; another for every encoding.
    pub etag: HeaderValue,
}

/// Why there is no tile.
#[derive(Debug, Clone, thiserror::Error)]
pub enum TileError {
    /// No layer of this name.
    #[error("there is no layer \"{0}\"")]
    UnknownLayer(String),
    /// No source of this name.
    #[error("there is no source \"{0}\"")]
    UnknownSource(String),
    /// It could not be compressed, or the program is stopping.
    #[error("the tile could not be made: {0}")]
    Failed(Arc<str>),
}

/// Some layers, and what of them is shown.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct View {
    /// One bit for each of the engine's layers.
    layers: u32,
    /// Filter of each of the engine's layers; nothing where no layer has one.
    filters: Option<Arc<[Option<Filter>]>>,
}

impl View {
    fn has(&self, layer: usize) -> bool {
        self.layers >> layer & 1 == 1
    }

    fn filter(&self, layer: usize) -> Option<&Filter> {
        self.filters.as_ref()?[layer].as_ref()
    }
}

/// What a finished tile is kept under.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct TileKey {
    coord: TileCoord,
    encoding: Encoding,
    /// Of the last change of each source that touches the tile: after another, the tile has another key.
    changes: u64,
    view: View,
}

/// A source with what it holds at this moment.
#[derive(Debug)]
struct Source {
    spec: SourceSpec,
    clustered: bool,
    /// Readers take a reference and keep it; a replacement never makes them wait, since the lock is held only to copy a pointer.
    state: RwLock<Arc<State>>,
    /// Held by who makes the next state.
    writing: Mutex<()>,
    /// What cannot be drawn, and why, by id.
    refused: Mutex<BTreeMap<u64, Vec<String>>>,
}

#[derive(Debug)]
struct State {
    snapshot: Snapshot,
    /// The last change that may touch any tile.
    everywhere: u64,
    /// The last change that touches a tile, by tile; what is not named was touched by none since `everywhere`.
    touched: HashMap<TileCoord, u64>,
}

impl State {
    fn change(&self, coord: TileCoord) -> u64 {
        if self.touched.is_empty() { self.everywhere } else { *self.touched.get(&coord).unwrap_or(&self.everywhere) }
    }
}

/// How many touched tiles are told apart before all count as touched.
const MOST_TOUCHED: usize = 100_000;

/// How many tiles a change of one feature may touch before all count as touched.
const MOST_TOUCHED_BY_ONE: usize = 10_000;

/// Every source and layer, and finished tiles.
#[derive(Debug)]
pub struct Engine {
    sources: Vec<Source>,
    /// Each with the position of its source.
    layers: Arc<[(Layer, usize)]>,
    changes: AtomicU64,
    /// Finished tiles; nothing where none are to be kept.
    tiles: Option<Cache<TileKey, Option<TileBody>>>,
}

impl Engine {
    /// Sources without features yet, and a cache that takes at most `cache_bytes`; 0 for none. A layer whose source is not there is not there.
    pub fn new(sources: &[SourceSpec], layers: &[LayerSpec], cache_bytes: u64) -> Self {
        let layers: Vec<(Layer, usize)> = layers
            .iter()
            .filter_map(|layer| {
                let at = sources.iter().position(|source| source.name == layer.source)?;
                Some((Layer::new(*layer, &sources[at]), at))
            })
            .collect();
        assert!(layers.len() <= 32, "a view has a bit for each layer");
        let shows_places = |(layer, _): &&(Layer, usize)| matches!(layer.spec.shows, Shows::Places { .. });
        let source = |(at, spec): (usize, &SourceSpec)| {
            let clustered = layers.iter().filter(shows_places).any(|(_, source)| *source == at);
            let snapshot = Snapshot::new(Builder::new(*spec).finish().0, clustered, 0);
            let state = State { snapshot, everywhere: 0, touched: HashMap::new() };
            Source {
                spec: *spec,
                clustered,
                state: RwLock::new(Arc::new(state)),
                writing: Mutex::default(),
                refused: Mutex::default(),
            }
        };
        let weight = |body: &Option<TileBody>| body.as_ref().map_or(0, |body| body.bytes.len()) + 256;
        Self {
            sources: sources.iter().enumerate().map(source).collect(),
            changes: AtomicU64::new(0),
            tiles: (cache_bytes > 0).then(|| {
                Cache::builder()
                    .max_capacity(cache_bytes)
                    .weigher(move |_, body| u32::try_from(weight(body)).unwrap_or(u32::MAX))
                    .build()
            }),
            layers: layers.into(),
        }
    }

    /// The layers, in the order they were given.
    pub fn specs(&self) -> impl Iterator<Item = &LayerSpec> {
        self.layers.iter().map(|(layer, _)| &layer.spec)
    }

    /// These layers, in any order, repeated or not, each with the filter that `filter` gives it.
    ///
    /// # Errors
    /// [`TileError::UnknownLayer`].
    pub fn view(&self, layers: &[&str], mut filter: impl FnMut(&str) -> Option<Filter>) -> Result<View, TileError> {
        let mut view = View { layers: 0, filters: None };
        for name in layers {
            let at = self.layers.iter().position(|(layer, _)| layer.spec.name == *name);
            view.layers |= 1 << at.ok_or_else(|| TileError::UnknownLayer((*name).to_owned()))?;
        }
        let filters: Vec<Option<Filter>> = self
            .layers
            .iter()
            .enumerate()
            .map(|(at, (layer, _))| if view.has(at) { filter(layer.spec.name) } else { None })
            .collect();
        if filters.iter().any(Option::is_some) {
            view.filters = Some(filters.into());
        }
        Ok(view)
    }

    /// These layers, unfiltered; nothing where one is unknown.
    pub fn unfiltered<'a>(&self, mut layers: impl Iterator<Item = &'a str>) -> Option<View> {
        let at = |name: &str| self.layers.iter().position(|(layer, _)| layer.spec.name == name);
        let layers = layers.try_fold(0, |layers, name| Some(layers | 1 << at(name)?))?;
        Some(View { layers, filters: None })
    }

    /// Positions of a view's layers, with their states.
    fn shown<'a>(&'a self, view: &'a View) -> impl Iterator<Item = (usize, &'a Layer, Arc<State>)> {
        let layers = self.layers.iter().enumerate().filter(|(at, _)| view.has(*at));
        layers.map(|(at, (layer, source))| (at, layer, self.sources[*source].load()))
    }

    fn source(&self, name: &str) -> Result<&Source, TileError> {
        let found = self.sources.iter().find(|source| source.spec.name == name);
        found.ok_or_else(|| TileError::UnknownSource(name.to_owned()))
    }

    /// The current state of a source.
    ///
    /// # Errors
    /// [`TileError::UnknownSource`].
    pub fn snapshot(&self, source: &str) -> Result<Snapshot, TileError> {
        Ok(self.source(source)?.load().snapshot.clone())
    }

    /// Reads features of a source, for [`Self::replace`] or [`Self::change`].
    ///
    /// # Errors
    /// [`TileError::UnknownSource`].
    pub fn builder(&self, source: &str) -> Result<Builder, TileError> {
        Ok(Builder::new(self.source(source)?.spec))
    }

    /// Replaces all features of a source and tells which cannot be drawn for a reason not told before. Tiles asked for from now
    /// on show the new state; those being made finish with the old one. Takes CPU time: call it where that does no harm.
    ///
    /// # Errors
    /// [`TileError::UnknownSource`].
    pub fn replace(&self, source: &str, features: Builder, today: i32) -> Result<Vec<Refused>, TileError> {
        let source = self.source(source)?;
        let _writing = source.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let (packed, refused) = features.finish();
        let snapshot = Snapshot::new(packed, source.clustered, today);
        let old = source.load();
        if (old.snapshot.digest(), old.snapshot.today()) != (snapshot.digest(), today) {
            let everywhere = self.changes.fetch_add(1, Ordering::Relaxed) + 1;
            source.store(State { snapshot, everywhere, touched: HashMap::new() });
        }
        let mut known = source.refused.lock().unwrap_or_else(PoisonError::into_inner);
        let before = std::mem::take(&mut *known);
        Ok(note(&mut known, &before, refused))
    }

    /// Replaces the features with these ids by those that were read; what was not read is no more. Costs about as much as there are
    /// of them, and makes anew only the tiles that they touch.
    ///
    /// # Errors
    /// [`TileError::UnknownSource`].
    pub fn change(&self, source: &str, ids: &[u64], features: Builder) -> Result<Vec<Refused>, TileError> {
        let source = self.source(source)?;
        let _writing = source.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let old = source.load();
        let change = old.snapshot.changed(ids, features);
        if !change.touched.is_empty() {
            let number = self.changes.fetch_add(1, Ordering::Relaxed) + 1;
            let mut touched = old.touched.clone();
            let known = change.touched.iter().all(|one| touch(&mut touched, one, source.clustered, number));
            let (everywhere, touched) = if known && touched.len() <= MOST_TOUCHED {
                (old.everywhere, touched)
            } else {
                (number, HashMap::new())
            };
            source.store(State { snapshot: change.snapshot, everywhere, touched });
        }
        let mut known = source.refused.lock().unwrap_or_else(PoisonError::into_inner);
        let before = known.clone();
        ids.iter().for_each(|id| drop(known.remove(id)));
        Ok(note(&mut known, &before, change.refused))
    }

    /// Makes a day today.
    pub fn set_today(&self, today: i32) {
        for source in self.sources.iter().filter(|source| source.spec.timed.is_some()) {
            let _writing = source.writing.lock().unwrap_or_else(PoisonError::into_inner);
            let old = source.load();
            if old.snapshot.today() != today {
                let everywhere = self.changes.fetch_add(1, Ordering::Relaxed) + 1;
                source.store(State { snapshot: old.snapshot.on(today), everywhere, touched: HashMap::new() });
            }
        }
    }

    /// What cannot be drawn, by source.
    pub fn refused(&self) -> Vec<(&'static str, Refused)> {
        let of = |source: &Source| {
            let known = source.refused.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let rows = known.into_iter().flat_map(|(id, reasons)| reasons.into_iter().map(move |reason| (id, reason)));
            rows.map(|(id, reason)| (source.spec.name, Refused { id, reason })).collect::<Vec<_>>()
        };
        self.sources.iter().flat_map(of).collect()
    }

    /// Version of what a view shows, 16 hexadecimal digits: a digest of the content, of the filters, and of the day where it
    /// matters. An address that carries it can be cached for ever.
    pub fn version(&self, view: &View) -> String {
        let mut hash = Xxh3::new();
        for (at, layer, state) in self.shown(view) {
            layer.spec.name.hash(&mut hash);
            state.snapshot.digest().hash(&mut hash);
            view.filter(at).hash(&mut hash);
            if layer.is_timed() {
                state.snapshot.today().hash(&mut hash);
            }
        }
        hex(hash.finish())
    }

    /// Box around everything in a view's layers; nothing when they are empty.
    pub fn bounds(&self, view: &View) -> Option<Bbox> {
        self.shown(view).filter_map(|(_, _, state)| state.snapshot.bounds()).reduce(Bbox::union)
    }

    /// TileJSON of a view's layers, with `template` as the address of their tiles.
    pub fn tilejson(&self, view: &View, template: String) -> TileJson {
        let shown: Vec<_> = self.shown(view).map(|(_, layer, state)| (layer.spec, *state.snapshot.spec())).collect();
        TileJson::new(shown.iter().map(|(layer, source)| (layer, source)), self.bounds(view), template)
    }

    /// What a tile is kept under; `seen` is shown the state of each layer that it has.
    fn key(
        &self,
        view: &View,
        coord: TileCoord,
        encoding: Encoding,
        mut seen: impl FnMut(usize, &Arc<State>),
    ) -> TileKey {
        // A layer that starts at a higher zoom changes nothing here, not even the key.
        let (mut layers, mut changes) = (0, 0u64);
        for (at, (layer, source)) in self.layers.iter().enumerate().filter(|(at, _)| view.has(*at)) {
            if coord.z() >= layer.spec.minzoom {
                let state = self.sources[*source].read();
                layers |= 1 << at;
                // Mixed, not the greatest of them: a change of one source may fall between the looks at two.
                changes = (changes.rotate_left(23) ^ state.change(coord)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
                seen(at, &state);
            }
        }
        TileKey { coord, encoding, changes, view: View { layers, filters: view.filters.clone() } }
    }

    /// A tile that is in the cache: as [`Self::tile`], but at once or not at all.
    pub fn at_hand(&self, view: &View, coord: TileCoord, encoding: Encoding) -> Option<Option<TileBody>> {
        self.tiles.as_ref()?.get(&self.key(view, coord, encoding, |_, _| ())).now_or_never()?
    }

    /// A tile of a view; nothing when it is empty.
    ///
    /// # Errors
    /// [`TileError::Failed`].
    pub async fn tile(&self, view: &View, coord: TileCoord, encoding: Encoding) -> Result<Option<TileBody>, TileError> {
        let mut states = Vec::with_capacity(4);
        let key = self.key(view, coord, encoding, |at, state| {
            states.push((at, state.clone()));
        });
        let made = make(self.layers.clone(), states, view.clone(), coord, encoding);
        let Some(tiles) = &self.tiles else { return made.await };
        let made = tiles.try_get_with(key, made).await;
        made.map_err(|error: Arc<TileError>| TileError::clone(&error))
    }
}

/// Layers of less than this, in bytes, make a tile in less time than another thread would take to begin.
const SMALL: usize = 1 << 20;

/// Makes a tile of some of the layers, by position, in these states.
async fn make(
    layers: Arc<[(Layer, usize)]>,
    states: Vec<(usize, Arc<State>)>,
    view: View,
    coord: TileCoord,
    encoding: Encoding,
) -> Result<Option<TileBody>, TileError> {
    let is_small = states.iter().map(|(_, state)| state.snapshot.size()).sum::<usize>() < SMALL;
    let work = move || {
        let mut tile = Vec::new();
        for (at, state) in &states {
            render(&mut tile, &layers[*at].0, &state.snapshot, view.filter(*at), coord);
        }
        if tile.is_empty() { Ok(None) } else { body(tile, encoding).map(Some) }
    };
    let made = if is_small && encoding != Encoding::Brotli {
        work()
    } else {
        tokio::task::spawn_blocking(work).await.map_err(|error| failed(&error))?
    };
    made.map_err(|error| failed(&error))
}

impl Source {
    fn read(&self) -> RwLockReadGuard<'_, Arc<State>> {
        // A pointer copy cannot leave anything half done, so a poisoned lock is as good as any.
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn load(&self) -> Arc<State> {
        self.read().clone()
    }

    fn store(&self, state: State) {
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(state);
    }
}

/// Adds what was refused to what is known, and tells what was not known before.
fn note(
    known: &mut BTreeMap<u64, Vec<String>>,
    before: &BTreeMap<u64, Vec<String>>,
    refused: Vec<Refused>,
) -> Vec<Refused> {
    for row in &refused {
        known.entry(row.id).or_default().push(row.reason.clone());
    }
    let told = |row: &Refused| before.get(&row.id).is_some_and(|reasons| reasons.contains(&row.reason));
    refused.into_iter().filter(|row| !told(row)).collect()
}

/// Notes the tiles, of all zooms, that show something different after a change; `false` where they are too many.
fn touch(tiles: &mut HashMap<TileCoord, u64>, touched: &Touched, clustered: bool, change: u64) -> bool {
    let before = tiles.len();
    // A unit more than the buffer, for what rounding moves.
    let buffer = f64::from(BUFFER + 1) / f64::from(EXTENT);
    let [x, y] = touched.place;
    let place = [x, y, x, y];
    for zoom in 0..=MAX_ZOOM {
        // A cluster depends on what is within half a tile.
        let far = if clustered && zoom <= super::cluster::MAX_ZOOM { 0.5 } else { buffer };
        for (rect, margin) in [(place, far)].into_iter().chain(touched.outline.map(|rect| (rect, buffer))) {
            for coord in tiles_within(rect, zoom, margin) {
                tiles.insert(coord, change);
                if tiles.len() - before > MOST_TOUCHED_BY_ONE {
                    return false;
                }
            }
        }
    }
    true
}

/// Tiles of a zoom that lie in a box, or nearer to it than a part of their width.
fn tiles_within(rect: Rect, zoom: u8, margin: f64) -> impl Iterator<Item = TileCoord> {
    let size = f64::from(1u32 << zoom);
    // Saturates at 0; a tile that does not exist is left out below.
    let low = |axis: f64| (axis * size - margin).floor() as u32;
    let high = |axis: f64| (axis * size + margin).floor() as u32;
    let columns = low(rect[0])..=high(rect[2]);
    (low(rect[1])..=high(rect[3]))
        .flat_map(move |y| columns.clone().filter_map(move |x| TileCoord::new(zoom, x, y).ok()))
}

fn body(tile: Vec<u8>, encoding: Encoding) -> std::io::Result<TileBody> {
    let bytes = encoding.encode(tile)?;
    let etag = format!("\"{}\"", hex(xxh3_64(&bytes)));
    let etag = HeaderValue::try_from(etag).map_err(std::io::Error::other)?;
    Ok(TileBody { bytes: bytes.into(), etag })
}

fn failed(error: &dyn std::error::Error) -> TileError {
    TileError::Failed(error.to_string().into())
}

fn hex(number: u64) -> String {
    let mut text = String::with_capacity(16);
    // Writing to a String cannot fail.
    let _ = write!(text, "{number:016x}");
    text
}

#[cfg(test)]
mod tests;
