//! Formats, encodings and coordinate systems of the files that offices have, and files made to do harm.

use std::io::Write;
use std::path::{Path, PathBuf};

use pestor::import::{self, Hints, ImportError, Kind, Options, Report};
use sqlx::PgPool;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::import::{counts, file, town};
use crate::support::{database, empty_config, shared_data};

fn mapping(text: &str) -> PathBuf {
    file("mapping.toml", text)
}

fn zipped(name: &str, parts: &[(&str, &[u8])]) -> PathBuf {
    let path = file(name, "");
    let mut zip = ZipWriter::new(std::fs::File::create(&path).expect("a file"));
    for (name, bytes) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).expect("a part");
        zip.write_all(bytes).expect("its bytes");
    }
    zip.finish().expect("a zip file");
    path
}

async fn run(pool: &PgPool, options: Options) -> Report {
    import::run(pool, &options).await.unwrap_or_else(|error| panic!("{error}"))
}

async fn refused(pool: &PgPool, options: Options) -> String {
    import::run(pool, &options).await.expect_err("refused").to_string()
}

async fn poland(pool: &PgPool) -> bool {
    let Some(gminas) = shared_data("boundaries/poland_municipalities.geojson") else { return false };
    run(pool, Options::new(Kind::Municipalities, gminas)).await;
    true
}

fn notes(report: &Report) -> String {
    report.notes.iter().map(|note| note.text.as_str()).collect::<Vec<_>>().join("\n")
}

/// Metres between the organisations and the places of the monuments of the same names in Wikidata's own file.
async fn farthest_from_wikidata(pool: &PgPool, file: &Path) -> f64 {
    let text = std::fs::read_to_string(file).expect("the monuments");
    let rows = text.lines().skip(1).map(|line| line.split(',').collect::<Vec<_>>());
    let (mut ids, mut lon, mut lat) = (Vec::new(), Vec::new(), Vec::new());
    for row in rows {
        // A name with a comma would shift the columns; numbers stand from the end.
        ids.push(row[1].to_owned());
        lat.push(row[row.len() - 4].parse::<f64>().expect("a latitude"));
        lon.push(row[row.len() - 1].parse::<f64>().expect("a longitude"));
    }
    sqlx::query_scalar(
        "select max(d) from (
            select min(st_distance(o.point::geography, st_setsrid(st_makepoint(w.lon, w.lat), 4326)::geography)) as d
            from organisation o
            join unnest($1::text[], $2::float8[], $3::float8[]) as w (id, lon, lat) on w.id = o.website
            group by o.id) all_of_them",
    )
    .bind(&ids)
    .bind(&lon)
    .bind(&lat)
    .fetch_one(pool)
    .await
    .expect("distances")
}

#[tokio::test]
async fn an_office_s_table_of_monuments_is_in_its_places() {
    let pool = database().await;
    let Some(monuments) = shared_data("encodings/torun_monuments_2177_cp1250.csv") else { return };
    if !poland(&pool).await {
        return;
    }
    let mapping = mapping(
        "[columns]\nsource_id='LP'\nname='NAZWA'\nx='X'\ny='Y'\nwebsite='ŹRÓDŁO'\n[defaults]\nlegal_form='association'\n[file]\nsrid=2177\n",
    );
    let options = Options {
        mapping: Some(mapping),
        municipality: Some("0463011".to_owned()),
        ..Options::new(Kind::Organisations, monuments)
    };
    let report = run(&pool, options.clone()).await;
    assert_eq!((counts(&report), report.refused_rows), ((71, 0, 0, 0), 0), "{report}");
    let said = notes(&report);
    assert!(said.contains("CSV, windows-1250 (recognised") && said.contains("separated by ;"), "{said}");
    assert!(said.contains("EPSG:2177 with the northing first (71 of the first 71"), "{said}");
    let names =
        "select count(*) from organisation where name in ('Brama Żeglarska w Toruniu', 'Dwór Artusa w Toruniu')";
    let names: i64 = sqlx::query_scalar(names).fetch_one(&pool).await.expect("names");
    assert!(names >= 2, "letters are right");
    let wikidata = shared_data("torun/torun_monuments_wikidata.csv").expect("the other file is there too");
    let farthest = farthest_from_wikidata(&pool, &wikidata).await;
    assert!(farthest < 1.0, "{farthest} m");
    assert_eq!(counts(&run(&pool, options).await), (0, 0, 71, 0), "a second time changes nothing");
}

