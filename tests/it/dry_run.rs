//! `--dry-run` names every record that would come, change or go, and nothing else.

use pestor::import::{self, Change, Kind, Mode, Options, Report, What};
use sqlx::PgPool;

use crate::import::{counts, file, import, options, polygons, scalar, square, town};

/// What a dry run says; held against its own counts, and against the import itself when that is done after it.
async fn dry_run(pool: &PgPool, kind: Kind, name: &str, text: &str, mode: Mode) -> Report {
    let wanted = |dry_run| Options { mode, dry_run, ..options(kind, file(name, text)) };
    let report = import::run(pool, &wanted(true)).await.expect("the dry run runs");
    let count = |what| report.changes.iter().filter(|change| change.what == what).count();
    assert_eq!(
        (count(What::New), count(What::Changed), count(What::Deleted) as u64),
        (report.inserted, report.updated, report.deleted),
        "{report}"
    );
    let written = serde_json::to_string(&report).expect("it serialises");
    let read: Report = serde_json::from_str(&written).expect("it is read again");
    assert_eq!((&read.changes, &read.notes, read.kind), (&report.changes, &report.notes, report.kind));
    let done = import::run(pool, &wanted(false)).await.expect("the import runs");
    assert_eq!((counts(&done), done.kept), (counts(&report), report.kept), "{done}");
    assert_eq!(done.changes, [], "only a dry run lists them");
    let again = import::run(pool, &wanted(true)).await.expect("the dry run runs");
    assert_eq!(again.changes, [], "{again}");
    report
}

fn lines(report: &Report) -> Vec<String> {
    report.changes.iter().map(ToString::to_string).collect()
}

const ORGANISATIONS: &str = "source_id,name,legal_form,social_enterprise,activities,nip,tagline,description,lon,lat,verified_on\n\
    1,Fundacja „Żółw”,foundation,false,sport;culture,8790177291,,Opis,18.55,53.05,2024-01-01\n\
    2,Koło Łąka,kis,,,,,,18.52,53.05,\n\
    3,Klub,sports_club,,,,,,18.57,53.05,\n\
    4,Pod opieką,kis,,,,,,18.57,53.05,\n\
    5,Odchodzi,kis,,,,,,18.57,53.05,\n\
    6,Zostaje,kis,,,,,,18.57,53.05,\n";

