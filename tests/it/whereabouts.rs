//! Where things have to be, asked for without a script: an address becomes a circle, and near it the nearest comes first.

use axum::http::StatusCode;

use crate::support::{Site, demo_site};

const LISTS: [&str; 6] = ["/lokale", "/organizacje", "/wsparcie", "/oferty", "/zapotrzebowanie", "/sprzet"];

/// Where a list with these parameters leads.
async fn leads(site: &Site, path: &str) -> String {
    let answer = site.page(path).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}");
    answer.header("location").to_owned()
}

#[tokio::test]
async fn an_address_becomes_a_circle_in_every_list() {
    let site = demo_site().await;
    // An address that some unit has, and nothing else is called like it.
    let (street, number, lon, lat): (String, String, f64, f64) = sqlx::query_as(
        "select street, house_number, st_x(point), st_y(point) from premises where slug = 'ul-mickiewicza-110'",
    )
    .fetch_one(&site.app.pool)
    .await
    .expect("a unit");
    let address = format!("{street} {number}").replace(' ', "+");
    for list in LISTS {
        let to = leads(&site, &format!("{list}?place={address}&place_radius_m=500&page=3&q=")).await;
        let query = to.strip_prefix(list).and_then(|rest| rest.strip_prefix('?')).expect("the same list");
        let params = pestor::web::Params::parse(query);
        let near = params.one("near").expect("once").expect("a place");
        assert_eq!(near, format!("{lon:.5},{lat:.5}"));
        assert_eq!(params.one("radius_m").expect("once"), Some("500"));
        for gone in ["place", "place_radius_m", "page"] {
            assert_eq!(params.one(gone).expect("once"), None, "{gone} in {to}");
        }
        let sorted = params.one("sort").expect("once");
        assert_eq!(sorted, if list == "/sprzet" { None } else { Some("distance") }, "{list}");
        let shown = site.page(&to).await;
        assert_eq!(shown.status, StatusCode::OK, "{to}");
        assert!(shown.text().contains("data-remove-filter=\"near="), "{list}: a chip takes it away");
    }
    let circle = leads(&site, &format!("/lokale?status=free&place={address}")).await;
    assert!(circle.starts_with("/lokale?status=free&near=") && circle.contains("&radius_m=1000"), "{circle}");
}

#[tokio::test]
async fn near_a_place_the_nearest_comes_first_and_says_how_far_it_is() {
    let site = demo_site().await;
    let near = "18.6075,53.0107";
    for (list, table) in [("lokale", "premises"), ("organizacje", "organisation"), ("wsparcie", "support_institution")]
    {
        let inside: Vec<(String, f64)> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "select slug, st_distance(point::geography, st_point({near}, 4326)::geography) from {table}
            where st_dwithin(point::geography, st_point({near}, 4326)::geography, 2000) order by 2"
        )))
        .fetch_all(&site.app.pool)
        .await
        .expect("places");
        let answer = site.page(&format!("/{list}?near={near}&radius_m=2000&sort=distance")).await;
        assert_eq!(answer.total(), i64::try_from(inside.len()).expect("few"), "{list}");
        let text = answer.text();
        let cards: Vec<&str> = text.split("class=\"card-title\">").skip(1).collect();
        let slug = |card: &&str| {
            let rest = card.strip_prefix(&format!("<a href=\"/{list}/")).expect("a link");
            rest.split_once('"').expect("its end").0.to_owned()
        };
        let shown: Vec<String> = cards.iter().map(slug).collect();
        let far = |slug: &String| inside.iter().find(|(other, _)| other == slug).expect("in the circle").1;
        let distances: Vec<f64> = shown.iter().map(far).collect();
        assert!(!shown.is_empty() && distances.is_sorted(), "{list}: {distances:?}");
        assert!((distances[0] - inside[0].1).abs() < 0.001, "{list} begins with the nearest");
        assert_eq!(text.matches("#i-route\"></use>").count(), cards.len(), "{list}: each says how far it is");
        // Away with the place, away with the order by the distance from it.
        let chip = text.split("data-remove-filter=\"near=").next().and_then(|before| before.rsplit("href=\"").next());
        let without = chip.and_then(|rest| rest.split('"').next()).expect("a link");
        assert_eq!(without, format!("/{list}?"));
        assert_eq!(site.page(without).await.status, StatusCode::OK);
    }
    let refused = site.get("/lokale?sort=distance").await;
    assert_eq!((refused.status, &refused.json()["parameter"]), (StatusCode::BAD_REQUEST, &"sort".into()));
}

#[tokio::test]
async fn what_is_not_clear_is_asked_and_what_nobody_knows_is_said() {
    let site = demo_site().await;
    let several = site.page("/lokale?status=free&place=Mickiewicza+1").await;
    assert_eq!(several.status, StatusCode::OK);
    let text = several.text();
    assert!(text.contains("O które miejsce chodzi?") && text.contains("value=\"Mickiewicza 1\""), "the words stay");
    let hits = text.split("id=\"place-answer\"").nth(1).and_then(|rest| rest.split("</ul>").next()).expect("choices");
    let links: Vec<&str> = hits.split("href=\"").skip(1).map(|rest| rest.split('"').next().expect("its end")).collect();
    assert!(links.len() > 1, "{hits}");
    for link in links {
        let link = link.replace("&#38;", "&").replace("&amp;", "&");
        let params = pestor::web::Params::parse(link.strip_prefix("/lokale?").expect("the same list"));
        assert!(params.one("near").expect("once").is_some() && params.one("status").expect("once") == Some("free"));
        assert_eq!(site.page(&link).await.status, StatusCode::OK, "{link}");
    }

    let unknown = site.page("/wsparcie?place=Xyzzyqw+%3Cb%3E").await;
    let text = unknown.text();
    assert!(text.contains("Nie znamy takiego adresu") && text.contains("aria-invalid=\"true\""));
    assert!(!text.contains("<b>") && text.contains("Xyzzyqw &"), "the words stay, as words");
    assert!(unknown.total() > 0, "the list is still there");

    // A district is a district, not a circle.
    assert_eq!(leads(&site, "/lokale?place=Rubinkowo").await, "/lokale?within=rubinkowo");
    // Another radius for the place that is already asked for.
    let wider = leads(&site, "/lokale?near=18.6,53.01&radius_m=500&place_radius_m=2000").await;
    assert_eq!(wider, "/lokale?near=18.6%2C53.01&radius_m=2000&sort=distance");
    // A radius alone asks for nothing.
    assert_eq!(site.page("/lokale?place_radius_m=2000").await.status, StatusCode::OK);
    for (query, parameter) in [
        ("place_radius_m=7", "place_radius_m"),
        ("place=a&place=b", "place"),
        ("place=%00", "place"),
        (&format!("place={}", "a".repeat(201)), "place"),
    ] {
        let answer = site.get(&format!("/lokale?{query}")).await;
        assert_eq!(
            (answer.status, &answer.json()["parameter"]),
            (StatusCode::BAD_REQUEST, &parameter.into()),
            "{query}"
        );
    }
}