#[tokio::test]
async fn shapefiles_say_their_encoding_and_projection() {
    let pool = database().await;
    let Some(gminas) = shared_data("encodings/kujawsko_pomorskie_gminy_2180_cp1250.zip") else { return };
    let terc = mapping("[columns]\nteryt='terc'\nname='name'\n");
    let report = run(&pool, Options { mapping: Some(terc), ..Options::new(Kind::Municipalities, gminas) }).await;
    assert_eq!((counts(&report), report.refused_rows), ((144, 0, 0, 0), 0), "{report}");
    let said = notes(&report);
    assert!(said.contains("shapefile, windows-1250") && said.contains("EPSG:2180 with the easting first"), "{said}");
    let torun = "select st_contains(boundary, st_setsrid(st_makepoint(18.605, 53.0103), 4326))
        from municipality where teryt = '0463011' and name = 'Toruń'";
    assert!(sqlx::query_scalar::<_, bool>(torun).fetch_one(&pool).await.expect("Toruń"), "Copernicus stands in Toruń");
    let letters = "select count(*) from municipality where name ~ '[ąćęłńóśźżŁŚŻ]'";
    assert!(sqlx::query_scalar::<_, i64>(letters).fetch_one(&pool).await.expect("names") > 40);

    let Some(pages) = shared_data("encodings/mapserver_encoding_1250.zip") else { return };
    let named = mapping("[columns]\nsource_id='id'\nname='data'\n[defaults]\nkind='other'\n");
    let options = Options {
        mapping: Some(named),
        municipality: Some("0463011".to_owned()),
        ..Options::new(Kind::Support, pages)
    };
    let report = run(&pool, options).await;
    assert_eq!(report.inserted as u64 + report.refused_rows, 18, "{report}");
    assert!(notes(&report).contains("shapefile, windows-1250"), "{report}");
}

#[tokio::test]
async fn a_geopackage_goes_in() {
    let pool = database().await;
    let Some(area) = shared_data("boundaries/rgugik_search_area.gpkg") else { return };
    if !poland(&pool).await {
        return;
    }
    let inside = "select teryt from municipality where st_intersects(boundary,
        st_transform(st_setsrid(st_makepoint(360250, 512910), 2180), 4326)) order by 1 limit 1";
    let teryt: String = sqlx::query_scalar(inside).fetch_one(&pool).await.expect("a municipality there");
    let named = mapping("[columns]\nsource_id='fid'\n[defaults]\nname='Obszar'\n");
    let options = Options { mapping: Some(named), municipality: Some(teryt), ..Options::new(Kind::Districts, area) };
    let report = run(&pool, options).await;
    assert_eq!((counts(&report), report.refused_rows), ((1, 0, 0, 0), 0), "{report}");
    assert!(notes(&report).contains("GeoPackage, layer \"poligon\""), "{report}");
    let square_metres = "select st_area(area::geography) from district";
    let area: f64 = sqlx::query_scalar(square_metres).fetch_one(&pool).await.expect("an area");
    assert!((5_295.0..5_305.0).contains(&area), "{area}");
}

/// An Excel workbook of one sheet; cells are XML.
fn workbook(rows: &str) -> PathBuf {
    let content_types = r#"<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>"#;
    let relations = |kind: &str, target: &str| {
        format!(
            r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}" Target="{target}"/></Relationships>"#
        )
    };
    let book = r#"<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Wykaz" sheetId="1" r:id="rId1"/></sheets></workbook>"#;
    let sheet = format!(
        r#"<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{rows}</sheetData></worksheet>"#
    );
    zipped(
        "wykaz.xlsx",
        &[
            ("[Content_Types].xml", content_types.as_bytes()),
            ("_rels/.rels", relations("officeDocument", "xl/workbook.xml").as_bytes()),
            ("xl/workbook.xml", book.as_bytes()),
            ("xl/_rels/workbook.xml.rels", relations("worksheet", "worksheets/sheet1.xml").as_bytes()),
            ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
        ],
    )
}

