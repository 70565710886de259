//! `/api/v1`: the filter of the list, in every form.

use axum::http::StatusCode;
use serde_json::Value;

use crate::support::{Site, demo_site};

async fn json(site: &Site, path: &str) -> Value {
    let answer = site.get(path).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text());
    serde_json::from_slice(&answer.bytes).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// How many things a list page counts.
async fn total(site: &Site, path: &str) -> usize {
    let text = site.page(path).await.text();
    let count = text.split("data-total=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a count");
    count.parse().expect("a number")
}

#[tokio::test]
async fn files_have_what_the_list_shows() {
    let site = demo_site().await;
    for (list, name, query) in [
        ("organizacje", "organisations", "legal_form=foundation&legal_form=association"),
        ("wsparcie", "support", "kind=owes"),
        ("lokale", "premises", "status=free&area_min=20"),
        ("lokale", "premises", "status=occupied&on=2025-01-01"),
        ("oferty", "offers", "kind=service"),
        ("zapotrzebowanie", "demand", "q=a"),
        ("sprzet", "equipment", "mode=lend"),
        ("lokale", "premises", "near=18.604,53.01&radius_m=900"),
    ] {
        let page = format!("/{list}?{query}&utm_source=x&page=1");
        let total = total(&site, &page).await;
        assert!(total > 0, "{page} shows nothing");
        let text = site.page(&page).await.text().replace("&amp;", "&").replace("&#38;", "&");
        let features = json(&site, &format!("/api/v1/{name}.geojson?{query}")).await;
        assert_eq!(features["features"].as_array().map(Vec::len), Some(total), "{page}");
        let first = json(&site, &format!("/api/v1/{name}?{query}&limit=1")).await;
        assert_eq!(first["total"], total, "{page}");
        let csv = site.get(&format!("/api/v1/{name}.csv?{query}")).await.text();
        assert!(csv.starts_with('\u{feff}'), "{name}: a byte order mark for Excel");
        let rows = csv::Reader::from_reader(csv.as_bytes()).records().filter(Result::is_ok).count();
        assert_eq!(rows, total, "{page}");
        for ending in ["csv", "xlsx", "geojson", "gpkg", "atom"] {
            let link = format!("/api/v1/{name}.{ending}?");
            let link =
                text.split(&format!("href=\"{link}")).nth(1).map(|rest| rest.split('"').next().unwrap_or_default());
            let link = link.unwrap_or_else(|| panic!("{page} links no {ending}"));
            assert!(!link.contains("utm") && !link.contains("page="), "{link}");
            let answer = site.get(&format!("/api/v1/{name}.{ending}?{link}")).await;
            assert_eq!(answer.status, StatusCode::OK, "{link}");
            assert!(answer.bytes.len() > 200, "{link}");
        }
    }
}

#[tokio::test]
async fn files_come_whole_over_http() {
    let site = demo_site().await;
    let url = site.listen().await;
    for file in ["organisations.csv", "districts.geojson", "premises.xlsx", "premises.gpkg", "premises-periods.csv?"] {
        let answer = reqwest::get(format!("{url}/api/v1/{file}")).await.expect("an answer");
        assert_eq!(answer.status(), 200, "{file}");
        let bytes = answer.bytes().await.unwrap_or_else(|error| panic!("{file}: {error}"));
        // The site's address is in the files, so only their size can be like the other's.
        let own = site.get(&format!("/api/v1/{file}")).await.bytes.len();
        assert!(bytes.len() > 1000 && own > 1000, "{file}: {} {own}", bytes.len());
        if file.starts_with("premises-periods") {
            let rows: i64 = sqlx::query_scalar("select count(*) from premises_period")
                .fetch_one(&site.app.pool)
                .await
                .expect("a count");
            assert_eq!(i64::try_from(csv::Reader::from_reader(&*bytes).records().count()), Ok(rows));
        }
    }
}

#[tokio::test]
async fn pages_follow_each_other_to_the_end() {
    let site = demo_site().await;
    let mut path = "/api/v1/organisations?limit=7".to_owned();
    let mut slugs = Vec::new();
    loop {
        let page = json(&site, &path).await;
        for item in page["items"].as_array().expect("items") {
            slugs.push(item["id"].as_str().expect("a slug").to_owned());
        }
        let Some(next) = page["links"]["next"].as_str() else { break };
        path = next.strip_prefix("http://pestor.test").expect("absolute").to_owned();
    }
    let count = json(&site, "/api/v1/organisations").await["total"].as_u64().expect("a total");
    assert_eq!(u64::try_from(slugs.len()), Ok(count));
    let one = json(&site, &format!("/api/v1/organisations/{}", slugs[0])).await;
    assert_eq!(one["id"], slugs[0]);
    assert_eq!(one["url"], format!("http://pestor.test/organizacje/{}", slugs[0]));
    slugs.sort();
    slugs.dedup();
    assert_eq!(u64::try_from(slugs.len()), Ok(count), "none twice");
}

