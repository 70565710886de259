//! Basemaps beside the schematic one: what the configuration offers is served and allowed, and nothing else.

use std::path::{Path, PathBuf};

use axum::http::StatusCode;
use geozero::mvt::{Message, Tile};
use pestor::config::{Basemap, BasemapKind};
use tokio::process::Command;

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

/// A fresh folder of this test.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// `pestor basemap build` with a search path; whether it succeeded, and what it said.
async fn build(folder: &Path, path: &str, arguments: &[&str]) -> (bool, String) {
    let ran = Command::new(env!("CARGO_BIN_EXE_pestor"))
        .args(["basemap", "build"])
        .args(arguments)
        .env("PATH", path)
        .current_dir(folder)
        .output()
        .await
        .expect("started");
    (ran.status.success(), String::from_utf8_lossy(&ran.stdout).into_owned() + &String::from_utf8_lossy(&ran.stderr))
}

fn search_path() -> String {
    std::env::var("PATH").expect("PATH")
}

/// Names of what lies in a folder.
fn entries(folder: &Path) -> Vec<String> {
    let names = std::fs::read_dir(folder).expect("read").map(|entry| entry.expect("entry").file_name());
    let mut names: Vec<String> = names.map(|name| name.to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn tilemaker() -> bool {
    let there = std::env::split_paths(&search_path()).any(|folder| folder.join("tilemaker").exists());
    if !there {
        eprintln!("SKIPPED: tilemaker is not installed (apt install tilemaker)");
    }
    there
}

#[tokio::test]
async fn openstreetmap_becomes_a_basemap_that_is_served() {
    let Some(region) = shared_data("basemap/liechtenstein.osm.pbf") else { return };
    if !tilemaker() {
        return;
    }
    let folder = folder("basemap-build");
    let region = region.display().to_string();
    let (done, said) = build(&folder, &search_path(), &[&region]).await;
    assert!(done && said.contains("liechtenstein.mbtiles: ") && said.contains("[[basemaps]]"), "{said}");
    assert_eq!(entries(&folder), ["liechtenstein.mbtiles"]);

    let file = folder.join("liechtenstein.mbtiles");
    let mut config = demo_config().await;
    config.basemaps = vec![basemap("own", BasemapKind::Mbtiles, &file.display().to_string())];
    let site = Site::start(config).await;
    let page = site.page("/").await.text();
    assert!(page.contains("/basemaps/own") && !page.contains(&file.display().to_string()), "no path is told");
    assert!(page.contains("© autorzy OpenStreetMap"), "named where nobody else is");

    let json = site.get("/basemaps/own").await.json();
    assert_eq!((&json["tilejson"], &json["maxzoom"]), (&"3.0.0".into(), &14.into()));
    let layers: Vec<&str> =
        json["vector_layers"].as_array().expect("layers").iter().filter_map(|layer| layer["id"].as_str()).collect();
    for layer in ["water", "green", "buildings", "streets", "rail", "places"] {
        assert!(layers.contains(&layer), "{layer} in {layers:?}");
    }
    let template = json["tiles"][0].as_str().expect("an address");
    // Vaduz.
    let address = template.strip_prefix("http://pestor.test").expect("on this site");
    let address = address.replace("{z}", "14").replace("{x}", "8625").replace("{y}", "5746");
    let packed = site.send(&address, &[("accept-encoding", "gzip")]).await;
    assert_eq!((packed.status, packed.header("content-encoding")), (StatusCode::OK, "gzip"));
    assert_eq!(packed.header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(packed.bytes[..2], [0x1f, 0x8b], "as it is stored");
    let plain = site.get(&address).await;
    assert_eq!(plain.header("content-encoding"), "");
    assert_ne!(plain.header("etag"), packed.header("etag"), "another representation");
    let layers = Tile::decode(&plain.bytes[..]).expect("a tile").layers;
    let layer = |name: &str| layers.iter().find(|layer| layer.name == name).expect(name);
    for (name, least) in [("streets", 50), ("buildings", 50), ("green", 5)] {
        let count = layer(name).features.len();
        assert!(count >= least, "{name}: {count}");
    }
    let streets = layer("streets");
    assert!(streets.keys.iter().any(|key| key == "name") && streets.values.len() > 10, "streets have names");

    let again = site.send(&address, &[("accept-encoding", "gzip"), ("if-none-match", packed.header("etag"))]).await;
    assert_eq!((again.status, again.bytes.len()), (StatusCode::NOT_MODIFIED, 0));
    assert_eq!(site.get("/basemaps/own/14/8625/5746").await.header("cache-control"), "public, no-cache");
    assert_eq!(site.get("/basemaps/own/14/0/0").await.status, StatusCode::NO_CONTENT);
    for (path, status) in [
        ("/basemaps/own/14/16384/0", StatusCode::BAD_REQUEST),
        ("/basemaps/own/14/x/0", StatusCode::BAD_REQUEST),
        ("/basemaps/own/14/8625/5746?layer=water", StatusCode::BAD_REQUEST),
        ("/basemaps/other/14/8625/5746", StatusCode::NOT_FOUND),
    ] {
        assert_eq!(site.get(path).await.status, status, "{path}");
    }

    // A smaller one takes its place while the site runs: other tiles, at another address.
    let output = file.display().to_string();
    let bounds = "9.50,47.12,9.54,47.15";
    let (done, said) = build(&folder, &search_path(), &[&region, "--output", &output, "--bounds", bounds]).await;
    assert!(done && said.contains("9.5,47.12,9.54,47.15"), "{said}");
    let smaller = site.get("/basemaps/own").await.json();
    assert_ne!(smaller["tiles"], json["tiles"]);
    assert_eq!(smaller["bounds"][1], 47.12);
    assert_eq!(site.get("/basemaps/own/14/8632/5734").await.status, StatusCode::NO_CONTENT, "outside the bounds now");

    // And something else entirely: told as unreadable, while the map page stays as it is.
    std::fs::write(&file, "no database").expect("written");
    let broken = site.get("/basemaps/own").await;
    assert_eq!(broken.status, StatusCode::NOT_FOUND);
    assert!(broken.text().contains("cannot be read"), "{}", broken.text());
    std::fs::remove_file(&file).expect("removed");
    assert!(site.get("/basemaps/own").await.text().contains("is missing"));
    assert_eq!(site.page("/").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_build_that_fails_says_why_and_leaves_what_was_there() {
    let folder = folder("basemap-fails");
    std::fs::write(folder.join("torun.mbtiles"), "the old one").expect("written");
    std::fs::write(folder.join("torun.osm.pbf"), "not a map at all, only some words").expect("written");
    let start = b"\0\0\0\x0d\x0a\x09OSMHeader\x18\x0b and then nothing of it";
    std::fs::write(folder.join("cut.osm.pbf"), start).expect("written");
    let before = entries(&folder);
    let path = search_path();
    let mut cases = vec![
        (vec!["nowhere.osm.pbf"], path.as_str(), "nowhere.osm.pbf: there is no such file"),
        (vec!["torun.osm.pbf"], &path, "is not OpenStreetMap data in PBF"),
        (vec!["."], &path, "directory"),
        (vec!["cut.osm.pbf", "--bounds", "19,53,18,52"], &path, "minlon 19 is greater"),
        (vec!["cut.osm.pbf", "--output", "nowhere/torun.mbtiles"], &path, "No such file or directory"),
        (vec!["cut.osm.pbf", "--output", "torun.mbtiles"], "/nonexistent", "apt install tilemaker"),
    ];
    if tilemaker() {
        cases.push((vec!["cut.osm.pbf", "--output", "torun.mbtiles"], &path, ""));
    }
    for (arguments, path, wanted) in cases {
        let (done, said) = build(&folder, path, &arguments).await;
        assert!(!done && said.contains(wanted), "{arguments:?}: {said}");
    }
    assert_eq!(entries(&folder), before);
    assert_eq!(std::fs::read_to_string(folder.join("torun.mbtiles")).expect("read"), "the old one");
}

#[tokio::test]
async fn a_killed_build_leaves_the_old_file_and_the_next_one_clears_up() {
    let Some(region) = shared_data("basemap/helsinki_centre.osm.pbf") else { return };
    if !tilemaker() {
        return;
    }
    let folder = folder("basemap-killed");
    let (file, region) = (folder.join("a.mbtiles"), region.display().to_string());
    std::fs::write(&file, "the old one").expect("written");
    let arguments = ["basemap", "build", &region, "--output", "a.mbtiles"];
    for (signal, after_ms) in [("TERM", 60), ("KILL", 120), ("INT", 180), ("KILL", 30)] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_pestor"))
            .args(arguments)
            .current_dir(&folder)
            .stderr(std::process::Stdio::null())
            .spawn()
            .expect("started");
        tokio::time::sleep(std::time::Duration::from_millis(after_ms)).await;
        let id = child.id().expect("it runs").to_string();
        let _ = Command::new("kill").args(["-s", signal, &id]).status().await;
        let ended = child.wait().await.expect("ended");
        let content = std::fs::read(&file).expect("the file is there");
        assert!(ended.success() || content == b"the old one", "half a file, {signal} after {after_ms} ms");
        if ended.success() {
            std::fs::write(&file, "the old one").expect("written");
        }
    }
    // What SIGKILL left may still be writing.
    let start = std::time::Instant::now();
    loop {
        let (done, said) = build(&folder, &search_path(), &[&region, "--output", "a.mbtiles"]).await;
        if done {
            break;
        }
        assert!(start.elapsed().as_secs() < 30, "{said}");
    }
    assert_eq!(entries(&folder), ["a.mbtiles"]);
}