#[tokio::test]
async fn a_dry_run_names_each_record_and_each_field_that_would_change() {
    let pool = town().await;
    import(&pool, Kind::Organisations, "o.csv", ORGANISATIONS).await;
    let edited = "do $$ begin perform set_config('pestor.account', '1', true);
        update organisation set tagline = 'Nasze słowa' where source_id in ('4', '6'); end $$";
    sqlx::raw_sql(edited).execute(&pool).await.expect("edited");
    let id = scalar(&pool, "select id from organisation where source_id = '1'").await;
    let gone = scalar(&pool, "select id from organisation where source_id = '5'").await;
    // 3 is as it was, 4 was edited and says something else, 5 is gone, 6 was edited and is gone.
    let text = "source_id,name,legal_form,social_enterprise,activities,nip,tagline,description,lon,lat,verified_on\n\
        1,Fundacja „Wąż”,association,true,culture,,Nowe,\"Opis\n\nDrugi\",18.55,53.051,2025-01-01\n\
        2,Koło Łąka,kis,,,,,,,,\n\
        3,Klub,sports_club,,,,,,18.57,53.05,\n\
        4,Pod inną opieką,kis,,,,,,18.57,53.05,\n\
        7,Nowa,kis,,,,,,18.53,53.05,\n";
    let before = scalar(&pool, "select sum(version)::bigint from layer_version").await;
    let dry = Options { mode: Mode::Replace, dry_run: true, ..options(Kind::Organisations, file("o.csv", text)) };
    import::run(&pool, &dry).await.expect("the dry run runs");
    assert_eq!(scalar(&pool, "select sum(version)::bigint from layer_version").await, before, "nothing was written");

    let report = dry_run(&pool, Kind::Organisations, "o.csv", text, Mode::Replace).await;
    assert_eq!((counts(&report), report.kept), ((1, 2, 1, 1), 2), "{report}");
    assert_eq!(
        lines(&report),
        [
            " deleted: Odchodzi (source o, source_id 5)".to_owned(),
            "2: changed: Fundacja „Wąż” (source o, source_id 1): activities \"sport;culture\" -> \"culture\"; \
             description \"Opis\" -> \"Opis  Drugi\"; legal_form \"foundation\" -> \"association\"; \
             name \"Fundacja „Żółw”\" -> \"Fundacja „Wąż”\"; nip \"8790177291\" -> nothing; \
             point \"18.550000 53.050000\" -> \"18.550000 53.051000\" (moved 111 m); \
             social_enterprise \"false\" -> \"true\"; tagline nothing -> \"Nowe\"; \
             verified_on \"2024-01-01\" -> \"2025-01-01\""
                .to_owned(),
            "5: changed: Koło Łąka (source o, source_id 2): location_quality \"given\" -> nothing; \
             point \"18.520000 53.050000\" -> nothing"
                .to_owned(),
            "8: new: Nowa (source o, source_id 7)".to_owned(),
        ]
    );
    let places: Vec<_> = report.changes.iter().map(|change| (change.id.is_some(), change.location)).collect();
    let expected =
        [(true, Some([18.57, 53.05])), (true, Some([18.55, 53.051])), (true, None), (false, Some([18.53, 53.05]))];
    assert_eq!(places, expected);
    let ids: Vec<_> = report.changes.iter().filter_map(|change| change.id).take(2).collect();
    assert_eq!(ids, [gone, id]);
    assert!(report.to_string().contains("o.csv:8: new: Nowa"), "{report}");
    assert!(report.to_string().contains("o.csv: deleted: Odchodzi"), "{report}");

    // Where a row is refused and so nothing goes in, nothing would change either.
    let bad = text.replace("Nowa,kis", "Nowa,klub").replace("Wąż", "Kot");
    let dry = Options { mode: Mode::Replace, dry_run: true, ..options(Kind::Organisations, file("o.csv", &bad)) };
    let report = import::run(&pool, &dry).await.expect("the dry run runs");
    assert_eq!((report.changes.len(), report.refused_rows), (0, 1), "{report}");
    let dry = Options { mode: Mode::Upsert, ..dry };
    let report = import::run(&pool, &dry).await.expect("the dry run runs");
    assert_eq!((report.changes.len(), report.refused_rows), (1, 1), "{report}");
}

