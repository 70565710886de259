//! `/dane` and its catalogue.

use std::path::PathBuf;

use axum::http::StatusCode;
use pestor::config::Config;
use pestor::export::settings::OpenData;
use serde_json::Value;
use tokio::process::Command;

use crate::support::{Site, demo_config, demo_site, shared_data};

#[tokio::test]
async fn the_page_offers_every_file() {
    let site = demo_site().await;
    let answer = site.page("/dane").await;
    assert_eq!(answer.status, StatusCode::OK);
    let text = answer.text();
    let files: Vec<&str> = text.split("href=\"/api/v1/").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(files.len() > 45, "{files:?}");
    for file in files.iter().filter(|file| !file.ends_with("gpkg") && !file.ends_with("xlsx")) {
        let answer = site.get(&format!("/api/v1/{file}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{file}");
    }
    assert!(
        site.page("/").await.text().contains("href=\"/dane\"")
            || site.page("/lokale").await.text().contains("href=\"/dane\"")
    );
    let english = site.page("/dane?lang=en").await.text();
    assert!(english.contains("Municipal premises") && english.contains("CC BY 4.0"));
}

#[tokio::test]
async fn the_catalogue_comes_as_it_is_asked_for() {
    let site = demo_site().await;
    for (accept, media_type) in [
        ("text/turtle", "text/turtle; charset=utf-8"),
        ("application/ld+json, text/turtle;q=0.5", "application/ld+json"),
        ("application/rdf+xml", "application/rdf+xml; charset=utf-8"),
        ("*/*", "application/rdf+xml; charset=utf-8"),
    ] {
        let answer = site.send("/dane/katalog", &[("accept", accept)]).await;
        assert_eq!((answer.status, answer.header("content-type")), (StatusCode::OK, media_type), "{accept}");
    }
    let settings = OpenData {
        publisher: "Gmina <Próba>".to_owned(),
        contact_email: "dane@example.org".to_owned(),
        licence: "CC0 1.0".to_owned(),
        licence_url: "https://creativecommons.org/publicdomain/zero/1.0/".to_owned(),
    };
    let config =
        Config { open_data: settings, base_url: Some("https://pes.example.org".to_owned()), ..demo_config().await };
    let site = Site::start(config).await;
    let catalogue: Value = serde_json::from_slice(&site.get("/dane/katalog.jsonld").await.bytes).expect("JSON");
    let graph = catalogue["@graph"].as_array().expect("a graph");
    let of = |class: &str| graph.iter().filter(|node| node["@type"] == class).count();
    assert_eq!((of("dcat:Catalog"), of("dcat:Dataset"), of("dcat:DataService")), (1, 10, 2));
    for node in graph.iter().filter(|node| node["@type"] == "dcat:Distribution") {
        let url = node["dcat:downloadURL"][0]["@id"].as_str().expect("an address");
        let path = url.strip_prefix("https://pes.example.org").expect("of this site");
        assert_eq!(site.get(path).await.status, StatusCode::OK, "{path}");
        assert_eq!(node["dct:license"][0]["@id"], "https://creativecommons.org/publicdomain/zero/1.0/");
    }
    let text = site.get("/dane/katalog.rdf").await.text();
    assert!(text.contains("Gmina &lt;Próba&gt;") && text.contains("mailto:dane@example.org"), "{text}");
}

/// A Python that has pyshacl, where there is one: `make test` and `make interop` install it.
fn python() -> Option<PathBuf> {
    let target = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).parent()?.to_owned();
    let tools = std::env::var_os("INTEROP_VENV").map_or_else(|| target.join("interop-venv"), PathBuf::from);
    let found = Some(tools.join("bin/python")).filter(|_| tools.join("bin/pyshacl").exists());
    if found.is_none() {
        eprintln!("SKIPPED: pyshacl is absent; tools/interop.sh installs it");
    }
    found
}

#[tokio::test]
async fn the_catalogue_passes_the_shapes_of_dcat_ap() {
    let (Some(shapes), Some(python)) = (shared_data("fixtures/dcat-ap/dcat-ap-3.0.1-SHACL.ttl"), python()) else {
        return;
    };
    let settings = OpenData { contact_email: "dane@example.org".to_owned(), ..OpenData::default() };
    let site = Site::start(Config { open_data: settings, ..demo_config().await }).await;
    let mut files = Vec::new();
    for ending in ["ttl", "rdf", "jsonld"] {
        let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("katalog-{}.{ending}", std::process::id()));
        std::fs::write(&file, site.get(&format!("/dane/katalog.{ending}")).await.bytes).expect("write");
        files.push(file);
    }
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/interop/catalogue.py");
    let run = Command::new(python).arg(script).arg(shapes).args(&files).output().await.expect("Python runs");
    let (told, wrong) = (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert!(run.status.success(), "{told}{wrong}");
    assert_eq!(told.matches("conforms: True").count(), 3, "{told}");
    for file in files {
        std::fs::remove_file(&file).ok();
    }
}
