//! Shapefiles (ESRI, 1998): `.shp`, `.shx` and `.dbf` side by side or in a zip file, with `.prj` and `.cpg` where they are there.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};

use ::shapefile::dbase::encoding::EncodingRs;
use ::shapefile::dbase::{self, FieldValue, ReaderBuilder};
use ::shapefile::{Shape, ShapeReader};
use encoding_rs::{Encoding, UTF_8};
use geo::{Geometry, MultiLineString, MultiPoint, MultiPolygon, Point};
use tempfile::TempDir;

use super::{Bytes, Fault, Hints, Record, Survey, Take, check_header, encoding, zipped};
use crate::import::report::Place;

/// A shapefile that has been looked at.
#[derive(Debug)]
pub struct Shapes {
    shp: PathBuf,
    dbf: PathBuf,
    shx: PathBuf,
    encoding: &'static Encoding,
    /// Holds what was unpacked, until the end.
    _folder: Option<TempDir>,
}

impl Shapes {
    /// Unpacks and looks at a shapefile in a zip file.
    ///
    /// # Errors
    /// As [`Self::beside`].
    pub fn unpack(bytes: &Bytes, names: &[String], hints: &Hints) -> Result<(Survey, Self), Fault> {
        let folder = tempfile::tempdir()?;
        zipped::unpack(bytes, names, folder.path())?;
        let shp = parts(folder.path(), None, "shp")?.ok_or_else(|| Fault::new(None, "the zip file holds no .shp"))?;
        let (survey, mut shapes) = Self::beside(&shp, hints)?;
        shapes._folder = Some(folder);
        Ok((survey, shapes))
    }

    /// Looks at a shapefile and the files beside it.
    ///
    /// # Errors
    /// A part is missing or broken, or the encoding of its texts is not known.
    pub fn beside(shp: &Path, hints: &Hints) -> Result<(Survey, Self), Fault> {
        let folder = shp.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let part = |extension: &str| parts(folder, shp.file_stem(), extension);
        let needed = |extension: &str| {
            part(extension)?.ok_or_else(|| {
                Fault::new(
                    None,
                    format!("the shapefile is without its .{extension}; .shp, .shx and .dbf belong together"),
                )
            })
        };
        let (shx, dbf) = (needed("shx")?, needed("dbf")?);
        let declared = match (&hints.encoding, part("cpg")?) {
            (Some(name), _) => Some(encoding::named(name)),
            (None, Some(cpg)) => Some(encoding::named(read_short(&cpg)?.trim())),
            (None, None) => None,
        };
        let encoding = match declared {
            Some(encoding) => encoding.map_err(|reason| Fault::new(None, reason))?,
            None => code_page(&dbf)?,
        };
        let projection = part("prj")?.map(|prj| read_short(&prj)).transpose()?.filter(|text| !text.trim().is_empty());
        let shapes = Self { shp: shp.to_owned(), dbf, shx, encoding, _folder: None };
        let (shape_reader, table) = shapes.readers()?;
        let columns: Vec<String> = table.fields().iter().map(|field| field.name().trim().to_owned()).collect();
        check_header(&columns, 0)?;
        let rows = shape_reader.shape_count().map_err(broken)? as u64;
        let understood = format!("shapefile, {}", encoding.name());
        Ok((Survey { columns, rows, projection, geometries: true, understood, ..Survey::default() }, shapes))
    }

    #[allow(clippy::type_complexity, reason = "two readers of the library, as it names them")]
    fn readers(&self) -> Result<(ShapeReader<BufReader<File>>, dbase::Reader<BufReader<File>>), Fault> {
        let open = |path: &Path| File::open(path).map(BufReader::new);
        let shapes = ShapeReader::with_shx(open(&self.shp)?, open(&self.shx)?).map_err(broken)?;
        let table = ReaderBuilder::new()
            .with_encoding(EncodingRs::from(self.encoding))
            .open(&self.dbf)
            .map_err(|error| Fault::new(None, format!("the .dbf is broken: {error}")))?;
        Ok((shapes, table))
    }

    /// Gives its features.
    ///
    /// # Errors
    /// It turns out to be broken.
    pub fn rows(&self, take: &mut Take<'_>) -> Result<(), Fault> {
        let (mut shapes, mut table) = self.readers()?;
        let mut records = table.iter_records();
        for (number, shape) in (1..).zip(shapes.iter_shapes()) {
            let shape = shape.map_err(broken)?;
            let Some(row) = records.next() else {
                return Err(Fault::new(
                    None,
                    format!("the .dbf ends before feature {number}; it has fewer rows than the .shp"),
                ));
            };
            let row =
                row.map_err(|error| Fault::new(None, format!("feature {number}: the .dbf is broken: {error}")))?;
            let mut record = Record { place: Some(Place { line: 0, feature: Some(number) }), ..Record::default() };
            record.cells = row.into_iter().map(|(name, value)| (name.trim().to_owned(), cell(value))).collect();
            match geometry(shape) {
                Ok(geometry) => record.geometry = geometry,
                Err(reason) => record.faults.push((Some("geometry".to_owned()), reason)),
            }
            if !take(record) {
                return Ok(());
            }
        }
        Ok(())
    }
}