#[tokio::test]
async fn premises_and_their_periods_are_records_of_their_own() {
    let pool = town().await;
    import(&pool, Kind::Organisations, "o.csv", ORGANISATIONS).await;
    let header = "source_id,name,storey,area_m2,use,technical_condition,administrator,lon,lat,photos,footprint_wkt\n";
    let outline = |size: f64| {
        let (e, n) = (18.55 + size, 53.05 + size);
        format!("\"POLYGON((18.55 53.05,{e} 53.05,{e} {n},18.55 {n},18.55 53.05))\"")
    };
    let one = format!("{header}p,Lokal,ground,10.50,office,good,ZGM,18.55,53.05,a.jpg|Front,{}\n", outline(0.001));
    let report = dry_run(&pool, Kind::Premises, "p.csv", &one, Mode::Upsert).await;
    assert_eq!(lines(&report), ["2: new: Lokal (source p, source_id p)"]);
    let two =
        format!("{header}p,Lokal,ground,11,office,good,MZK,18.55,53.05,a.jpg|Front;b.jpg|Tył,{}\n", outline(0.002));
    let report = dry_run(&pool, Kind::Premises, "p.csv", &two, Mode::Upsert).await;
    let fields: Vec<_> = report.changes[0].fields.iter().map(|field| field.field.as_str()).collect();
    assert_eq!(fields, ["administrator", "area_m2", "footprint", "photos"], "{report}");
    let footprint = &report.changes[0].fields[2];
    assert!(footprint.before.as_ref().is_some_and(|text| text.ends_with(" m², 5 points")), "{footprint}");
    assert_eq!(footprint.moved_m, Some(65.0), "{footprint}");
    // Only pictures: a picture is a part of its premises.
    let three = two.replace("Tył", "Podwórko");
    let report = dry_run(&pool, Kind::Premises, "p.csv", &three, Mode::Upsert).await;
    let expected = [
        "2: changed: Lokal (source p, source_id p): photos \"a.jpg|Front;b.jpg|Tył\" -> \"a.jpg|Front;b.jpg|Podwórko\"",
    ];
    assert_eq!(lines(&report), expected);

    let header = "source_id,premises,status,from,to,organisation,note\n";
    let periods = format!(
        "{header}1,p,free,2020-01-01,2021-01-01,,\n2,p,occupied,2021-01-01,2022-01-01,1,\n3,p,free,2022-01-01,,,\n"
    );
    let report = dry_run(&pool, Kind::PremisesPeriods, "t.csv", &periods, Mode::Upsert).await;
    assert_eq!(lines(&report)[0], "2: new: Lokal (2020-01-01 – 2021-01-01) (source t, source_id 1)");
    assert_eq!(report.changes[0].location, Some([18.55, 53.05]));
    let id = scalar(&pool, "select id from premises_period where source_id = '2'").await;
    let periods = format!("{header}1,p,free,2020-01-01,2021-01-01,,\n2,p,occupied,2021-01-01,2023-01-01,2,Dłużej\n");
    let report = dry_run(&pool, Kind::PremisesPeriods, "t.csv", &periods, Mode::Replace).await;
    let expected = [
        " deleted: Lokal (2022-01-01) (source t, source_id 3)",
        "3: changed: Lokal (2021-01-01 – 2023-01-01) (source t, source_id 2): note nothing -> \"Dłużej\"; \
         organisation \"Fundacja „Żółw”, 1\" -> \"Koło Łąka, 2\"; to \"2022-01-01\" -> \"2023-01-01\"",
    ];
    assert_eq!(lines(&report), expected);
    assert_eq!(report.changes[1].id, Some(id), "its id when it was there");
}

/// A kind, a file of it, the same file changed, and what a dry run of that says in `replace`.
type Case = (Kind, &'static str, &'static str, &'static [&'static str]);

