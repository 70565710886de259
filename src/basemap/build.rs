//! `pestor basemap build`: OpenStreetMap data of a region becomes one MBTiles file, by tilemaker and our own profile.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;

use super::{Archive, mend};
use crate::geo::Bbox;

/// Which tags become which layer, and the zooms of the layers. What they make is drawn by `tiles-style/osm.mjs`.
const PROFILE: [(&str, &str); 2] =
    [("osm.json", include_str!("../../tiles-style/osm.json")), ("osm.lua", include_str!("../../tiles-style/osm.lua"))];

/// How much of what tilemaker said last is worth repeating, bytes.
const LAST_WORDS: usize = 600;

/// What to build.
#[derive(Debug, Clone, clap::Args)]
pub struct Build {
    /// OpenStreetMap data of a region (.osm.pbf), for example a voivodeship from Geofabrik.
    pub region: PathBuf,
    /// The file to make; without it the region's name with .mbtiles, in the current folder.
    #[arg(long)]
    pub output: Option<PathBuf>,
    /// Only this part: minlon,minlat,maxlon,maxlat in degrees.
    #[arg(long, value_parser = Bbox::parse, allow_hyphen_values = true)]
    pub bounds: Option<Bbox>,
}

/// Why there is no new file.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The region's file is not what it should be.
    #[error("{}: {reason}", path.display())]
    Input {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The program that does it is not there.
    #[error("tilemaker is not installed; on Debian and Ubuntu: apt install tilemaker")]
    NoTilemaker,
    /// It failed.
    #[error("tilemaker failed ({status}): {said}")]
    Tilemaker {
        /// How it ended.
        status: String,
        /// Its last words.
        said: String,
    },
    /// The region was cut without keeping its ways whole, and the program that mends that is not there.
    #[error("{}: was cut without keeping its ways whole; on Debian and Ubuntu: apt install osmium-tool, and try again", path.display())]
    NoOsmium {
        /// The file.
        path: PathBuf,
    },
    /// That program failed.
    #[error("osmium failed: {0}")]
    Osmium(String),
    /// It made something that cannot be shown.
    #[error("{0}; nothing was written")]
    Result(String),
    /// The new file cannot be written.
    #[error("{}: {reason}", path.display())]
    Output {
        /// The file or its folder.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// Somebody stopped it.
    #[error("stopped; nothing was written")]
    Stopped,
}

/// A finished basemap.
#[derive(Debug)]
pub struct Built {
    /// The file.
    pub path: PathBuf,
    /// Its tiles.
    pub tiles: i64,
    /// Its size.
    pub bytes: u64,
    /// What it covers.
    pub bounds: Bbox,
}

impl std::fmt::Display for Built {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [west, south, east, north] = self.bounds.to_array();
        let path = self.path.display();
        writeln!(f, "{path}: {} tiles, {} kB, {west},{south},{east},{north}", self.tiles, self.bytes.div_ceil(1000))?;
        writeln!(f, "\nTo offer it, add to pestor.toml:\n\n[[basemaps]]\nid = \"miasto\"\nkind = \"mbtiles\"")?;
        write!(f, "label_pl = \"Mapa szczegółowa\"\nlabel_en = \"Detailed map\"\nurl = \"{path}\"")
    }
}

/// Builds the file beside its final place and puts it there at the end. Until then what was there stays; a build that is killed
/// leaves at most a hidden folder, which the next one clears.
///
/// # Errors
/// The input is missing or no OpenStreetMap PBF, tilemaker is missing or fails, nothing came out, or it cannot be written.
pub async fn build(build: &Build, stop: impl Future<Output = ()>) -> Result<Built, BuildError> {
    check_input(&build.region)?;
    let output = build.output.clone().unwrap_or_else(|| default_output(&build.region));
    let unwritable = |reason: String| BuildError::Output { path: output.clone(), reason };
    let name = output.file_name().ok_or_else(|| unwritable("is not a file name".to_owned()))?;
    let folder = output.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let work = folder.join(format!(".{}.part", name.to_string_lossy()));
    let failed = |error: std::io::Error| BuildError::Output { path: work.clone(), reason: error.to_string() };
    std::fs::create_dir(&work)
        .or_else(|error| if error.kind() == std::io::ErrorKind::AlreadyExists { Ok(()) } else { Err(error) })
        .map_err(failed)?;
    let lock = File::open(&work).map_err(failed)?;
    lock.try_lock().map_err(|_| unwritable("another build is writing it".to_owned()))?;
    let made = tokio::select! {
        made = make(build, &work) => made,
        () = stop => Err(BuildError::Stopped),
    };
    let finished = match made {
        Ok(built) => {
            std::fs::rename(&built.path, &output).map_err(|error| unwritable(error.to_string())).map(|()| built)
        }
        Err(error) => Err(error),
    };
    std::fs::remove_dir_all(&work).map_err(failed)?;
    finished.map(|built| Built { path: output.clone(), ..built })
}

