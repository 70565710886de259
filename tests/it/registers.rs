//! Places: real registers by one import each, with the mappings that come along, and what the search makes of them.

use std::path::PathBuf;

use pestor::import::{self, Kind, Options, Report};
use sqlx::PgPool;

use crate::import::{assert_faults, counts, import, options, polygons, scalar, square, town};
use crate::places::labels;
use crate::support::{database, empty_site, shared_data};

/// Imports a file of the test data with a mapping of ours; nothing where the file is absent.
async fn register(pool: &PgPool, kind: Kind, file: &str, mapping: Option<&str>) -> Option<Report> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("data-import/mappings");
    let mapping = mapping.map(|name| folder.join(name).with_extension("toml"));
    let options = Options { mapping, ..options(kind, shared_data(file)?) };
    Some(import::run(pool, &options).await.unwrap_or_else(|error| panic!("{error}")))
}

#[tokio::test]
async fn the_registers_go_in_by_one_import_each() {
    let pool = database().await;
    // Kind, file, mapping, rows that go in, rows that are refused.
    for (kind, file, mapping, good, refused) in [
        (Kind::Municipalities, "boundaries/poland_municipalities.geojson", Some("poland-municipalities"), 2477, 0),
        (Kind::Regions, "boundaries/poland_counties.geojson", Some("poland-counties"), 380, 0),
        (Kind::Regions, "boundaries/poland_voivodeships.geojson", Some("poland-voivodeships"), 16, 0),
        (Kind::Regions, "boundaries/poland_country.geojson", Some("poland-country"), 1, 0),
        (Kind::Districts, "boundaries/wroclaw_osiedla.geojson", Some("wroclaw-osiedla"), 48, 0),
        (Kind::StreetNames, "registers/teryt_ulic_osm_street_names.csv", Some("teryt-osm-street-names"), 12221, 0),
        // 57 things, 14 of them with another picture or another place in a row of their own.
        (Kind::Landmarks, "torun/torun_monuments_wikidata.csv", Some("torun-monuments-wikidata"), 57, 14),
        (Kind::Municipalities, "torun/torun_boundary.geojson", Some("torun-overpass"), 1, 0),
        (Kind::Municipalities, "torun/torun_boundary_overpass.geojson", Some("torun-overpass"), 1, 3),
        (
            Kind::Municipalities,
            "encodings/kujawsko_pomorskie_gminy_2180_cp1250.zip",
            Some("poland-municipalities"),
            144,
            0,
        ),
        (Kind::Landmarks, "encodings/torun_monuments_2177_cp1250.csv", Some("torun-monuments-2177"), 71, 0),
        (Kind::Landmarks, "encodings/mapserver_encoding_1250.zip", Some("mapserver-encoding-1250"), 18, 0),
        (Kind::Districts, "boundaries/rgugik_search_area.gpkg", Some("rgugik-search-area"), 1, 0),
    ] {
        for again in [false, true] {
            let Some(report) = register(&pool, kind, file, mapping).await else { continue };
            let (inserted, updated, unchanged, deleted) = counts(&report);
            assert_eq!((inserted + updated + unchanged, report.refused_rows, deleted), (good, refused, 0), "{report}");
            assert!(!again || unchanged == good, "the second time: {report}");
        }
    }
    if shared_data("torun").is_none() {
        return;
    }
    let monuments: Vec<(String, f64, f64, String)> = sqlx::query_as(
        "select l.name, st_x(point), st_y(point), link from landmark l join municipality m on m.id = l.municipality_id
        where m.teryt = '0463011' and l.licence = 'CC0-1.0' and l.source = 'wikidata' order by l.name collate \"C\"",
    )
    .fetch_all(&pool)
    .await
    .expect("monuments");
    assert_eq!(monuments.len(), 57);
    let copernicus = monuments.iter().find(|(name, ..)| name == "Pomnik Mikołaja Kopernika w Toruniu");
    let at = ("http://www.wikidata.org/entity/Q2340287".to_owned(), 18.605, 53.010_277_78);
    assert_eq!(copernicus.map(|(_, lon, lat, link)| (link.clone(), *lon, *lat)), Some(at));
    // The city is the one by its number; the village of that name and the two labels stayed out.
    let city = "select count(*) from municipality where name = 'Toruń' and st_contains(boundary, st_point(18.605, 53.0103, 4326))";
    assert_eq!(scalar(&pool, city).await, 1);
    assert_eq!(scalar(&pool, "select count(*) from municipality").await, 2477);
    // Every record says whose it is.
    let unsaid = "select count(*) from (
        select source, licence from municipality union all select source, licence from district union all
        select source, licence from region union all select source, licence from street_name union all
        select source, licence from landmark) r where '' in (source, licence)";
    assert_eq!(scalar(&pool, unsaid).await, 0);
    assert_eq!(scalar(&pool, "select count(*) from district where name ~ 'Śródmieście|Ołbin'").await, 1);
    let label: String =
        sqlx::query_scalar("select municipality_label(id) from municipality where name = 'Ciechocinek'")
            .fetch_one(&pool)
            .await
            .expect("a label");
    assert_eq!(label, "Ciechocinek", "nothing else is called so");
    // Every namesake is told from the others, except where two gminas around one town share county and name.
    let same = "select count(*) from (
        select municipality_label(id) from municipality group by 1 having count(distinct left(teryt, 4)) > 1) alike";
    assert_eq!(scalar(&pool, same).await, 0);
}

