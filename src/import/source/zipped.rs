//! Zip files: what they hold, and that nothing in them is more than it seems.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use ::zip::ZipArchive;
use ::zip::result::ZipError;

use super::{Bytes, Fault};

/// Most bytes that a zip file may unpack to.
const MOST_BYTES: u64 = 1 << 30;

/// Most bytes of a workbook's parts: a spreadsheet is read into memory.
const MOST_WORKBOOK_BYTES: u64 = 256 << 20;

/// Most files within.
const MOST_FILES: usize = 1000;

/// What a zip file is.
#[derive(Debug)]
pub enum Holds {
    /// An Excel workbook.
    Workbook,
    /// An OpenDocument spreadsheet.
    OpenDocument,
    /// One shapefile; names of its parts.
    Shapefile(Vec<String>),
}

fn open(bytes: &Bytes) -> Result<ZipArchive<impl io::Read + io::Seek>, Fault> {
    ZipArchive::new(bytes.reader()?).map_err(|error| Fault::new(None, format!("the zip file is broken: {error}")))
}

/// Looks at the names in a zip file, and unpacks all of it into nothing: sizes that a zip file states may be false.
///
/// # Errors
/// It is broken, unpacks to too much, leaves its folder, or holds nothing that can be read.
pub fn look(bytes: &Bytes) -> Result<Holds, Fault> {
    let mut archive = open(bytes)?;
    if archive.len() > MOST_FILES {
        return Err(Fault::new(
            None,
            format!("the zip file holds {} files; at most {MOST_FILES} are read", archive.len()),
        ));
    }
    let broken = |error: ZipError| Fault::new(None, format!("the zip file is broken: {error}"));
    let names = archive
        .file_names()
        .map(|name| name.map(Cow::into_owned))
        .collect::<Result<Vec<String>, _>>()
        .map_err(broken)?;
    if let Some(name) =
        names.iter().find(|name| Path::new(name).is_absolute() || name.split(['/', '\\']).any(|part| part == ".."))
    {
        return Err(Fault::new(None, format!("the zip file holds \"{name}\", which leads out of its folder")));
    }
    let has = |name: &str| names.iter().any(|one| one == name);
    let (holds, most) = if has("xl/workbook.xml") {
        (Holds::Workbook, MOST_WORKBOOK_BYTES)
    } else if has("content.xml") && has("mimetype") {
        (Holds::OpenDocument, MOST_WORKBOOK_BYTES)
    } else {
        let shapes: Vec<&String> = names.iter().filter(|name| name.to_ascii_lowercase().ends_with(".shp")).collect();
        match shapes[..] {
            [one] => {
                let stem = one[..one.len() - 4].to_owned();
                let parts = names.iter().filter(|name| name.get(..stem.len()) == Some(&stem)).cloned().collect();
                (Holds::Shapefile(parts), MOST_BYTES)
            }
            [] => return Err(Fault::new(None, "the zip file holds no shapefile, and is no workbook")),
            _ => {
                let shapes: Vec<&str> = shapes.into_iter().map(String::as_str).collect();
                let reason = format!("the zip file holds several shapefiles ({}); give one", shapes.join(", "));
                return Err(Fault::new(None, reason));
            }
        }
    };
    let mut left = most;
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(broken)?;
        let name = entry.name().map_err(broken)?.into_owned();
        let unpacked = io::copy(&mut entry.take(left + 1), &mut io::sink())
            .map_err(|error| Fault::new(None, format!("\"{name}\" in the zip file is broken: {error}")))?;
        if unpacked > left {
            return Err(Fault::new(None, format!("the zip file unpacks to more than {} MiB", most >> 20)));
        }
        left -= unpacked;
    }
    Ok(holds)
}

/// Unpacks files of an archive that was looked at into a folder, without the folders they stand in.
///
/// # Errors
/// It cannot be written.
pub fn unpack(bytes: &Bytes, names: &[String], folder: &Path) -> Result<(), Fault> {
    let mut archive = open(bytes)?;
    for name in names {
        let entry = archive.by_name(name).map_err(|error| Fault::new(None, error.to_string()))?;
        let Some(plain) = name.rsplit('/').next().filter(|plain| !plain.is_empty()) else { continue };
        io::copy(&mut entry.take(MOST_BYTES), &mut File::create(folder.join(plain))?)?;
    }
    Ok(())
}