fn text_cell(at: &str, text: &str) -> String {
    format!("<c r=\"{at}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
}

#[tokio::test]
async fn workbooks_go_in_and_formulas_count_by_their_values() {
    let pool = town().await;
    let header = ["source_id", "name", "legal_form", "lon", "lat"];
    let header: String =
        header.iter().zip('A'..).map(|(name, column)| text_cell(&format!("{column}1"), name)).collect();
    let rows = format!(
        "<row r=\"1\">{header}</row>\
         <row r=\"2\"><c r=\"A2\"><v>1</v></c>{}{}<c r=\"D2\"><v>18.55</v></c><c r=\"E2\"><f>53+0.05</f><v>53.05</v></c></row>\
         <row r=\"3\"><c r=\"A3\"><v>2</v></c><c r=\"B3\"><f>CONCAT(\"a\",\"b\")</f></c>{}</row>\
         <row r=\"9\"><c r=\"A9\"><v>3</v></c><c r=\"B9\" t=\"e\"><v>#N/A</v></c>{}</row>",
        text_cell("B2", "Fundacja Żółw"),
        text_cell("C2", "foundation"),
        text_cell("C3", "kis"),
        text_cell("C9", "kis"),
    );
    let report = run(&pool, Options::new(Kind::Organisations, workbook(&rows))).await;
    assert_eq!((counts(&report), report.refused_rows), ((1, 0, 0, 0), 2), "{report}");
    let faults: Vec<_> = report.refused.iter().map(|fault| (fault.place.line, fault.reason.as_str())).collect();
    assert!(faults[0].0 == 3 && faults[0].1.contains("a formula without a value"), "{faults:?}");
    assert!(faults.iter().any(|(line, reason)| *line == 9 && reason.contains("error")), "{faults:?}");
    assert!(notes(&report).contains("2 cells are formulas"), "{report}");
    let name: String =
        sqlx::query_scalar("select name from organisation where source_id = '1'").fetch_one(&pool).await.expect("it");
    assert_eq!(name, "Fundacja Żółw");
}

fn spreadsheet(rows: &str) -> PathBuf {
    let content = format!(
        r#"<?xml version="1.0"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet><table:table table:name="Wykaz">{rows}</table:table></office:spreadsheet></office:body></office:document-content>"#
    );
    let manifest = r#"<?xml version="1.0"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"><manifest:file-entry manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/></manifest:manifest>"#;
    zipped(
        "wykaz.ods",
        &[
            ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"),
            ("META-INF/manifest.xml", manifest.as_bytes()),
            ("content.xml", content.as_bytes()),
        ],
    )
}

#[tokio::test]
async fn opendocument_goes_in() {
    let pool = town().await;
    let cells = |texts: &[&str]| {
        let cell = |text: &&str| {
            format!("<table:table-cell office:value-type=\"string\"><text:p>{text}</text:p></table:table-cell>")
        };
        format!("<table:table-row>{}</table:table-row>", texts.iter().map(cell).collect::<String>())
    };
    let rows = format!("{}{}", cells(&["name", "legal_form"]), cells(&["Koło Łąka", "kis"]));
    let report = run(&pool, Options::new(Kind::Organisations, spreadsheet(&rows))).await;
    assert_eq!((counts(&report), report.refused_rows), ((1, 0, 0, 0), 0), "{report}");
}

#[tokio::test]
async fn coordinates_of_any_kind_and_order() {
    let pool = town().await;
    let of =
        |name: &str, text: &str, hints: Hints| Options { hints, ..Options::new(Kind::Organisations, file(name, text)) };
    let told = |srid| Hints { srid: Some(srid), ..Hints::default() };
    let text = "name;legal_form;x;y\nA;kis;\"5 879 800,5\";\"6 536 800,25\"\n";
    let error = refused(&pool, of("x.csv", text, Hints::default())).await;
    assert!(error.contains("--srid"), "{error}");
    let report = run(&pool, of("x.csv", text, told(2177))).await;
    assert_eq!(counts(&report), (1, 0, 0, 0), "{report}");
    let error = refused(&pool, of("x.csv", text, told(99_999))).await;
    assert!(error.contains("no coordinate system EPSG:99999"), "{error}");
    let wkt = "name,legal_form,wkt\nB,kis,SRID=2180;POINT(468000 577000)\nC,kis,POINT(18.55 53.05)\nD,kis,SRID=2180;POINT(1 2)\n";
    let report = run(&pool, of("w.csv", wkt, Hints::default())).await;
    assert_eq!((report.inserted, report.refused_rows), (2, 1), "{report}");
    let swapped = "{\"type\":\"Feature\",\"properties\":{\"name\":\"E\",\"legal_form\":\"kis\"},\"geometry\":{\"type\":\"Point\",\"coordinates\":[53.05,18.55]}}\n";
    let report = run(&pool, of("s.geojsonl", swapped, Hints::default())).await;
    assert_eq!(counts(&report), (1, 0, 0, 0), "{report}");
    assert!(notes(&report).contains("northing first"), "{report}");
}

#[tokio::test]
async fn refused_rows_come_back_as_a_table_to_correct() {
    let pool = town().await;
    let good: String = (0..20).map(|i| format!("{i};Dobra {i};kis\n")).collect();
    let bad: String = (20..32).map(|i| format!("{i};=Zła {i};klub\n")).collect();
    let path = file("o.csv", format!("id;nazwa;forma\n{good}{bad}"));
    let back = path.with_file_name("odrzucone.csv");
    let options = Options {
        mapping: Some(mapping("[columns]\nsource_id='id'\nname='nazwa'\nlegal_form='forma'\n")),
        refused: Some(back.clone()),
        ..Options::new(Kind::Organisations, path)
    };
    let report = run(&pool, options.clone()).await;
    assert_eq!((report.inserted, report.refused_rows), (20, 12), "{report}");
    let written = std::fs::read_to_string(&back).expect("the refused rows");
    assert!(
        written.starts_with("\u{feff}id,nazwa,forma,wiersz,powód\n20,'=Zła 20,klub,line 22,\"forma: is not one of"),
        "{written}"
    );
    assert_eq!(written.lines().count(), 13);
    std::fs::write(&back, written.replace(",klub,", ",kis,")).expect("corrected");
    let report = run(&pool, Options { file: back, refused: None, ..options }).await;
    assert_eq!((report.inserted, report.refused_rows), (12, 0), "{report}");
    let name: String =
        sqlx::query_scalar("select name from organisation where source_id = '20'").fetch_one(&pool).await.expect("it");
    assert_eq!(name, "=Zła 20", "the apostrophe is gone");
}

#[tokio::test]
async fn files_made_to_do_harm_end_in_a_message() {
    let pool = town().await;
    let zeros = vec![0; 300 << 20];
    let bomb = zipped("bomb.xlsx", &[("xl/workbook.xml", &zeros)]);
    let escaping = zipped("a.zip", &[("../../a.shp", b"x")]);
    let nothing = zipped("b.zip", &[("a.txt", b"x")]);
    let several = zipped("c.zip", &[("a.shp", b"x"), ("b.shp", b"x")]);
    let without = zipped("d.zip", &[("a.shp", b"x"), ("a.dbf", b"x")]);
    let broken = zipped("e.zip", &[("a.shp", b"x"), ("a.dbf", b"x"), ("a.shx", b"x"), ("a.cpg", b"1250")]);
    let million = file("m.csv", "a,".repeat(1_000_000));
    let sqlite = file("x.gpkg", b"SQLite format 3\0 and nothing more");
    let endless = file("l.csv", [b"name,legal_form\n".as_slice(), &vec![b'x'; 40 << 20]].concat());
    let giant = file(
        "g.geojson",
        [
            br#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"name":""#.as_slice(),
            &vec![b'x'; 40 << 20],
        ]
        .concat(),
    );
    for (path, part) in [
        (bomb, "unpacks to more than 256 MiB"),
        (escaping, "leads out of its folder"),
        (nothing, "holds no shapefile"),
        (several, "several shapefiles"),
        (without, "without its .shx"),
        (broken, "broken"),
        (million, "at most 1000"),
        (sqlite, "no GeoPackage, or a broken one"),
        (endless, "longer than 32 MiB"),
        (giant, "larger than 32 MiB"),
    ] {
        let error = refused(&pool, Options::new(Kind::Organisations, path)).await;
        assert!(error.contains(part), "{part}: {error}");
    }
    let organisations: i64 =
        sqlx::query_scalar("select count(*) from organisation").fetch_one(&pool).await.expect("count");
    assert_eq!(organisations, 0);
}

/// A long file of zeros after its first bytes, which takes no room on the disk.
fn sparse(name: &str, start: &[u8], mib: u64) -> PathBuf {
    let path = file(name, start);
    std::fs::OpenOptions::new().write(true).open(&path).and_then(|file| file.set_len(mib << 20)).expect("a long file");
    path
}

/// The program itself, in less memory than any of the files has bytes. Texts are looked through from end to end, and are shorter here for
/// the sake of the tests' time: a minute for 2 GiB, unoptimised.
#[tokio::test]
async fn files_longer_than_memory_end_in_a_message() {
    const MOST_MIB: u64 = 128;
    let url = empty_config().await.database_url;
    let tried = [
        (
            "a.gpkg",
            b"SQLite format 3\0\x10\0\x01\x01".as_slice(),
            2048,
            "the SQLite file is no GeoPackage, or a broken one",
        ),
        ("b.xlsx", b"PK\x03\x04", 2048, "the zip file is broken"),
        ("c.zip", b"PK\x03\x04", 2048, "the zip file is broken"),
        ("d.shp", b"\0\0\x27\x0A", 2048, "without its .shx"),
        ("e.csv", b"name,legal_form\nA,kis\n", MOST_MIB + 8, "e.csv:3: the row is longer than 32 MiB"),
        ("f.geojson", b"{\"type\":\"FeatureCollection\",\n\"features\":[", MOST_MIB + 8, "f.geojson:2: not valid JSON"),
    ];
    let runs = tried.map(|(name, start, mib, part)| {
        let (path, url) = (sparse(name, start, mib), url.clone());
        tokio::spawn(async move {
            let limited = format!("ulimit -v {}; exec \"$0\" import organisations \"$1\"", MOST_MIB << 10);
            let ran = tokio::process::Command::new("sh")
                .args(["-c", &limited, env!("CARGO_BIN_EXE_pestor")])
                .arg(&path)
                .env("DATABASE_URL", &url.0)
                // Memory set aside for each thread, of which little is used, counts as well.
                .env("MALLOC_ARENA_MAX", "1")
                .output()
                .await
                .expect("started");
            std::fs::remove_file(&path).expect("there");
            (name, part, ran)
        })
    });
    for run in runs {
        let (name, part, ran) = run.await.expect("ran");
        let said = String::from_utf8_lossy(&ran.stderr);
        assert_eq!(ran.status.code(), Some(1), "{name}: {:?} {said}", ran.status);
        assert!(said.contains(part), "{name}: {said}");
    }
}

/// Bad files of a GeoJSON linter: line, place and reason in our words. The linter's own line is in the `.result` beside each; ours is
/// where the feature begins that the fault is in, and in the two files of `LATER` the very place that it found a line too early.
const BAD: [(&str, &str); 22] = [
    ("bad-duplicate-properties", ":3: the file has \"type\" twice"),
    ("bad-json", ":3: not valid JSON: expected `,` or `}`"),
    ("bad-polygon-interiorring-rhr", ":1: a Polygon stands where a FeatureCollection is needed"),
    ("bad-properties-as-array", ":1: feature 1: \"properties\" must be an object"),
    ("badcoordtype", ":4: feature 1: column \"geometry\": coordinates: 1 where a list is needed"),
    ("badfeatureid", ":4: feature 1: \"id\" must be a text or a number"),
    ("bbox-contains-string", ":1: a Point stands where"),
    ("different-first-last", ":1: a Polygon stands where"),
    ("excessive_precision_truncated", ":1: a LineString stands where"),
    ("false", ":1: a GeometryCollection stands where"),
    ("featurecollection", ":1: the FeatureCollection has no \"features\""),
    ("featurecollection-obj", ":1: an object stands where a list of features is needed"),
    ("geometry_changed_semantics", ":1: a Point stands where"),
    ("geometrycollection_single", ":1: a GeometryCollection stands where"),
    ("multipoint-multidimension", ":1: a MultiPoint stands where"),
    ("nofeaturetype", ":4: feature 1: \"type\" must be \"Feature\", found \"Featre\""),
    ("point", ":1: a Point stands where"),
    (
        "point-labeled-as-a-multipolygon",
        ":1: feature 1: column \"geometry\": coordinates: -0.087890625 where a list is needed",
    ),
    ("point-toofew", ":1: a Point stands where"),
    ("rootstring", ":1: null stands where a GeoJSON FeatureCollection is needed"),
    ("short-linearring", ":1: a Polygon stands where"),
    ("stringcoord", ":4: feature 1: column \"geometry\": coordinates: \"39.36827914916011\" where a number is needed"),
];

/// See [`BAD`].
const LATER: [&str; 2] = ["bad-duplicate-properties", "bad-json"];

/// What the same geometries say as the second of two features; those that are not here are geometries without fault, for what a linter
/// dislikes in them (an order of corners, ten decimals, a member too many) harms nobody.
const BAD_GEOMETRIES: [(&str, &str); 7] = [
    ("different-first-last", "a ring is not closed: its last position must be its first"),
    ("false", "a GeometryCollection cannot be used; give one geometry"),
    ("geometrycollection_single", "a GeometryCollection cannot be used; give one geometry"),
    ("multipoint-multidimension", "coordinates: [0,0] where a number is needed"),
    ("point", "the Point has no \"coordinates\""),
    ("point-toofew", "coordinates: [2] where longitude and latitude are needed"),
    ("short-linearring", "coordinates: 3 positions where at least 4 are needed"),
];

/// Each bad file says where it is wrong and why, in the words of what it is for; not just that our columns are missing.
#[tokio::test]
async fn bad_geojson_says_where_and_why() {
    let Some(folder) = shared_data("fixtures/geojsonhint/bad") else { return };
    let pool = database().await;
    if !poland(&pool).await {
        return;
    }
    let said = async |path: PathBuf| {
        let mapping = mapping("[defaults]\nname='x'\nlegal_form='kis'\n");
        let options = Options {
            mapping: Some(mapping),
            municipality: Some("0463011".to_owned()),
            ..Options::new(Kind::Organisations, path)
        };
        match import::run(&pool, &options).await {
            Ok(report) => (report.exit_status(), report.to_string()),
            Err(error @ ImportError::Structure { .. }) => (1, error.to_string()),
            Err(error) => panic!("{error}"),
        }
    };
    let files = std::fs::read_dir(&folder).expect("fixtures").map(|entry| entry.expect("a fixture").path());
    let files = files.filter(|path| path.extension().is_some_and(|extension| extension == "geojson")).count();
    assert_eq!(files, BAD.len());
    for (name, expected) in BAD {
        let path = folder.join(format!("{name}.geojson"));
        let (status, text) = said(path.clone()).await;
        assert!(text.contains(&format!("{name}.geojson{expected}")), "{name}: {text}");
        assert_eq!(status, if expected.contains(": feature 1: ") { 3 } else { 1 }, "{name}: {text}");
        let theirs = std::fs::read_to_string(path.with_extension("result")).expect("the linter's words");
        let theirs: serde_json::Value = serde_json::from_str(&theirs).expect("JSON");
        let theirs = theirs[0]["line"].as_u64().unwrap_or(1).max(1);
        let ours: u64 = expected.split(':').nth(1).and_then(|line| line.parse().ok()).expect("a line");
        assert_eq!(ours > theirs, LATER.contains(&name), "{name}: line {ours}, for the linter {theirs}");

        // A lone geometry is refused for what it is; as a part of a feature its own fault is told.
        if !expected.contains("stands where a FeatureCollection") {
            continue;
        }
        let geometry = std::fs::read_to_string(&path).expect("a geometry");
        let collection = format!(
            "{{\"type\":\"FeatureCollection\",\"features\":[\n{{\"type\":\"Feature\",\"id\":1,\"properties\":{{}},\"geometry\":null}},\n\
             {{\"type\":\"Feature\",\"id\":2,\"properties\":{{}},\n\"geometry\":{geometry}}}]}}"
        );
        let (status, text) = said(file("in-a-feature.geojson", collection)).await;
        let of_second = ".geojson:3: feature 2: column \"geometry\": ";
        match BAD_GEOMETRIES.iter().find(|(bad, _)| *bad == name) {
            Some((_, reason)) => {
                assert!(status == 3 && text.contains(&format!("{of_second}{reason}")), "{name}: {text}");
            }
            None => assert!(!text.contains("coordinates") && !text.contains("JSON:"), "{name}: {text}"),
        }
    }
}
