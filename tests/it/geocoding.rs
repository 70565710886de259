//! Addresses without a point: where they are put, how sure that is, and how street names are compared.

use pestor::import::{self, Kind, Report};
use sqlx::PgPool;

use crate::import::{assert_faults, counts, import, options, scalar, town};
use crate::support::{database, demo_site, shared_data};

const ADDRESSES: &str = "source_id,street,house_number,city,simc,lon,lat\n\
    1,Generała Józefa Bema,12,Toruń,0982724,18.551,53.051\n\
    2,Generała Józefa Bema,12A,Toruń,0982724,18.552,53.051\n\
    3,Generała Józefa Bema,20,Toruń,0982724,18.558,53.051\n\
    4,Różana,1,Toruń,0982724,18.560,53.060\n\
    5,Rozana,1,Toruń,0982724,18.561,53.060\n\
    6,Jana Kowalskiego,1,Toruń,0982724,18.562,53.060\n\
    7,Karola Kowalskiego,1,Toruń,0982724,18.563,53.060\n\
    8,Aleja Solidarności,3,Toruń,0982724,18.564,53.060\n\
    9,Plac Rapackiego,3,Toruń,0982724,18.565,53.060\n\
    10,Rapackiego,3,Toruń,0982724,18.566,53.060\n\
    11,Osiedle Młodych,10/14,Toruń,0982724,18.567,53.060\n\
    12,,7,Przysiek,,18.520,53.080\n\
    13,3 Maja,5,Toruń,0982724,18.568,53.060\n\
    14,Majora Henryka Dobrzańskiego „Hubala”,2,Toruń,0982724,18.569,53.060\n";

const PAIRS: &str = "simc,ulic,teryt_name,osm_name\n\
    0982724,00001,mjr. Hubala,\"Majora Henryka Dobrzańskiego \"\"Hubala\"\"\"\n\
    0000001,00002,Polna,Różana\n";

/// Rows by how sure their place is.
fn located(report: &Report) -> Vec<(&str, usize)> {
    report.located.iter().map(|(quality, rows)| (quality.as_str(), *rows)).collect()
}

async fn addresses() -> PgPool {
    let pool = town().await;
    assert_eq!(counts(&import(&pool, Kind::Addresses, "a.csv", ADDRESSES).await).0, 14);
    assert_eq!(counts(&import(&pool, Kind::StreetNames, "n.csv", PAIRS).await).0, 2);
    pool
}

#[tokio::test]
async fn an_address_is_found_however_it_is_written() {
    let pool = addresses().await;
    // Street, number, town, district; quality and longitude, or nothing.
    let cases = [
        ("Generała Józefa Bema", "12", "Toruń", "", "address", 18.551),
        ("ul. gen. J. Bema", "12 A", "", "", "address", 18.552),
        ("ULICA BEMA", "12a/3", "TORUŃ", "", "address", 18.552),
        ("ul.Bema", "12 m. 5", "", "", "address", 18.551),
        ("Józefa Bema", "12-14", "", "", "address", 18.551),
        ("gen. Bema", "99", "", "", "street", 18.552),
        ("Karola Bema", "12", "Toruń", "", "municipality", 18.55),
        ("Różana", "1", "", "", "address", 18.560),
        ("rozana", "1", "", "", "address", 18.561),
        ("ul. J. Kowalskiego", "1", "", "", "address", 18.562),
        ("Kowalskiego", "1", "", "Bielany", "district", 18.58),
        ("Solidarności", "3", "", "", "address", 18.564),
        ("al. Solidarności", "3", "", "", "address", 18.564),
        ("pl. Rapackiego", "3", "", "", "address", 18.565),
        ("ul. Rapackiego", "3", "", "", "address", 18.566),
        ("os. Młodych", "10/14", "", "", "address", 18.567),
        ("3-go Maja", "5", "", "", "address", 18.568),
        ("mjr Hubala", "2", "", "", "address", 18.569),
        ("", "7", "Przysiek", "", "address", 18.520),
        ("", "8", "Przysiek", "", "locality", 18.520),
        // The pair is another town's.
        ("Polna", "1", "", "", "municipality", 18.55),
        ("Nieznana", "1", "", "Wrzosy", "district", 18.53),
        ("Bema", "12", "Warszawa", "", "", 0.0),
        ("", "", "Toruń", "", "municipality", 18.55),
        ("", "", "", "", "", 0.0),
    ];
    let mut text = "source_id,name,legal_form,street,house_number,city,district\n".to_owned();
    for (i, (street, number, city, district, ..)) in cases.iter().enumerate() {
        text += &format!("{i},Koło {i},kis,\"{street}\",{number},{city},{district}\n");
    }
    let report = import(&pool, Kind::Organisations, "o.csv", &text).await;
    assert_eq!((counts(&report).0, report.refused.len()), (cases.len(), 0), "{report}");
    let found: Vec<(Option<String>, Option<f64>)> =
        sqlx::query_as("select location_quality, st_x(point) from organisation order by source_id::int")
            .fetch_all(&pool)
            .await
            .expect("places");
    for ((quality, lon), case) in found.iter().zip(&cases) {
        assert_eq!(quality.as_deref().unwrap_or_default(), case.4, "{case:?}");
        assert!((lon.unwrap_or_default() - case.5).abs() < 1e-4, "{lon:?} {case:?}");
    }
    assert_eq!(
        located(&report),
        [("address", 16), ("street", 1), ("district", 2), ("locality", 1), ("municipality", 3)],
        "{report}"
    );
    // The middle of a whole town lies in some district, but that means nothing.
    let placed = "select count(*) from organisation where district_id is not null and location_quality in ('locality', 'municipality')";
    assert_eq!(scalar(&pool, placed).await, 0);
    assert!(scalar(&pool, "select count(*) from organisation where district_id is not null").await > 0);
    let ambiguous: Vec<_> = report.notes.iter().filter(|note| note.text.contains("not guessed")).collect();
    assert_eq!(ambiguous.len(), 1, "{report}");
    assert!(ambiguous[0].text.contains("Jana Kowalskiego or Karola Kowalskiego"), "{report}");
    assert!(report.to_string().contains("places: 16 by address, 1 by street"), "{report}");
    let again = import(&pool, Kind::Organisations, "o.csv", &text).await;
    assert_eq!(counts(&again), (0, 0, cases.len(), 0), "{again}");
}

