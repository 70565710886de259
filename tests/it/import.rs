//! `pestor import`: what goes in, what is refused and why, and that nothing else changes.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use pestor::import::{self, ImportError, Kind, Mode, Options, Report};
use sqlx::PgPool;

use crate::support::{database, shared_data};

static FOLDERS: AtomicU32 = AtomicU32::new(0);

/// A file of this name in a folder of its own.
pub fn file(name: &str, text: impl AsRef<[u8]>) -> PathBuf {
    let number = FOLDERS.fetch_add(1, Ordering::Relaxed);
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("import-{}-{number}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("make a folder");
    let path = folder.join(name);
    std::fs::write(&path, text).expect("write a file");
    path
}

/// How the tests import unless they say otherwise.
pub fn options(kind: Kind, file: PathBuf) -> Options {
    Options::new(kind, file)
}

/// Imports a text under this file name.
pub async fn import(pool: &PgPool, kind: Kind, name: &str, text: &str) -> Report {
    import::run(pool, &options(kind, file(name, text))).await.expect("the import runs")
}

async fn import_error(pool: &PgPool, kind: Kind, name: &str, text: impl AsRef<[u8]>) -> String {
    import::run(pool, &options(kind, file(name, text))).await.expect_err("the import fails").to_string()
}

/// Rows inserted, updated, unchanged and deleted.
pub fn counts(report: &Report) -> (usize, usize, usize, u64) {
    (report.inserted, report.updated, report.unchanged, report.deleted)
}

/// Line, column and a part of the reason of every fault, in order; the reasons must contain the parts.
#[track_caller]
pub fn assert_faults(report: &Report, expected: &[(u64, &str, &str)]) {
    let found: Vec<_> =
        report.refused.iter().map(|fault| (fault.place.line, fault.column.as_deref().unwrap_or(""))).collect();
    let places: Vec<_> = expected.iter().map(|(line, column, _)| (*line, *column)).collect();
    assert_eq!(found, places, "{report}");
    for (fault, (_, _, part)) in report.refused.iter().zip(expected) {
        assert!(fault.reason.contains(part), "{part:?} in {fault}");
    }
}

/// A number out of the database.
pub async fn scalar(pool: &PgPool, query: &'static str) -> i64 {
    sqlx::query_scalar(query).fetch_one(pool).await.expect(query)
}

/// A square as the coordinates of a polygon.
pub fn square(west: f64, south: f64, size: f64) -> String {
    let (east, north) = (west + size, south + size);
    format!("[[[{west},{south}],[{east},{south}],[{east},{north}],[{west},{north}],[{west},{south}]]]")
}

/// A collection of polygons with their properties.
pub fn polygons(features: &[(&str, String)]) -> String {
    let features = features.iter().map(|(properties, coordinates)| {
        format!(
            "{{\"type\":\"Feature\",\"properties\":{properties},\n\
             \"geometry\":{{\"type\":\"Polygon\",\"coordinates\":{coordinates}}}}}"
        )
    });
    format!("{{\"type\":\"FeatureCollection\",\"features\":[\n{}]}}", features.collect::<Vec<_>>().join(",\n"))
}

/// A square town with two districts side by side; its organisations stand around 18.55 53.05.
pub async fn town() -> PgPool {
    let pool = database().await;
    let town = polygons(&[("{\"teryt\":\"0463011\",\"name\":\"Toruń\"}", square(18.5, 53.0, 0.1))]);
    assert_eq!(counts(&import(&pool, Kind::Municipalities, "m.geojson", &town).await), (1, 0, 0, 0));
    let districts = polygons(&[
        ("{\"source_id\":\"w\",\"name\":\"Wrzosy\"}", square(18.5, 53.0, 0.06)),
        ("{\"source_id\":\"b\",\"name\":\"Bielany\"}", square(18.56, 53.0, 0.04)),
    ]);
    assert_eq!(counts(&import(&pool, Kind::Districts, "d.geojson", &districts).await), (2, 0, 0, 0));
    pool
}

#[tokio::test]
async fn a_file_goes_in_once_and_a_second_time_changes_nothing() {
    let pool = town().await;
    let text = "source_id,name,legal_form,nip,activities,social_enterprise,description,lon,lat,district\n\
        1,\"  Fundacja\u{a0} „Żółw” \",foundation,879-017-72-91,sport;culture,true,\"Pierwszy.\r\n\r\n\r\n<b>Drugi</b>.\",18.55,53.05,Wrzosy\n\
        2,Klub,sports_club,,,,,,,\n";
    let report = import(&pool, Kind::Organisations, "o.csv", text).await;
    assert_eq!((counts(&report), report.exit_status()), ((2, 0, 0, 0), 0), "{report}");
    assert!(report.notes.iter().any(|note| note.text.contains("1 without a point")), "{report}");
    let (name, slug, nip, activities, description, district): (String, String, String, Vec<String>, String, String) =
        sqlx::query_as(
            "select o.name, o.slug, nip, activities, description, d.name
            from organisation o join district d on d.id = district_id",
        )
        .fetch_one(&pool)
        .await
        .expect("the organisation");
    assert_eq!((name.as_str(), slug.as_str(), nip.as_str()), ("Fundacja „Żółw”", "fundacja-zolw", "8790177291"));
    assert_eq!(activities, ["sport", "culture"]);
    assert_eq!((description.as_str(), district.as_str()), ("Pierwszy.\n\n<b>Drugi</b>.", "Wrzosy"));

    let version = "select sum(version)::bigint from layer_version";
    let before = scalar(&pool, version).await;
    let report = import(&pool, Kind::Organisations, "o.csv", text).await;
    assert_eq!(counts(&report), (0, 0, 2, 0), "{report}");
    assert_eq!(scalar(&pool, version).await, before, "no layer changed");

    let report = import(&pool, Kind::Organisations, "o.csv", &text.replace("Klub", "Klub Start")).await;
    assert_eq!(counts(&report), (0, 1, 1, 0), "{report}");
    assert_eq!(scalar(&pool, "select count(*) from organisation where slug = 'klub'").await, 1, "slugs stay");
}

#[tokio::test]
async fn every_fault_of_every_row_is_named_and_the_good_rows_go_in() {
    let pool = town().await;
    let known = "source_id,name,legal_form,krs\nk,Znana,foundation,0000000001\n";
    import(&pool, Kind::Organisations, "known.csv", known).await;
    let text = "source_id,name,legal_form,krs,nip,regon,postal_code,email,website,lon,lat,district,public_benefit,verified_on\n\
        1,Dobra,association,,,,87-100,a@b.pl,https://a.pl,18.55,53.05,,true,2024-01-01\n\
        2,,club,12,8790177290,123456786,87100,a@b,www.a.pl,18.55,53.05,,yes,1/1/2024\n\
        3,Zamiana,kis,,,,,,,53.05,18.55,,,\n\
        4,Daleko,kis,,,,,,,21.0,52.2,,,\n\
        5,Nigdzie,kis,,,,,,,18.55,53.05,Rubinkowo,,\n\
        6,Obok,kis,,,,,,,18.55,53.05,Bielany,,\n\
        1,Znowu,kis,,,,,,,18.55,53.05,,,\n\
        8,Podwójna,kis,0000000001,,,,,javascript:alert(1),,,,,\n\
        9,Metry,kis,,,,,,,574000,473000,,,\n\
        10,Pół,kis,,,,,,,,53.05,,,\n\
        11,Za długi,kis,,,,,,,18,55,53,05,,,\n\
        12,Zero\u{0},kis,,,,,,,18.55,53.05,,,\n\
        13,Ostatnia,kis,,,,,,,18.55,53.05,,,\n";
    let report = import(&pool, Kind::Organisations, "bad.csv", text).await;
    assert_faults(
        &report,
        &[
            (3, "name", "is empty"),
            (3, "legal_form", "is not one of association"),
            (3, "public_benefit", "true nor false"),
            (3, "krs", "must be 10"),
            (3, "nip", "checksum"),
            (3, "regon", "checksum"),
            (3, "postal_code", "NN-NNN"),
            (3, "email", "e-mail"),
            (3, "website", "https://"),
            (3, "verified_on", "YYYY-MM-DD"),
            (4, "lon", "swapped"),
            (5, "lon", "outside the municipality (Toruń)"),
            (6, "district", "Toruń has no district"),
            (7, "district", "lies in \"Wrzosy\""),
            (8, "source_id", "line 2"),
            (9, "website", "https://"),
            (9, "krs", "belongs to \"Znana\" (source known, source_id k)"),
            (10, "lon", "longitude 574000"),
            (11, "lon", "although lat is given"),
            (12, "", "16 fields under a header of 14"),
            (13, "name", "U+0000"),
        ],
    );
    assert_eq!((counts(&report), report.exit_status(), report.refused_rows), ((2, 0, 0, 0), 3, 11));
    assert!(report.to_string().contains("bad.csv:3: column \"nip\": \"8790177290\": checksum"), "{report}");
    assert_eq!(scalar(&pool, "select count(*) from organisation").await, 3);
}

#[tokio::test]
async fn replace_deletes_the_rest_of_its_source_or_changes_nothing() {
    let pool = town().await;
    let header = "source_id,name,legal_form,lon,lat\n";
    let text = format!("{header}1,A,kis,18.55,53.05\n2,B,kis,18.55,53.05\n");
    import(&pool, Kind::Organisations, "o.csv", &text).await;
    import(&pool, Kind::Organisations, "other.csv", &text).await;

    let replace = |text: String, dry_run| Options {
        mode: Mode::Replace,
        dry_run,
        ..options(Kind::Organisations, file("o.csv", text))
    };
    let bad = format!("{header}1,A2,kis,18.55,53.05\n3,C,kis,1,1\n");
    let report = import::run(&pool, &replace(bad, false)).await.expect("runs");
    assert_eq!((report.exit_status(), counts(&report)), (1, (0, 0, 0, 0)), "{report}");
    assert!(report.to_string().contains("nothing was changed"), "{report}");
    assert_eq!(scalar(&pool, "select count(*) from organisation where name in ('A', 'B')").await, 4);

    let good = format!("{header}2,B,kis,18.55,53.05\n3,C,kis,18.55,53.05\n");
    for (dry_run, left) in [(true, 0), (false, 1)] {
        let report = import::run(&pool, &replace(good.clone(), dry_run)).await.expect("runs");
        assert_eq!((report.exit_status(), counts(&report)), (0, (1, 0, 1, 1)), "{report}");
        assert_eq!(scalar(&pool, "select count(*) from organisation where name = 'C'").await, left);
    }
    assert_eq!(scalar(&pool, "select count(*) from organisation where source = 'other'").await, 2);
    let empty = import::run(&pool, &replace(header.to_owned(), false)).await.expect_err("refused");
    assert!(empty.to_string().contains("no rows"), "{empty}");
}

#[tokio::test]
async fn histories_do_not_overlap_and_boundaries_can_move() {
    let pool = town().await;
    let premises = "source_id,name,storey,area_m2,use,technical_condition,administrator,administrator_contact,photos,lon,lat,footprint_wkt\n\
        p1,ul. Lindego 12,ground,37.80,office,good,ZGM,ul. Grudziądzka 159B,a.jpg|Wejście,18.55,53.05,\"POLYGON((18.55 53.05,18.551 53.05,18.551 53.051,18.55 53.05))\"\n\
        p2,ul. Mickiewicza 60,ground,0,office,good,ZGM,,../a|x,18.55,53.05,\n";
    let report = import(&pool, Kind::Premises, "p.csv", premises).await;
    assert_faults(&report, &[(3, "area_m2", "more than 0"), (3, "photos", "is no file name")]);
    assert_eq!(scalar(&pool, "select count(*) from premises_administrator where contact <> ''").await, 1);
    let report = import(&pool, Kind::Premises, "p.csv", &premises.replace("Wejście", "Brama")).await;
    assert_eq!(counts(&report), (0, 1, 0, 0), "a picture's text is a change: {report}");
    let contact = premises.replace("Wejście", "Brama").replace("159B", "159");
    import(&pool, Kind::Premises, "p.csv", &contact).await;
    let renewed = "select count(*) from premises_administrator where contact = 'ul. Grudziądzka 159'";
    assert_eq!(scalar(&pool, renewed).await, 1, "a new contact goes in, even where no premises changed");

    let history = "source_id,premises,status,from,to\n1,p1,free,2024-01-01,2024-06-01\n2,p1,renovation,2024-06-01,\n";
    let report = import(&pool, Kind::PremisesPeriods, "h.csv", history).await;
    assert_eq!(counts(&report), (2, 0, 0, 0), "{report}");
    assert_eq!(counts(&import(&pool, Kind::PremisesPeriods, "h.csv", history).await), (0, 0, 2, 0));
    // Each of the two would overlap the other as it was.
    let moved = history.replace("2024-06-01", "2024-09-01");
    assert_eq!(counts(&import(&pool, Kind::PremisesPeriods, "h.csv", &moved).await), (0, 2, 0, 0));

    let bad = "source_id,premises,status,from,to,tenant_name,call_deadline\n\
        1,p1,free,2023-05-01,2024-01-02,,\n\
        2,p9,free,2020-01-01,,,\n\
        3,p1,free,2020-01-01,2020-01-01,,\n\
        4,p1,free,2001-01-01,2002-01-01,Ktoś,2001-05-05\n\
        5,p1,free,2001-12-31,2003-01-01,,\n";
    let report = import(&pool, Kind::PremisesPeriods, "bad.csv", bad).await;
    assert_faults(
        &report,
        &[
            (2, "from", "overlaps the period 2024-01-01 – 2024-09-01 (free)"),
            (3, "premises", "no premises of this source_id"),
            (4, "to", "not after \"from\""),
            (5, "tenant_name", "although the status is free"),
            (5, "call_deadline", "only an open call"),
            (6, "from", "overlaps the period of line 5"),
        ],
    );
}

#[tokio::test]
async fn the_exchange_refers_to_organisations_and_categories() {
    let pool = town().await;
    import(&pool, Kind::Organisations, "o.csv", "source_id,name,legal_form\no1,A,kis\n").await;
    let categories = "code,name_pl,name_en,cpv\nfood,Żywność,Food,15000000-8\nbad,Zła,Bad,15\n";
    assert_faults(&import(&pool, Kind::Categories, "c.csv", categories).await, &[(3, "cpv", "NNNNNNNN-N")]);
    let offers = "source_id,organisation,kind,name,category,price_pln\n\
        1,o1,product,Chleb,food,12.5\n2,o9,product,Bułka,drink,\"12,5 zł\"\n";
    assert_faults(
        &import(&pool, Kind::Offers, "f.csv", offers).await,
        &[(3, "organisation", "no organisation"), (3, "category", "no category"), (3, "price_pln", "a dot or a comma")],
    );
    let demand = "source_id,organisation,unit_name,name,category,budget_min_pln,budget_max_pln\n\
        1,,Wydział Kultury,Poczęstunek,food,1000,9000\n2,o1,Wydział,A,food,,\n3,,,B,food,9000,1000\n";
    assert_faults(
        &import(&pool, Kind::Demand, "d.csv", demand).await,
        &[(3, "unit_name", "one of the two"), (4, "unit_name", "one of the two"), (4, "budget_max_pln", "less than")],
    );
    let equipment =
        "source_id,organisation,name,category,mode,quantity\n1,o1,Namiot,food,lend,2\n2,o1,Stół,food,sell,0\n";
    assert_faults(
        &import(&pool, Kind::Equipment, "e.csv", equipment).await,
        &[(3, "mode", "lend, give"), (3, "quantity", "from 1 up")],
    );
    let replace = Options {
        mode: Mode::Replace,
        ..options(Kind::Categories, file("c.csv", "code,name_pl,name_en,cpv\nx,X,X,15000000-8\n"))
    };
    let error = import::run(&pool, &replace).await.expect_err("food is in use").to_string();
    assert!(error.contains("still needed"), "{error}");
}

#[tokio::test]
async fn shapes_are_repaired_or_refused_and_districts_follow() {
    let pool = town().await;
    let text = "source_id,name,legal_form,lon,lat\n1,A,kis,18.57,53.05\n";
    import(&pool, Kind::Organisations, "o.csv", text).await;
    let bow = "[[[18.51,53.01],[18.59,53.09],[18.59,53.01],[18.51,53.09],[18.51,53.01]]]".to_owned();
    let districts = polygons(&[
        ("{\"source_id\":\"w\",\"name\":\"Kokarda\"}", bow),
        ("{\"source_id\":\"x\",\"name\":\"Daleko\"}", square(20.0, 50.0, 1.0)),
        ("{\"source_id\":\"y\",\"name\":\"Na opak\"}", square(53.0, 18.5, 0.05)),
        ("{\"source_id\":\"z\",\"name\":\"Kreska\"}", "[[[18.5,53],[18.6,53.1],[18.5,53],[18.5,53]]]".to_owned()),
    ]);
    let report = import(&pool, Kind::Districts, "d.geojson", &districts).await;
    assert_faults(
        &report,
        &[
            (4, "geometry", "outside the municipality"),
            (6, "geometry", "swapped?"),
            (8, "geometry", "cannot be repaired"),
        ],
    );
    assert!(report.notes.iter().any(|note| note.text.contains("repaired: Self-intersection")), "{report}");
    assert_eq!(report.refused[0].place.feature, Some(2));
    // It stood in Bielany; the bow lies over that, and of two districts the older one counts.
    let followed =
        "select count(*) from organisation o join district d on d.id = o.district_id where d.name = 'Kokarda'";
    assert_eq!(scalar(&pool, followed).await, 1);
}

#[tokio::test]
async fn what_is_no_table_says_why() {
    let pool = town().await;
    for (name, text, part) in [
        ("a.csv", &b"name,legal_form\n\"A,kis\nB,kis\n"[..], "a.csv:2: a quote is opened here"),
        ("a.csv", b"name,name\n", "twice"),
        ("a.csv", b"name\nA\n", "no column \"legal_form\" (there are name)"),
        ("a.geojson", b"{\"type\":\"Point\"}", "a.geojson:1: a Point stands where"),
        ("a.geojson", b"{\n\"type\" 1}", "a.geojson:2: not valid JSON"),
        ("a.csv", b"\xD0\xCF\x11\xE0\xA1", "save it as .xlsx"),
        ("a.zip", b"PK\x03\x04xx", "zip file is broken"),
    ] {
        let error = import_error(&pool, Kind::Organisations, name, text).await;
        assert!(error.contains(part), "{error}");
    }
    let wrong = Options {
        municipality: Some("0000001".into()),
        ..options(Kind::Support, file("a.csv", "name,kind\nA,owes\n"))
    };
    assert!(matches!(import::run(&pool, &wrong).await, Err(ImportError::Request(text)) if text.contains("0000001")));
    let missing = import::run(&pool, &options(Kind::Support, PathBuf::from("absent.csv"))).await.expect_err("absent");
    assert!(missing.to_string().starts_with("absent.csv: "), "{missing}");
    let report = import(&pool, Kind::Organisations, "a.csv", "name;legal_form;colour\nA;kis;red\n;;\n").await;
    assert_eq!(counts(&report), (1, 0, 0, 0));
    let notes: Vec<_> = report.notes.iter().map(|note| note.text.as_str()).collect();
    assert!(notes[0] == "CSV, UTF-8, separated by ;" && notes[1].contains("not read: colour"), "{notes:?}");
    assert!(notes[2].contains("empty row"), "{notes:?}");
}

#[tokio::test]
async fn bad_geojson_is_refused_and_good_never_breaks() {
    let Some(folder) = shared_data("fixtures/geojsonhint") else { return };
    let pool = town().await;
    for part in ["bad", "good"] {
        for entry in std::fs::read_dir(folder.join(part)).expect("fixtures") {
            let path = entry.expect("a fixture").path();
            if path.extension().is_none_or(|extension| extension != "geojson") {
                continue;
            }
            for kind in [Kind::Districts, Kind::Schematic, Kind::Support] {
                // None of them has our columns.
                let error = import::run(&pool, &options(kind, path.clone())).await.expect_err("refused");
                assert!(matches!(error, ImportError::Structure { .. }), "{}: {error}", path.display());
            }
        }
    }
}

#[tokio::test]
async fn a_country_and_a_foreign_register_go_in() {
    let pool = database().await;
    let Some(gminas) = shared_data("boundaries/poland_municipalities.geojson") else { return };
    let report = import::run(&pool, &options(Kind::Municipalities, gminas.clone())).await.expect("runs");
    assert_eq!((counts(&report), report.exit_status()), ((2477, 0, 0, 0), 0), "{report}");
    let report = import::run(&pool, &options(Kind::Municipalities, gminas)).await.expect("runs");
    assert_eq!(counts(&report), (0, 0, 2477, 0), "{report}");
    assert_eq!(scalar(&pool, "select count(*) from municipality where teryt = '0463011' and slug = 'torun'").await, 1);

    let Some(register) = shared_data("registers/fr_support_organisations_les_emplois.csv") else { return };
    let mapping = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("data-import/mappings/fr-support.toml");
    let options = Options {
        mapping: Some(mapping),
        municipality: Some("0463011".to_owned()),
        ..options(Kind::Support, register)
    };
    let report = import::run(&pool, &options).await.expect("runs");
    assert_eq!((counts(&report), report.exit_status()), ((1000, 0, 0, 0), 3));
    assert_faults(&report, &[(1000, "coords", "no point"), (1001, "coords", "no point"), (1002, "coords", "no point")]);
    let report = import::run(&pool, &options).await.expect("runs");
    assert_eq!(counts(&report), (0, 0, 1000, 0));
}

#[tokio::test]
async fn two_imports_at_once_wait_for_each_other() {
    let pool = town().await;
    let rows = |name: &str| {
        let rows = (0..200).map(|i| format!("{i},{name},kis\n")).collect::<String>();
        options(Kind::Organisations, file("o.csv", format!("source_id,name,legal_form\n{rows}")))
    };
    let (one, two) = (rows("A"), rows("B"));
    let (one, two) = tokio::join!(import::run(&pool, &one), import::run(&pool, &two));
    let (one, two) = (one.expect("runs"), two.expect("runs"));
    let mut both = [counts(&one), counts(&two)];
    both.sort_unstable();
    assert_eq!(both, [(0, 200, 0, 0), (200, 0, 0, 0)]);
    assert_eq!(scalar(&pool, "select count(distinct name) from organisation").await, 1, "not mixed");
}
