//! Premises, support institutions, the search, and the pages about the site.

use axum::http::StatusCode;
use serde_json::Value;

use crate::support::{Site, demo_site, empty_site};

/// Paths of the cards, in order.
fn items<'a>(text: &'a str, prefix: &str) -> Vec<&'a str> {
    let start = format!("<a href=\"{prefix}");
    text.split("class=\"card-title\">")
        .skip(1)
        .filter_map(|card| card.strip_prefix(start.as_str())?.split_once('"'))
        .map(|(slug, _)| slug)
        .collect()
}

/// Kind and label of what the search suggests, in order.
pub async fn labels(site: &Site, query: &str) -> Vec<String> {
    let answer = site.get(&format!("/api/v1/search?q={query}")).await;
    assert_eq!(answer.status, StatusCode::OK, "{query}");
    let json = answer.json();
    let results = json["results"].as_array().expect("results");
    results
        .iter()
        .map(|result| {
            format!("{}: {}", result["kind"].as_str().expect("a kind"), result["label"].as_str().expect("a label"))
        })
        .collect()
}

#[tokio::test]
async fn premises_are_filtered_sorted_and_seen_as_of_a_day() {
    let site = demo_site().await;
    let all = site.get("/lokale").await;
    assert_eq!(all.total(), 83);
    let free = site.get("/lokale?status=free&status=open_call").await;
    let open = free.total();
    assert!(open > 0 && open < 83);
    assert!(!free.text().contains("badge status status-occupied"));
    assert!(free.text().contains("status=open_call\" data-remove-filter=\"status=free\""), "chips can be removed");
    let big = site.get("/lokale?area_min=100").await.total();
    let small = site.get("/lokale?area_max=99.99").await.total();
    assert_eq!(big + small, 83);
    assert!(site.get("/lokale?within=bielany").await.total() > 0);
    assert!(site.get("/lokale?bbox=18.5,52.9,18.8,53.1").await.total() == 83);
    assert_eq!(
        site.get("/lokale?on=1990-01-01&status=withdrawn").await.total(),
        83,
        "before its history a unit is not in the pool"
    );
    let by_area = site.get("/lokale?sort=area").await.text();
    let smallest: String =
        sqlx::query_scalar("select slug from premises order by area_m2, name collate \"pl-x-icu\" limit 1")
            .fetch_one(&site.app.pool)
            .await
            .expect("a unit");
    assert_eq!(items(&by_area, "/lokale/")[0], smallest);
    // A change in the database is on the list at once.
    site.sql("delete from premises_period").await;
    site.sql(
        "insert into premises_period (premises_id, status, valid) select id, 'free', '[2020-01-01,)' from premises",
    )
    .await;
    assert_eq!(site.get("/lokale?status=free").await.total(), 83);
}

