//! The database goes away and comes back; the program is killed and starts again.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use pestor::config::Settings;
use pestor::embedded::Cluster;
use pestor::{db, server};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::support::Site;

fn folder(name: &str) -> PathBuf {
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
    std::fs::remove_dir_all(&dir).ok();
    dir
}

#[tokio::test]
async fn the_map_outlives_the_database() {
    let dir = folder("outage");
    let cluster = Cluster::start(&dir, false).await.expect("a cluster");
    let settings = Settings { database_url: Some(cluster.url()), demo: Some(true), ..Settings::default() };
    let config = settings.into_config().expect("a configuration");
    db::migrate(&config.database_url).await.expect("migrated");
    server::load_demo(&config).await.expect("demo data");
    let site = Site::start(config).await;
    let tile = "/tiles/organisations,premises/13/4519/2668.mvt";
    let before = site.get(tile).await;
    assert_eq!(before.status, StatusCode::OK);
    assert_eq!(site.page("/organizacje").await.status, StatusCode::OK);

    drop(cluster);
    // From memory: a tile that was asked for before, and one that was not.
    assert_eq!(site.get(tile).await.bytes, before.bytes);
    assert_eq!(site.get("/tiles/organisations/12/2259/1334.mvt").await.status, StatusCode::OK);
    assert_eq!(site.get("/healthz").await.status, StatusCode::OK);
    assert_eq!(site.page("/").await.status, StatusCode::OK);
    let page = site.page("/organizacje").await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(!page.header("retry-after").is_empty());
    assert!(page.header("content-type").starts_with("text/html"), "a page for people");
    let ready = site.get("/readyz").await;
    assert_eq!((ready.status, ready.json()["map"].as_str()), (StatusCode::SERVICE_UNAVAILABLE, Some("ok")));

    let cluster = Cluster::start(&dir, false).await.expect("the cluster again");
    site.until("pages are back", async || site.page("/organizacje").await.status == StatusCode::OK).await;
    site.sql("delete from organisation").await;
    site.until("changes are seen again", async || {
        site.get("/tiles/organisations/0/0/0.mvt").await.status == StatusCode::NO_CONTENT
    })
    .await;
    drop(site);
    drop(cluster);
    std::fs::remove_dir_all(&dir).ok();
}

/// `pestor demo` as a user starts it, and the address it says.
async fn demo(dir: &Path) -> (Child, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_pestor"))
        .args(["demo", "--listen", "127.0.0.1:0", "--data-dir"])
        .arg(dir)
        .stderr(std::process::Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("started");
    let mut lines = BufReader::new(child.stderr.take().expect("stderr")).lines();
    let mut said = Vec::new();
    while let Ok(Some(line)) = lines.next_line().await {
        if let Some(url) = line.strip_prefix("listening on ") {
            let url = url.to_owned();
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return (child, url);
        }
        said.push(line);
    }
    panic!("it ended: {}", said.join("\n"));
}

async fn organisations(url: &str) -> String {
    let start = Instant::now();
    loop {
        let answer = reqwest::get(format!("{url}/tiles/organisations/0/0/0.mvt")).await.expect("an answer");
        if answer.status() == 200 {
            return answer.headers()["etag"].to_str().expect("text").to_owned();
        }
        assert!(start.elapsed() < Duration::from_secs(20), "{}", answer.status());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn the_demo_survives_a_kill_and_refuses_to_run_twice() {
    let dir = folder("demo");
    let (mut first, url) = demo(&dir).await;
    let seen = organisations(&url).await;

    let second = Command::new(env!("CARGO_BIN_EXE_pestor"))
        .args(["demo", "--listen", "127.0.0.1:0", "--data-dir"])
        .arg(&dir)
        .output()
        .await
        .expect("run");
    assert_eq!(second.status.code(), Some(1));
    let said = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(said.contains("in use") && said.contains("--data-dir"), "{said}");

    first.kill().await.expect("kill -9");
    let (mut again, url) = demo(&dir).await;
    assert_eq!(organisations(&url).await, seen, "the same data");

    let pid = again.id().expect("running").to_string();
    Command::new("kill").args(["-INT", &pid]).status().await.expect("Ctrl-C");
    let status = again.wait().await.expect("it ends");
    assert!(status.success(), "{status}");
    assert!(!dir.join("pg/postmaster.pid").exists(), "PostgreSQL was stopped in order");
    std::fs::remove_dir_all(&dir).ok();
}