const CASES: &[Case] = &[
    (
        Kind::Categories,
        "code,name_pl,name_en,cpv\nfood,Żywność,Food,15000000-8\nold,Stare,Old,15000000-8\n",
        "code,name_pl,name_en,cpv\nfood,Jedzenie,Food,15000000-8\ntools,Narzędzia,Tools,44510000-8\n",
        &[
            " deleted: Stare (old)",
            "2: changed: Jedzenie (food): name_pl \"Żywność\" -> \"Jedzenie\"",
            "3: new: Narzędzia (tools)",
        ],
    ),
    (
        Kind::Offers,
        "source_id,organisation,kind,name,category,price_pln\n1,1,product,Chleb,food,5\n2,1,product,Bułka,food,1\n",
        "source_id,organisation,kind,name,category,price_pln\n1,2,product,Chleb,food,5.50\n3,1,service,Obiad,food,\n",
        &[
            " deleted: Bułka (source f, source_id 2)",
            "2: changed: Chleb (source f, source_id 1): organisation \"Fundacja „Żółw”, 1\" -> \"Koło Łąka, 2\"; \
             price_pln \"5.0\" -> \"5.5\"",
            "3: new: Obiad (source f, source_id 3)",
        ],
    ),
    (
        Kind::Demand,
        "source_id,unit_name,name,category,quantity\n1,Urząd,Kanapki,food,20\n2,Urząd,Soki,food,\n",
        "source_id,unit_name,name,category,quantity\n1,Szkoła,Kanapki,food,30\n3,Urząd,Ciasta,food,\n",
        &[
            " deleted: Soki (source f, source_id 2)",
            "2: changed: Kanapki (source f, source_id 1): quantity \"20\" -> \"30\"; unit_name \"Urząd\" -> \"Szkoła\"",
            "3: new: Ciasta (source f, source_id 3)",
        ],
    ),
    (
        Kind::Equipment,
        "source_id,organisation,name,category,mode,quantity\n1,1,Młotek,food,lend,2\n2,1,Piła,food,lend,1\n",
        "source_id,organisation,name,category,mode,quantity\n1,1,Młotek,food,give,3\n3,1,Wózek,food,lend,1\n",
        &[
            " deleted: Piła (source f, source_id 2)",
            "2: changed: Młotek (source f, source_id 1): mode \"lend\" -> \"give\"; quantity \"2\" -> \"3\"",
            "3: new: Wózek (source f, source_id 3)",
        ],
    ),
    (
        Kind::Support,
        "source_id,name,kind,services,links,lon,lat\n1,OWES,owes,advice,,18.55,53.05\n2,MOPS,other,,,18.55,53.05\n",
        "source_id,name,kind,services,links,lon,lat\n1,OWES,owes,advice,Strona|https://a.pl,18.55,53.05\n3,ROPS,rops,,,18.55,53.05\n",
        &[
            " deleted: MOPS (source f, source_id 2)",
            "2: changed: OWES (source f, source_id 1): links nothing -> \"Strona|https://a.pl\"",
            "3: new: ROPS (source f, source_id 3)",
        ],
    ),
    (
        Kind::Addresses,
        "source_id,city,street,house_number,lon,lat\n1,Toruń,Bema,1,18.55,53.05\n2,Toruń,Bema,2,18.55,53.05\n",
        "source_id,city,street,house_number,lon,lat\n1,Toruń,Polna,1A,18.551,53.05\n3,Toruń,Bema,3,18.55,53.05\n",
        &[
            " deleted: Bema 2, Toruń (source f, source_id 2)",
            "2: changed: Polna 1A, Toruń (source f, source_id 1): house_number \"1\" -> \"1A\"; \
             point \"18.550000 53.050000\" -> \"18.551000 53.050000\" (moved 67 m); street \"Bema\" -> \"Polna\"",
            "3: new: Bema 3, Toruń (source f, source_id 3)",
        ],
    ),
    (
        Kind::StreetNames,
        "simc,ulic,teryt_name,osm_name\n0982724,00001,Bema Józefa,Józefa Bema\n0982724,00002,Polna,Polna\n",
        "simc,ulic,teryt_name,osm_name\n0982724,00001,Bema Józefa,Generała Bema\n0982724,00003,Leśna,Leśna\n",
        &[
            " deleted: Polna (source f, source_id 0982724-00002)",
            "2: changed: Bema Józefa (source f, source_id 0982724-00001): osm_name \"Józefa Bema\" -> \"Generała Bema\"",
            "3: new: Leśna (source f, source_id 0982724-00003)",
        ],
    ),
    (
        Kind::Landmarks,
        "source_id,name,description,lon,lat\n1,Flisak,,18.55,53.05\n2,Dworzec,,18.55,53.05\n",
        "source_id,name,description,lon,lat\n1,Flisak,Fontanna,18.55,53.05\n3,Ratusz,,18.55,53.05\n",
        &[
            " deleted: Dworzec (source f, source_id 2)",
            "2: changed: Flisak (source f, source_id 1): description nothing -> \"Fontanna\"",
            "3: new: Ratusz (source f, source_id 3)",
        ],
    ),
];