#[tokio::test]
async fn what_needs_a_point_is_refused_only_where_its_address_is_not_known() {
    let pool = addresses().await;
    let premises = "source_id,name,storey,area_m2,use,technical_condition,street,house_number,city,lon,lat\n\
        1,A,ground,10,office,good,ul. Bema,12,,,\n\
        2,B,ground,10,office,good,ul. Bema,12,Warszawa,,\n\
        3,C,ground,10,office,good,,,,,\n\
        4,D,ground,10,office,good,ul. Bema,12,,18.55,53.05\n";
    let report = import(&pool, Kind::Premises, "p.csv", premises).await;
    assert_faults(&report, &[(3, "lon", "address is not known"), (4, "lon", "no point")]);
    assert_eq!(located(&report), [("given", 1), ("address", 1)], "{report}");
    let support =
        "source_id,name,kind,street,house_number,city,point\n1,OWES,owes,Bema,20,Toruń,\n2,MOPS,other,Rue,1,Arras,\n";
    let report = import(&pool, Kind::Support, "s.csv", support).await;
    assert_faults(&report, &[(3, "point", "address is not known")]);
    // With a point, the file knows better than the addresses.
    let given = premises.replace("ul. Bema,12,,,\n", "ul. Bema,12,,18.55,53.05\n");
    assert_eq!(counts(&import(&pool, Kind::Premises, "p.csv", &given).await), (0, 1, 1, 0));
    assert_eq!(scalar(&pool, "select count(*) from premises where location_quality = 'given'").await, 2);
}

#[tokio::test]
async fn pages_say_how_sure_a_place_is() {
    let site = demo_site().await;
    site.sql("update organisation set location_quality = 'street' where slug = (select min(slug) from organisation where point is not null)").await;
    let slug: String = sqlx::query_scalar("select slug from organisation where location_quality = 'street'")
        .fetch_one(&site.app.pool)
        .await
        .expect("an organisation");
    let page = site.get(&format!("/organizacje/{slug}")).await.text();
    assert!(page.contains("dokładność: ulica"), "{page}");
    assert!(site.get("/organizacje?lang=en&sort=name").await.text().contains("· accuracy: street"));
    // Whoever moves the point says where it is.
    site.sql(
        "do $$ begin perform set_config('pestor.account', '1', true);
         update organisation set point = st_translate(point, 0.001, 0) where location_quality = 'street'; end $$",
    )
    .await;
    assert!(!site.get(&format!("/organizacje/{slug}")).await.text().contains("dokładność"));
}

#[tokio::test]
async fn most_pairs_of_spellings_agree_by_the_rules_alone() {
    let Some(pairs) = shared_data("registers/teryt_ulic_osm_street_names.csv") else { return };
    let pool = database().await;
    let mapping =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("data-import/mappings/teryt-osm-street-names.toml");
    let options = import::Options { mapping: Some(mapping), ..options(Kind::StreetNames, pairs) };
    assert_eq!(import::run(&pool, &options).await.expect("imported").inserted, 12221);
    let agree = "select count(*) from (select street_parts(teryt_name) a, street_parts(osm_name) b from street_name) p
        where a[3] = b[3] and names_agree(a[4], b[4]) and (a[1] = b[1] or '' in (a[1], b[1]))";
    let agree = scalar(&pool, agree).await;
    // 97 of a hundred; for the rest there are the pairs themselves.
    assert!(agree >= 11_900, "{agree} of 12,221");
    // However a name is spelled, it compares as itself: in capitals, with "ul.", without diacritics.
    let changed = "select count(*) from street_name cross join lateral (values (upper(osm_name)), ('ul. ' || osm_name), ('  ' || osm_name || ' ')) v (t)
        where street_parts(t) <> street_parts(osm_name)";
    assert_eq!(scalar(&pool, changed).await, 0);
    let folded =
        "select count(*) from street_name where (street_parts(fold(osm_name)))[3] <> (street_parts(osm_name))[3]";
    assert_eq!(scalar(&pool, folded).await, 0);
    // And two different streets of one town are not taken for each other, but for very few ("Bema" beside "Józefa Bema").
    let mixed = "select count(*) from street_name a join street_name b on a.simc = b.simc and a.ulic < b.ulic
        where (street_parts(a.osm_name))[2] <> (street_parts(b.osm_name))[2] and (street_parts(a.osm_name))[3] = (street_parts(b.osm_name))[3]
            and names_agree((street_parts(a.osm_name))[4], (street_parts(b.osm_name))[4])
            and (street_parts(a.osm_name))[1] = (street_parts(b.osm_name))[1]";
    let mixed = scalar(&pool, mixed).await;
    eprintln!("pairs that agree: {agree} of 12221; streets of one town that compare alike: {mixed}");
    assert!(mixed < 60, "{mixed}");
}