/// Runs tilemaker in a folder of its own and looks at what it made.
async fn make(build: &Build, work: &Path) -> Result<Built, BuildError> {
    let failed = |error: std::io::Error| BuildError::Output { path: work.to_owned(), reason: error.to_string() };
    let tiles = work.join("tiles.mbtiles");
    for entry in std::fs::read_dir(work).map_err(failed)? {
        std::fs::remove_file(entry.map_err(failed)?.path()).map_err(failed)?;
    }
    for (name, text) in PROFILE {
        std::fs::write(work.join(name), text).map_err(failed)?;
    }
    match tilemaker(&build.region, work, &tiles, build.bounds).await {
        Err(BuildError::Tilemaker { said, .. }) if said.contains(mend::COMPLAINT) => {
            let mended = work.join("mended.osm.pbf");
            mend::mend(&build.region, &mended).await?;
            let bounds = match build.bounds {
                None => mend::covered(&build.region).await,
                bounds => bounds,
            };
            tilemaker(&mended, work, &tiles, bounds).await?;
        }
        ran => ran?,
    }
    let nothing = |error: super::BasemapError| BuildError::Result(error.to_string());
    let archive = Archive::open(&tiles).await.map_err(nothing)?;
    let count = archive.count().await.map_err(nothing)?;
    if count == 0 {
        return Err(BuildError::Result("the region has nothing to draw within the bounds".to_owned()));
    }
    // What takes the old file's place must be on the disk, not on its way there.
    let file = File::open(&tiles).map_err(failed)?;
    file.sync_all().map_err(failed)?;
    let bytes = file.metadata().map_err(failed)?.len();
    Ok(Built { path: tiles, tiles: count, bytes, bounds: build.bounds.unwrap_or(archive.bounds()) })
}

/// Makes tiles of a region.
async fn tilemaker(region: &Path, work: &Path, tiles: &Path, bounds: Option<Bbox>) -> Result<(), BuildError> {
    let mut tilemaker = Command::new("tilemaker");
    tilemaker.arg("--input").arg(region).arg("--output").arg(tiles);
    tilemaker.arg("--config").arg(work.join("osm.json")).arg("--process").arg(work.join("osm.lua"));
    if let Some(Bbox { west, south, east, north }) = bounds {
        tilemaker.arg(format!("--bbox={west},{south},{east},{north}"));
    }
    let ran = tilemaker.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true).spawn();
    let ran = match ran {
        Ok(child) => child.wait_with_output().await,
        Err(error) => Err(error),
    };
    let ran = ran.map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => BuildError::NoTilemaker,
        _ => BuildError::Tilemaker { status: "not started".to_owned(), said: error.to_string() },
    })?;
    if ran.status.success() {
        return Ok(());
    }
    Err(BuildError::Tilemaker { status: ran.status.to_string(), said: last_words(&ran.stderr) })
}

/// The end of what a program said, on one line.
pub(super) fn last_words(said: &[u8]) -> String {
    let text = String::from_utf8_lossy(&said[said.len().saturating_sub(LAST_WORDS)..]).into_owned();
    let lines: Vec<&str> = text.split(['\n', '\r']).map(str::trim).filter(|line| !line.is_empty()).collect();
    lines[lines.len().saturating_sub(3)..].join("; ")
}

/// Looks whether the file begins as OpenStreetMap's PBF does: the length of a header, and the word `OSMHeader` in it
/// (<https://wiki.openstreetmap.org/wiki/PBF_Format>). tilemaker takes anything else for an empty region.
fn check_input(path: &Path) -> Result<(), BuildError> {
    let wrong = |reason: &str| BuildError::Input { path: path.to_owned(), reason: reason.to_owned() };
    let mut file = File::open(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => wrong("there is no such file"),
        _ => wrong(&error.to_string()),
    })?;
    let mut start = Vec::new();
    file.by_ref().take(64).read_to_end(&mut start).map_err(|error| wrong(&error.to_string()))?;
    let word = b"OSMHeader";
    if start.len() < 20 || start[0] != 0 || !start.windows(word.len()).any(|window| window == word) {
        return Err(wrong("is not OpenStreetMap data in PBF (.osm.pbf)"));
    }
    Ok(())
}

fn default_output(region: &Path) -> PathBuf {
    let name = region.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let stem = name.strip_suffix(".pbf").unwrap_or(&name);
    PathBuf::from(format!("{}.mbtiles", stem.strip_suffix(".osm").unwrap_or(stem)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_called_as_the_region() {
        assert_eq!(default_output(Path::new("a/kujawsko-pomorskie.osm.pbf")), Path::new("kujawsko-pomorskie.mbtiles"));
        assert_eq!(default_output(Path::new("torun.pbf")), Path::new("torun.mbtiles"));
    }

    #[test]
    fn last_words_are_short() {
        let said = b"Reading\rBlock 1\nterminate called\n  what():  zlib decompression\n";
        assert_eq!(last_words(said), "Block 1; terminate called; what():  zlib decompression");
    }
}