#[tokio::test]
async fn every_kind_has_the_same_list() {
    let pool = town().await;
    import(&pool, Kind::Organisations, "o.csv", ORGANISATIONS).await;
    import(&pool, Kind::Categories, "f.csv", CASES[0].2).await;
    for (kind, before, after, expected) in CASES {
        // Categories are nobody's: what is there goes, too.
        dry_run(&pool, *kind, "f.csv", before, Mode::Replace).await;
        let report = dry_run(&pool, *kind, "f.csv", after, Mode::Replace).await;
        assert_eq!(lines(&report), *expected, "{report}");
    }
}

#[tokio::test]
async fn territory_is_told_by_its_areas() {
    let pool = town().await;
    let place = |change: &Change| change.location.expect("it stands somewhere").map(|degree| (degree * 1000.0).round());
    let towns = polygons(&[
        ("{\"teryt\":\"0463011\",\"name\":\"Toruń\"}", square(18.5, 53.0, 0.2)),
        ("{\"teryt\":\"0415032\",\"name\":\"Lubicz\"}", square(18.7, 53.0, 0.1)),
    ]);
    let report = dry_run(&pool, Kind::Municipalities, "m.geojson", &towns, Mode::Upsert).await;
    let [torun, lubicz] = &report.changes[..] else { panic!("{report}") };
    assert_eq!((torun.what, torun.source_id.as_str(), lubicz.what), (What::Changed, "0463011", What::New));
    assert_eq!((place(torun), place(lubicz)), ([18600.0, 53100.0], [18750.0, 53050.0]));
    let [boundary] = &torun.fields[..] else { panic!("{report}") };
    assert_eq!(boundary.field, "boundary");
    assert!(boundary.moved_m.is_some_and(|metres| (6000.0..7000.0).contains(&metres)), "{boundary}");

    let districts = polygons(&[(
        "{\"source_id\":\"w\",\"name\":\"Wrzosy II\",\"municipality\":\"0463011\"}",
        square(18.5, 53.0, 0.05),
    )]);
    let report = dry_run(&pool, Kind::Districts, "d.geojson", &districts, Mode::Replace).await;
    let [bielany, wrzosy] = &report.changes[..] else { panic!("{report}") };
    assert_eq!((bielany.what, bielany.name.as_str(), place(bielany)), (What::Deleted, "Bielany", [18580.0, 53020.0]));
    let fields: Vec<_> = wrzosy.fields.iter().map(|field| field.field.as_str()).collect();
    assert_eq!((wrzosy.what, fields), (What::Changed, vec!["area", "name"]));

    let line = |number: u32| {
        let last = 18.5 + f64::from(number) / 100.0;
        format!(
            "{{\"type\":\"FeatureCollection\",\"features\":[{{\"type\":\"Feature\",\"properties\":{{\"source_id\":\"1\",\
             \"kind\":\"street\",\"name\":\"Bema\",\"municipality\":\"0463011\"}},\"geometry\":{{\"type\":\"LineString\",\
             \"coordinates\":[[18.5,53],[{last},53]]}}}}]}}"
        )
    };
    dry_run(&pool, Kind::Schematic, "s.geojson", &line(1), Mode::Replace).await;
    let report = dry_run(&pool, Kind::Schematic, "s.geojson", &line(2), Mode::Replace).await;
    assert_eq!(
        lines(&report),
        [
            "1: feature 1: changed: Bema (source s, source_id 1): geom \"671 m, 2 points\" -> \"1343 m, 2 points\" (moved 335 m)"
        ]
    );
    let region = |name: &str| {
        polygons(&[(
            &format!("{{\"level\":\"county\",\"code\":\"0463\",\"name\":\"{name}\"}}"),
            square(18.5, 53.0, 0.2),
        )])
    };
    dry_run(&pool, Kind::Regions, "r.geojson", &region("Toruń"), Mode::Replace).await;
    // Another source may bring the same region.
    let report = dry_run(&pool, Kind::Regions, "s.geojson", &region("toruński"), Mode::Replace).await;
    assert_eq!(
        lines(&report),
        [
            "2: feature 1: changed: toruński (source s, source_id 0463): name \"Toruń\" -> \"toruński\"; source \"r\" -> \"s\""
        ]
    );
}
