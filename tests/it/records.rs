//! Records that are there: duplicates are told and merged when asked, and what people edited stays.

use pestor::import::{self, Kind, Mode, Options, Report, Told};
use sqlx::PgPool;

use crate::import::{assert_faults, counts, file, import, options, polygons, scalar, square, town};

const REGISTER: &str = "source_id,name,legal_form,nip,street,house_number,lon,lat\n\
    1,Fundacja „Żółw”,foundation,8790177291,ul. Bema,12,18.55,53.05\n\
    2,Koło Łąka,kis,,ul. Polna,3,18.56,53.05\n\
    3,Klub Bez Adresu,sports_club,,,,,\n";

const OTHER: &str = "source_id,name,legal_form,nip,street,house_number,lon,lat,tagline\n\
    a,Zupełnie inna nazwa,foundation,8790177291,,,,,Po NIP-ie\n\
    b,\"KOŁO \"\"ŁĄKA\"\"\",kis,,,,18.5605,53.0503,Po miejscu\n\
    c,Koło Łąka,kis,,,,18.58,53.05,Daleko\n\
    d,Klub bez adresu,sports_club,,,,,,Nie wiadomo gdzie\n";

async fn told(pool: &PgPool, name: &str, text: &str, told: Told) -> Report {
    let options = Options { told, ..options(Kind::Organisations, file(name, text)) };
    import::run(pool, &options).await.expect("the import runs")
}

/// Does it as somebody who is signed in.
async fn as_somebody(pool: &PgPool, statement: &str) {
    let statement = format!("do $$ begin perform set_config('pestor.account', '1', true); {statement}; end $$");
    sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(pool).await.expect("done");
}

#[tokio::test]
async fn duplicates_are_told_with_the_pair_and_merged_only_when_told() {
    let pool = town().await;
    import(&pool, Kind::Organisations, "register.csv", REGISTER).await;
    let report = told(&pool, "other.csv", OTHER, Told::default()).await;
    let pairs: Vec<_> = report
        .duplicates
        .iter()
        .map(|pair| (pair.row.line, pair.record.as_str(), pair.why.as_str(), pair.merged))
        .collect();
    assert_eq!(
        pairs,
        [
            (2, "Fundacja „Żółw” (source register, source_id 1)", "NIP", false),
            (3, "Koło Łąka (source register, source_id 2)", "name and place", false),
        ],
        "{report}"
    );
    // A number belongs to one organisation; a name may belong to two.
    assert_faults(&report, &[(2, "nip", "belongs to \"Fundacja „Żółw”\"")]);
    assert_eq!(counts(&report), (3, 0, 0, 0), "{report}");

    let pool = town().await;
    import(&pool, Kind::Organisations, "register.csv", REGISTER).await;
    let merge = Told { merge_duplicates: true, ..Told::default() };
    let report = told(&pool, "other.csv", OTHER, merge).await;
    assert_eq!((counts(&report), report.duplicates.len()), ((2, 2, 0, 0), 2), "{report}");
    assert!(report.duplicates.iter().all(|pair| pair.merged), "{report}");
    assert_eq!(scalar(&pool, "select count(*) from organisation where source = 'register'").await, 3);
    assert_eq!(
        scalar(&pool, "select count(*) from organisation where tagline = 'Po NIP-ie' and nip = '8790177291'").await,
        1
    );
    // Both keys lead to it now, told or not, for organisations and for what belongs to them.
    for _ in 0..2 {
        let report = told(&pool, "other.csv", OTHER, Told::default()).await;
        assert_eq!((counts(&report), report.duplicates.len()), ((0, 0, 4, 0), 0), "{report}");
    }
    import(&pool, Kind::Categories, "c.csv", "code,name_pl,name_en,cpv\nfood,Żywność,Food,15000000-8\n").await;
    let offers = "source_id,organisation,kind,name,category\n1,a,product,Chleb,food\n";
    assert_eq!(counts(&import(&pool, Kind::Offers, "other.csv", offers).await).0, 1);
    let replace = Options { mode: Mode::Replace, ..options(Kind::Organisations, file("register.csv", REGISTER)) };
    let report = import::run(&pool, &replace).await.expect("runs");
    assert_eq!(counts(&report), (0, 2, 1, 0), "the first source still has all of its own: {report}");
}

#[tokio::test]
async fn a_record_of_another_municipality_is_never_merged_into() {
    let pool = town().await;
    let elsewhere = polygons(&[("{\"teryt\":\"0000001\",\"name\":\"Obca\"}", square(19.5, 53.0, 0.1))]);
    import(&pool, Kind::Municipalities, "m2.geojson", &elsewhere).await;
    let foreign = "source_id,name,legal_form,nip,municipality\nz,Fundacja zza rzeki,foundation,8790177291,0000001\n";
    import(&pool, Kind::Organisations, "foreign.csv", foreign).await;
    sqlx::raw_sql("update organisation set source = 'manual', source_id = null").execute(&pool).await.expect("done");
    let ours = Options {
        municipality: Some("0463011".to_owned()),
        told: Told { merge_duplicates: true, ..Told::default() },
        ..options(
            Kind::Organisations,
            file("ours.csv", "source_id,name,legal_form,nip\n1,Nasza,foundation,8790177291\n"),
        )
    };
    let report = import::run(&pool, &ours).await.expect("the import runs");
    assert_faults(&report, &[(2, "nip", "belongs to \"Fundacja zza rzeki\"")]);
    assert!(report.duplicates.iter().all(|pair| !pair.merged), "{report}");
    assert_eq!(scalar(&pool, "select count(*) from organisation where source = 'manual'").await, 1);
}