#[tokio::test]
async fn regions_have_codes_of_their_level() {
    let pool = database().await;
    let area = square(18.0, 53.0, 1.0);
    let regions = polygons(&[
        ("{\"level\":\"voivodeship\",\"code\":\"04\",\"name\":\"KUJAWSKO-POMORSKIE\"}", area.clone()),
        ("{\"level\":\"county\",\"code\":\"04\",\"name\":\"toruński\"}", area.clone()),
        ("{\"level\":\"country\",\"code\":\"01\",\"name\":\"Polska\"}", area.clone()),
        ("{\"level\":\"town\",\"code\":\"04\",\"name\":\"Toruń\"}", area),
    ]);
    let report = import(&pool, Kind::Regions, "r.geojson", &regions).await;
    assert_faults(&report, &[(4, "code", "4"), (6, "code", "00"), (8, "level", "county")]);
    assert_eq!(counts(&report).0, 1);
}

const ADDRESSES: &str = "source_id,street,house_number,postal_code,city,lon,lat\n\
    1,ul. Generała Józefa Bema,12,87-100,Toruń,18.551,53.051\n\
    2,gen. Józefa Bema,12 A,87-100,Toruń,18.552,53.051\n\
    3,Generała Józefa Bema,120,87-100,Toruń,18.553,53.051\n\
    4,Plac Rapackiego,2,87-100,Toruń,18.554,53.051\n\
    5,,7,87-148,Łysomice,18.555,53.052\n\
    6,,,87-148,Łysomice,18.555,53.052\n\
    7,,7,,,18.555,53.052\n\
    8,Daleka,1,,Toruń,18.0,53.0\n";

#[tokio::test]
async fn addresses_share_streets_however_they_are_spelled() {
    let pool = town().await;
    let report = import(&pool, Kind::Addresses, "a.csv", ADDRESSES).await;
    assert_faults(
        &report,
        &[(7, "house_number", "is empty"), (8, "street", "needs a street or a place"), (9, "lon", "outside")],
    );
    assert_eq!(counts(&report), (5, 0, 0, 0), "{report}");
    assert_eq!(counts(&import(&pool, Kind::Addresses, "a.csv", ADDRESSES).await), (0, 0, 5, 0));
    assert_eq!(scalar(&pool, "select count(*) from street").await, 3);
    assert_eq!(scalar(&pool, "select count(*) from address a join street s on s.id = a.street_id where s.name = 'ul. Generała Józefa Bema'").await, 3);
    // Renamed, the square is another street, and the old one is gone with its last house.
    let renamed = ADDRESSES.replace("Plac Rapackiego", "aleja Solidarności");
    assert_eq!(counts(&import(&pool, Kind::Addresses, "a.csv", &renamed).await), (0, 1, 4, 0));
    assert_eq!(scalar(&pool, "select count(*) from street where name ~ 'Rapackiego|Solidarności'").await, 1);
}