#[tokio::test]
async fn what_is_wrong_is_named() {
    let site = demo_site().await;
    for (path, parameter) in [
        ("/api/v1/premises?status=fre", "status"),
        ("/api/v1/premises.csv?colour=red", "colour"),
        ("/api/v1/premises.gpkg?page=2", "page"),
        ("/api/v1/organisations?limit=0", "limit"),
        ("/api/v1/organisations?limit=1001", "limit"),
        ("/api/v1/organisations?page=0", "page"),
        ("/api/v1/districts?within=bielany", "within"),
        ("/api/v1/categories.csv?q=x", "q"),
        ("/api/v1/offers.atom?category=nothing", "category"),
        ("/api/v1/offers?category=a%00b", "category"),
    ] {
        let answer = site.get(path).await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (StatusCode::BAD_REQUEST, "application/problem+json"),
            "{path}"
        );
        let problem: Value = serde_json::from_slice(&answer.bytes).expect("JSON");
        assert_eq!(problem["parameter"], parameter, "{path}");
    }
    for path in [
        "/api/v1/nothing",
        "/api/v1/premises.doc",
        "/api/v1/categories",
        "/api/v1/premises/nothing",
        "/api/v1/premises/a%00b",
    ] {
        assert_eq!(site.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn a_client_asks_again_only_for_what_changed() {
    let site = demo_site().await;
    for path in ["/api/v1/premises", "/api/v1/premises.csv", "/api/v1/premises.atom", "/ogc/collections/premises/items"]
    {
        let first = site.get(path).await;
        assert_eq!(first.header("access-control-allow-origin"), "*", "{path}");
        let tag = first.header("etag").to_owned();
        assert!(tag.starts_with("W/\""), "{path}: {tag}");
        let again = site.send(path, &[("if-none-match", &tag)]).await;
        assert_eq!((again.status, again.bytes.len()), (StatusCode::NOT_MODIFIED, 0), "{path}");
        let wrong = site.send(&format!("{path}?colour=red"), &[("if-none-match", &tag)]).await;
        assert_eq!(wrong.status, StatusCode::BAD_REQUEST, "{path}");
    }
    let tag = site.get("/api/v1/offers").await.header("etag").to_owned();
    site.sql("update offer set price_pln = 7.5 where id = (select min(id) from offer)").await;
    site.until("offers changed", async || site.get("/api/v1/offers").await.header("etag") != tag).await;
    assert_eq!(site.send("/api/v1/offers", &[("if-none-match", &tag)]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_feed_tells_what_changed_last() {
    let site = demo_site().await;
    site.sql("update premises set remarks = 'Nowe <okna> & drzwi', updated_at = now() where id = (select max(id) from premises)").await;
    let slug: String = sqlx::query_scalar("select slug from premises order by id desc limit 1")
        .fetch_one(&site.app.pool)
        .await
        .expect("a slug");
    let answer = site.get("/api/v1/premises.atom?status=free&status=occupied&status=open_call&status=reserved&status=renovation&status=withdrawn").await;
    assert_eq!(answer.header("content-type"), "application/atom+xml; charset=utf-8");
    let text = answer.text();
    let entry = text.split("<entry>").nth(1).expect("an entry");
    assert!(entry.contains(&format!("<id>http://pestor.test/lokale/{slug}</id>")), "{entry}");
    assert!(entry.contains("Nowe &lt;okna&gt; &amp; drzwi"), "{entry}");
    assert!(text.contains("rel=\"self\"") && text.contains("status=free&amp;status=occupied"), "{text}");
    assert!(text.matches("<entry>").count() <= 100);
}

#[tokio::test]
async fn the_description_is_true() {
    let site = demo_site().await;
    let api = json(&site, "/api/v1/openapi.json").await;
    let mut asked = 0;
    for (path, item) in api["paths"].as_object().expect("paths") {
        let mut query = String::new();
        for parameter in item["get"]["parameters"].as_array().expect("parameters") {
            let codes = parameter.pointer("/schema/items/enum").or(parameter.pointer("/schema/enum"));
            if let Some(codes) = codes.and_then(Value::as_array) {
                for code in codes {
                    query.push_str(&format!(
                        "&{}={}",
                        parameter["name"].as_str().expect("a name"),
                        code.as_str().expect("a code")
                    ));
                    if parameter["schema"]["type"] != "array" {
                        break;
                    }
                }
            }
            if parameter["name"] == "q" {
                query.push_str("&q=a");
            }
        }
        if path.contains('{') {
            continue;
        }
        let answer = site.get(&format!("{path}?{query}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}?{query}: {}", answer.text());
        let media_type = answer.header("content-type").split(';').next().expect("a type").to_owned();
        assert!(!item["get"]["responses"]["200"]["content"][&media_type].is_null(), "{path}: {media_type}");
        asked += 1;
    }
    assert!(asked > 40, "only {asked}");
    let item = &json(&site, "/api/v1/premises?limit=1").await["items"][0];
    let described = api["components"]["schemas"]["premises"]["properties"].as_object().expect("properties");
    let (mut there, mut told): (Vec<_>, Vec<_>) =
        (item.as_object().expect("an item").keys().collect(), described.keys().collect());
    there.sort();
    told.sort();
    assert_eq!(there, told);
}