#[tokio::test]
async fn a_wrong_filter_is_named() {
    let site = demo_site().await;
    for (path, parameter) in [
        ("/lokale?status=fre", "status"),
        ("/lokale?use=palace", "use"),
        ("/lokale?area_min=-1", "area_min"),
        ("/lokale?area_min=x", "area_min"),
        ("/lokale?area_min=90&area_max=20", "area_min"),
        ("/lokale?accessible=yes", "accessible"),
        ("/lokale?administrator=nobody", "administrator"),
        ("/lokale?within=atlantis", "within"),
        ("/lokale?on=21.11.2026", "on"),
        ("/lokale?bbox=1,2,3", "bbox"),
        ("/lokale?sort=colour", "sort"),
        ("/lokale?page=0", "page"),
        ("/wsparcie?kind=bank", "kind"),
        ("/wsparcie?within=atlantis", "within"),
        ("/api/v1/search", "q"),
        ("/api/v1/search?q=", "q"),
        ("/api/v1/search?q=a&limit=0", "limit"),
        ("/api/v1/search?q=a&limit=21", "limit"),
        ("/api/v1/search?q=a&colour=red", "colour"),
    ] {
        let answer = site.get(path).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}");
        assert_eq!(answer.json()["parameter"], parameter, "{path}");
    }
    let long = format!("/api/v1/search?q={}", "a".repeat(201));
    assert_eq!(site.get(&long).await.json()["parameter"], "q");
    for path in ["/lokale/nie-ma", "/wsparcie/nie-ma", "/media/nie-ma.jpg", "/media/..%2fCargo.toml"] {
        assert_eq!(site.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn premises_tell_their_history() {
    let site = demo_site().await;
    let (slug, tenant): (String, String) = sqlx::query_as(
        "select p.slug, o.slug from premises p join premises_period s on s.premises_id = p.id
         join organisation o on o.id = s.organisation_id where s.valid @> current_date and s.status = 'occupied' limit 1",
    )
    .fetch_one(&site.app.pool)
    .await
    .expect("a let unit");
    site.sql(&format!("update premises set remarks = '<script>alert(1)</script>' where slug = '{slug}'")).await;
    let page = site.get(&format!("/lokale/{slug}")).await.text();
    assert!(page.contains(&format!("data-item=\"organizacje/{tenant}\"")), "the tenant is a link");
    assert!(page.contains("class=\"timeline\"") && page.contains("aria-current=\"true\""));
    assert!(!page.contains("<script>alert(1)"), "text never becomes HTML");
    let json =
        page.split("application/ld+json\">").nth(1).and_then(|rest| rest.split_once("</script>")).expect("JSON-LD").0;
    let json: Value = serde_json::from_str(json).expect("JSON");
    assert_eq!(json["@type"], "Accommodation");
    assert!(json["geo"]["latitude"].is_f64() && json["floorSize"]["unitCode"] == "MTK");
    let fragment = site.get(&format!("/lokale/{slug}?fragment=1")).await.text();
    assert!(fragment.trim_start().starts_with("<article class=\"detail\"") && !fragment.contains("<html"));
}

#[tokio::test]
async fn no_page_lacks_words() {
    let site = demo_site().await;
    let mut paths = ["/lokale", "/wsparcie", "/o-projekcie", "/dostepnosc", "/prywatnosc"].map(str::to_owned).to_vec();
    let of_each_status =
        "select 'lokale/' || min(p.slug) from premises p join premises_period s on s.premises_id = p.id
        where s.valid @> current_date group by s.status
        union all select 'wsparcie/' || min(slug) from support_institution group by kind";
    let details: Vec<String> = sqlx::query_scalar(of_each_status).fetch_all(&site.app.pool).await.expect("slugs");
    paths.extend(details.into_iter().map(|path| format!("/{path}")));
    for path in paths {
        for lang in ["pl", "en"] {
            let page = site.get(&format!("{path}?lang={lang}")).await;
            assert_eq!(page.status, StatusCode::OK, "{path}");
            let text = page.text();
            assert!(text.contains(&format!("<html lang=\"{lang}\"")), "{path}");
            assert!(!text.contains(" style=\""), "{path}: the security policy forbids style attributes");
            let missing =
                text.split('[').skip(1).filter_map(|rest| rest.split_once(']')).map(|(key, _)| key).find(|key| {
                    key.contains('-') && key.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-')
                });
            assert_eq!(missing, None, "{path}, {lang}");
        }
    }
}

#[tokio::test]
async fn the_search_forgives() {
    let site = demo_site().await;
    site.sql(
        "insert into organisation (municipality_id, name, legal_form, street, house_number, point)
         select id, title, 'association', street, number, st_setsrid(st_point(18.6, 53.01), 4326) from municipality,
         (values ('Towarzystwo „Żółw Błotny”', 'ul. Testowa', '7'), ('Fundacja Zielony Zakątek', 'ul. Testowa', '9')) t (title, street, number)",
    )
    .await;
    let turtle = "organisation: Towarzystwo „Żółw Błotny”";
    for query in ["zolw", "%C5%BB%C3%93%C5%81W", "zolw%20blot", "%E2%80%9Ezolw", "blotny%20zolw"] {
        assert_eq!(labels(&site, query).await[0], turtle, "{query}");
    }
    for query in ["fundcja%20zielny%20zakatek", "fundacja%20zeilony%20zakatke"] {
        assert_eq!(labels(&site, query).await[0], "organisation: Fundacja Zielony Zakątek", "{query}");
    }
    assert!(labels(&site, "testowa%207").await.contains(&"address: ul. Testowa 7".to_owned()));
    assert!(
        labels(&site, "ul.%20Testowa%2099").await.iter().any(|label| label == turtle),
        "its street, where the number is nobody's"
    );
    assert_eq!(labels(&site, "bielany").await[0], "district: Bielany");
    assert_eq!(labels(&site, "bielny").await[0], "district: Bielany");
    for nothing in ["%25", "_", "%E2%80%A6", "qqqqzzzzxxxx"] {
        assert!(labels(&site, nothing).await.is_empty(), "{nothing}");
    }
    let answer = site.get("/api/v1/search?q=bielany&limit=1&lang=en").await.json();
    assert_eq!(answer["results"].as_array().map(Vec::len), Some(1));
    assert_eq!(answer["results"][0]["detail"], "district · Toruń");
    assert_eq!(answer["results"][0]["bbox"].as_array().map(Vec::len), Some(4));
}

#[tokio::test]
async fn an_empty_town_has_pages() {
    let site = empty_site().await;
    for path in ["/lokale", "/wsparcie"] {
        let page = site.get(path).await;
        assert_eq!((page.status, page.total()), (StatusCode::OK, 0), "{path}");
    }
    assert!(labels(&site, "cokolwiek").await.is_empty());
}

#[tokio::test]
async fn people_are_told_what_was_wrong_in_their_language() {
    let site = demo_site().await;
    for (path, value, hint) in [
        ("/lokale?area_min=90&area_max=20", "90", "nie może być większe"),
        ("/lokale?status=%3Cb%3E", "&#60;b&#62;", "Wybierz jedną z wartości"),
        ("/organizacje?within=atlantyda", "atlantyda", "Nie znamy takiego osiedla"),
        ("/?bbox=1,2", "1,2", "cztery liczby"),
        ("/oferty?page=0", "0", "liczba od 1"),
    ] {
        let page = site.page(path).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{path}");
        let text = page.text();
        assert!(text.contains(&format!("<q>{value}</q>")) && text.contains(hint), "{path}: {text}");
        assert!(!text.contains("is not"), "no English on a Polish page: {path}");
    }
    assert!(site.page("/oferty?page=0&lang=en").await.text().contains("A page number is"));
}