#[tokio::test]
async fn two_rows_do_not_become_one_record_in_silence() {
    let pool = town().await;
    import(&pool, Kind::Organisations, "register.csv", REGISTER).await;
    let twice = "source_id,name,legal_form,lon,lat\nx,Koło Łąka,kis,18.56,53.05\ny,Koło Łąka,kis,18.56,53.0501\n";
    let report = told(&pool, "twice.csv", twice, Told { merge_duplicates: true, ..Told::default() }).await;
    assert_faults(&report, &[(3, "", "the same record as the row of line 2")]);
    assert_eq!(counts(&report), (0, 1, 0, 0), "{report}");
}

#[tokio::test]
async fn two_rows_that_seem_to_be_one_are_told() {
    let pool = town().await;
    let twice = "source_id,name,legal_form,street,house_number,lon,lat\n\
        1,Koło Łąka,kis,,,18.56,53.05\n2,Klub,kis,ul. Polna,3,,\n3,\"koło \"\"ŁĄKA\"\"\",kis,,,18.5605,53.0503\n\
        4,KLUB,kis,Polna,3/5,,\n5,Koło Łąka,kis,,,18.58,53.05\n6,Koło Łąka,kis,,,18.56,53.05\n";
    for merge_duplicates in [true, false] {
        let report = told(&pool, "twice.csv", twice, Told { merge_duplicates, ..Told::default() }).await;
        let pairs: Vec<_> =
            report.duplicates.iter().map(|pair| (pair.row.line, pair.record.as_str(), pair.merged)).collect();
        // Once they are in, they are records of their own.
        let expected: &[_] = match merge_duplicates {
            true => &[
                (4, "Koło Łąka (source twice, source_id 1)", false),
                (5, "Klub (source twice, source_id 2)", false),
                (7, "Koło Łąka (source twice, source_id 1)", false),
            ],
            false => &[],
        };
        assert_eq!(pairs, expected, "{report}");
    }
    assert_eq!(scalar(&pool, "select count(*) from organisation").await, 6);
    let support = "source_id,name,kind,lon,lat\n1,OWES,owes,18.56,53.05\n2,Owes,owes,18.56,53.05\n";
    let report = import(&pool, Kind::Support, "s.csv", support).await;
    assert_eq!((counts(&report), report.duplicates.len()), ((2, 0, 0, 0), 1), "{report}");
}

#[tokio::test]
async fn what_somebody_edited_is_kept_unless_told() {
    let pool = town().await;
    import(&pool, Kind::Organisations, "register.csv", REGISTER).await;
    as_somebody(&pool, "update organisation set tagline = 'Nasze słowa' where source_id = '1'").await;
    assert_eq!(scalar(&pool, "select count(*) from organisation where edited_at is not null").await, 1);
    let report = import(&pool, Kind::Organisations, "register.csv", REGISTER).await;
    assert_eq!((counts(&report), report.kept), ((0, 0, 2, 0), 1), "{report}");
    assert!(
        report.notes.iter().any(|note| note.place.is_some_and(|at| at.line == 2) && note.text.contains("kept")),
        "{report}"
    );
    assert!(report.to_string().contains("1 kept as people edited them"), "{report}");
    assert_eq!(scalar(&pool, "select count(*) from organisation where tagline = 'Nasze słowa'").await, 1);
    // A file that says the same has nothing to overwrite.
    let same = REGISTER
        .replace(",lat\n", ",lat,tagline\n")
        .replace("53.05\n2", "53.05,Nasze słowa\n2")
        .replace("18.56,53.05", "18.56,53.05,")
        .replace(",,,,,\n", ",,,,,,\n");
    let report = import(&pool, Kind::Organisations, "register.csv", &same).await;
    assert_eq!((counts(&report), report.kept), ((0, 0, 3, 0), 0), "{report}");
    // Not in the file, it stays as well; what nobody touched goes.
    let shorter: String =
        REGISTER.lines().filter(|line| !line.starts_with(['1', '2'])).map(|line| format!("{line}\n")).collect();
    let replace =
        |told| Options { mode: Mode::Replace, told, ..options(Kind::Organisations, file("register.csv", &shorter)) };
    let report = import::run(&pool, &replace(Told::default())).await.expect("runs");
    assert_eq!((counts(&report), report.kept), ((0, 0, 1, 1), 1), "{report}");

    let overwrite = Told { overwrite_edited: true, ..Told::default() };
    let report = told(&pool, "register.csv", REGISTER, overwrite).await;
    assert_eq!((counts(&report), report.kept), ((1, 1, 1, 0), 0), "{report}");
    assert_eq!(
        scalar(&pool, "select count(*) from organisation where edited_at is not null").await,
        0,
        "it is the file's again"
    );
    as_somebody(&pool, "update organisation set tagline = 'Znowu' where source_id = '1'").await;
    let report = import::run(&pool, &replace(overwrite)).await.expect("runs");
    assert_eq!(counts(&report), (0, 0, 1, 2), "{report}");
}

#[tokio::test]
async fn districts_that_move_do_not_make_records_the_files_again() {
    let pool = town().await;
    import(&pool, Kind::Organisations, "register.csv", REGISTER).await;
    as_somebody(&pool, "update organisation set tagline = 'Nasze słowa' where source_id = '1'").await;
    let moved = crate::import::polygons(&[(
        "{\"source_id\":\"w\",\"name\":\"Wrzosy\"}",
        crate::import::square(18.5, 53.0, 0.01),
    )]);
    assert_eq!(counts(&import(&pool, Kind::Districts, "d.geojson", &moved).await), (0, 1, 0, 0));
    assert_eq!(
        scalar(&pool, "select count(*) from organisation where edited_at is not null and district_id is null").await,
        1
    );
}