fn broken(error: ::shapefile::Error) -> Fault {
    Fault::new(None, format!("the shapefile is broken: {error}"))
}

/// A short text file.
fn read_short(path: &Path) -> Result<String, Fault> {
    use std::io::Read;
    let mut text = Vec::new();
    File::open(path)?.take(1 << 16).read_to_end(&mut text)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// The file of this stem (any, where none is given) and extension, whatever the case of its letters.
fn parts(folder: &Path, stem: Option<&OsStr>, extension: &str) -> Result<Option<PathBuf>, Fault> {
    let mut found = None;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let same = stem.is_none_or(|stem| path.file_stem() == Some(stem));
        if same && path.extension().is_some_and(|one| one.eq_ignore_ascii_case(extension)) {
            found = Some(path);
        }
    }
    Ok(found)
}

/// The encoding that a table names itself, by its language driver; one that is all ASCII needs none.
fn code_page(dbf: &Path) -> Result<&'static Encoding, Fault> {
    use std::io::Read;
    let mut reader = BufReader::new(File::open(dbf)?);
    let mut header = [0; 32];
    reader.read_exact(&mut header)?;
    match header[29] {
        0xC8 => return Ok(encoding_rs::WINDOWS_1250),
        0x03 | 0x57 => return Ok(encoding_rs::WINDOWS_1252),
        _ => {}
    }
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = reader.read(&mut buffer)?;
        if read == 0 {
            return Ok(UTF_8);
        }
        if !buffer[..read].is_ascii() {
            let reason =
                "the shapefile does not say how its texts are encoded (no .cpg); name it: --encoding Windows-1250";
            return Err(Fault::new(None, reason));
        }
    }
}

fn cell(value: FieldValue) -> String {
    match value {
        FieldValue::Character(text) => text.unwrap_or_default(),
        FieldValue::Memo(text) => text,
        FieldValue::Numeric(number) => number.map_or(String::new(), |number| number.to_string()),
        FieldValue::Float(number) => number.map_or(String::new(), |number| number.to_string()),
        FieldValue::Double(number) | FieldValue::Currency(number) => number.to_string(),
        FieldValue::Integer(number) => number.to_string(),
        FieldValue::Logical(yes) => yes.map_or(String::new(), |yes| yes.to_string()),
        FieldValue::Date(day) => {
            day.map_or(String::new(), |day| format!("{:04}-{:02}-{:02}", day.year(), day.month(), day.day()))
        }
        FieldValue::DateTime(moment) => {
            let day = moment.date();
            format!("{:04}-{:02}-{:02}", day.year(), day.month(), day.day())
        }
    }
}

/// The shape on its plane; heights and measures are left out.
fn geometry(shape: Shape) -> Result<Option<Geometry<f64>>, String> {
    let failed = |error: ::shapefile::Error| format!("the shape is broken: {error}");
    let lines = |lines: MultiLineString<f64>| -> Option<Geometry<f64>> { Some(lines.into()) };
    Ok(match shape {
        Shape::NullShape => None,
        Shape::Point(point) => Some(Point::new(point.x, point.y).into()),
        Shape::PointM(point) => Some(Point::new(point.x, point.y).into()),
        Shape::PointZ(point) => Some(Point::new(point.x, point.y).into()),
        Shape::Multipoint(points) => Some(MultiPoint::from(points).into()),
        Shape::MultipointM(points) => Some(MultiPoint::from(points).into()),
        Shape::MultipointZ(points) => Some(MultiPoint::from(points).into()),
        Shape::Polyline(line) => lines(line.into()),
        Shape::PolylineM(line) => lines(line.into()),
        Shape::PolylineZ(line) => lines(line.into()),
        Shape::Polygon(polygon) => Some(MultiPolygon::try_from(polygon).map_err(failed)?.into()),
        Shape::PolygonM(polygon) => Some(MultiPolygon::try_from(polygon).map_err(failed)?.into()),
        Shape::PolygonZ(polygon) => Some(MultiPolygon::try_from(polygon).map_err(failed)?.into()),
        Shape::Multipatch(_) => return Err("is a multipatch; a point, line or polygon is needed".to_owned()),
    })
}