#[tokio::test]
async fn the_search_finds_houses_streets_and_landmarks() {
    let site = empty_site().await;
    let pool = &site.app.pool;
    let towns = polygons(&[
        ("{\"teryt\":\"0463011\",\"name\":\"Toruń\"}", square(18.5, 53.0, 0.1)),
        ("{\"teryt\":\"0415082\",\"name\":\"Dobre\"}", square(19.5, 53.0, 0.1)),
        ("{\"teryt\":\"1434082\",\"name\":\"Dobre\"}", square(20.5, 53.0, 0.1)),
    ]);
    import(pool, Kind::Municipalities, "m.geojson", &towns).await;
    let county =
        polygons(&[("{\"level\":\"county\",\"code\":\"1434\",\"name\":\"wołomiński\"}", square(20.5, 53.0, 0.1))]);
    import(pool, Kind::Regions, "r.geojson", &county).await;
    import(
        pool,
        Kind::Addresses,
        "a.csv",
        &ADDRESSES
            .replace("lon,lat", "lon,lat,municipality")
            .replace("53.051\n", "53.051,0463011\n")
            .replace("53.052\n", "53.052,0463011\n"),
    )
    .await;
    import(pool, Kind::Landmarks, "l.csv", "name,municipality,lon,lat\nPomnik Flisaka,0463011,18.56,53.01\n").await;
    for (query, first) in [
        ("bema%2012", "address: ul. Generała Józefa Bema 12"),
        ("Bema%2012%20a", "address: ul. Generała Józefa Bema 12 A"),
        ("ul.%20bema%2012a%2F3", "address: ul. Generała Józefa Bema 12 A"),
        ("jozfea%20bema%2012", "address: ul. Generała Józefa Bema 12"),
        ("torun%20bema%2012", "address: ul. Generała Józefa Bema 12"),
        ("bema", "street: ul. Generała Józefa Bema"),
        ("bema%2077", "street: ul. Generała Józefa Bema"),
        ("generla%20bema", "street: ul. Generała Józefa Bema"),
        ("lysomice%207", "address: Łysomice 7"),
        ("flisak", "landmark: Pomnik Flisaka"),
        ("torun", "municipality: Toruń"),
    ] {
        assert_eq!(labels(&site, query).await.first().map(String::as_str), Some(first), "{query}");
    }
    assert_eq!(
        labels(&site, "bema%2012").await,
        ["12", "12 A", "120"].map(|number| format!("address: ul. Generała Józefa Bema {number}")),
        "the number itself, then what begins like it"
    );
    // What an organisation writes is an address, too, but another number is another house, and a place that was only guessed is none.
    let own = "source_id,name,legal_form,municipality,street,house_number,city,lon,lat\n\
        1,A,kis,0463011,Bema,120,Toruń,18.55,53.05\n2,B,kis,0463011,Bema,121,Toruń,,\n";
    import(pool, Kind::Organisations, "own.csv", own).await;
    assert_eq!(labels(&site, "bema%2012").await[0], "address: ul. Generała Józefa Bema 12");
    let none: Vec<_> =
        labels(&site, "bema%20121").await.into_iter().filter(|label| label.starts_with("address")).collect();
    assert_eq!(none, Vec::<String>::new());
    let found = site.get("/api/v1/search?q=bema%2012&lang=en").await.json();
    assert_eq!((&found["results"][0]["lon"], &found["results"][0]["lat"]), (&18.551.into(), &53.051.into()));
    let street = site.get("/api/v1/search?q=bema&lang=en").await.json();
    assert_eq!(street["results"][0]["bbox"], serde_json::json!([18.551, 53.051, 18.553, 53.051]));
    let namesakes = site.get("/api/v1/search?q=dobre&lang=en").await.json();
    let details: Vec<_> =
        namesakes["results"].as_array().expect("two").iter().map(|hit| hit["detail"].as_str()).collect();
    assert_eq!(details, [Some("municipality"), Some("municipality · pow. wołomiński")]);
}

#[tokio::test]
async fn the_demo_goes_in_twice_and_changes_nothing_the_second_time() {
    let pool = database().await;
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("data-import/demo");
    for again in [false, true] {
        for (kind, name) in import::DEMO_FILES {
            let report = import::run(&pool, &options(kind, folder.join(name))).await.expect("imported");
            let (inserted, updated, unchanged, deleted) = counts(&report);
            assert_eq!((report.exit_status(), deleted, report.kept, report.duplicates.len()), (0, 0, 0, 0), "{report}");
            let (new, same) = if again { (0, report.read) } else { (report.read, 0) };
            assert_eq!((inserted, updated, unchanged), (new, 0, same), "{report}");
        }
    }
}
