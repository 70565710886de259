//! Basemaps beside the schematic one: what the configuration offers is served and allowed, and nothing else.

use axum::http::StatusCode;
use pestor::config::{Basemap, BasemapKind};

use crate::support::{Site, demo_config, shared_data};

fn basemap(id: &str, kind: BasemapKind, url: &str) -> Basemap {
    Basemap {
        id: id.to_owned(),
        kind,
        label_pl: "Mapa </script><b>".to_owned(),
        label_en: "Map".to_owned(),
        url: url.to_owned(),
        attribution: String::new(),
        note_pl: String::new(),
        note_en: String::new(),
        origins: Vec::new(),
    }
}

#[tokio::test]
async fn the_policy_follows_the_configuration() {
    let mut config = demo_config().await;
    config.basemaps.clear();
    let closed = Site::start(config.clone()).await;
    let policy = closed.page("/").await.header("content-security-policy").to_owned();
    assert!(policy.contains("default-src 'none'") && policy.contains("connect-src 'self';"), "{policy}");
    assert!(!policy.contains("http"), "no other host: {policy}");

    config.basemaps = vec![
        basemap("raster", BasemapKind::Raster, "https://raster.example.org/wmts/{z}/{x}/{y}.png"),
        basemap("style", BasemapKind::Style, "https://style.example.org/positron"),
    ];
    let open = Site::start(config).await;
    let page = open.page("/").await;
    let policy = page.header("content-security-policy");
    let part = |name: &str| policy.split(';').find(|part| part.trim().starts_with(name)).expect(name).to_owned();
    for host in ["https://raster.example.org", "https://style.example.org"] {
        assert!(part("connect-src").contains(host) && part("img-src").contains(host), "{policy}");
    }
    assert_eq!(part("script-src").trim(), "script-src 'self'");
    assert!(!page.text().contains("</script><b>"), "a label cannot end the script element");
}

#[tokio::test]
async fn a_pmtiles_file_is_served_in_ranges() {
    let Some(file) = shared_data("basemap/pmtiles_fixture_1.pmtiles") else { return };
    let mut config = demo_config().await;
    config.basemaps = vec![
        basemap("own", BasemapKind::Pmtiles, &file.display().to_string()),
        basemap("gone", BasemapKind::Pmtiles, "nowhere.pmtiles"),
    ];
    let site = Site::start(config).await;
    let page = site.page("/").await;
    assert!(
        page.text().contains("/basemaps/own") && !page.text().contains(&file.display().to_string()),
        "no path is told"
    );
    let head = site.send("/basemaps/own", &[("range", "bytes=0-6")]).await;
    assert_eq!((head.status, &head.bytes[..]), (StatusCode::PARTIAL_CONTENT, &b"PMTiles"[..]));
    for path in ["/basemaps/gone", "/basemaps/other", "/basemaps/..%2Fpestor.toml"] {
        assert_eq!(site.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}
