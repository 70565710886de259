//! A real PostGIS for the tests: one private cluster a process, a fresh database a test, and the real router on it.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use pestor::app::{self, App};
use pestor::config::{Config, Secret, Settings};
use pestor::embedded::{Cluster, EmbeddedError};
use pestor::mail;
use pestor::mail::settings::Delivery;
use pestor::map::replica::{PATIENCE, Replica};
use pestor::{db, map, server};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::{OnceCell, watch};
use tower::ServiceExt;

use crate::smtp::Smtp;

/// Folder with real test data beside the checkout; nothing, said aloud, where it is absent.
pub fn shared_data(path: &str) -> Option<PathBuf> {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(path);
    if !file.exists() {
        eprintln!("SKIPPED: test data ../shared/data/{path} is absent");
        return None;
    }
    Some(file)
}

static CLUSTER: OnceCell<Cluster> = OnceCell::const_new();
static NUMBER: AtomicU32 = AtomicU32::new(0);

/// The cluster of this process. It lives in one of a few folders that later runs use again.
pub async fn cluster() -> &'static Cluster {
    CLUSTER
        .get_or_init(async || {
            for slot in 0..16 {
                let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("postgis-{slot}"));
                match Cluster::start(&dir, false).await {
                    Ok(cluster) => {
                        prepare(&cluster).await;
                        return cluster;
                    }
                    Err(EmbeddedError::InUse(_)) => {}
                    Err(error) => panic!("no test cluster: {error}"),
                }
            }
            panic!("sixteen test runs at once");
        })
        .await
}

/// Drops what an earlier run left and makes the two databases that tests get copies of: empty, and with the demo data.
async fn prepare(cluster: &Cluster) {
    let pool = maintenance(cluster).await;
    let left: Vec<String> = sqlx::query_scalar("select datname::text from pg_database where datname like 'it\\_%'")
        .fetch_all(&pool)
        .await
        .expect("list databases");
    for name in left {
        run(&pool, &format!("drop database {name} with (force)")).await;
    }
    run(&pool, "create database it_empty").await;
    db::migrate(&cluster.url_of("it_empty")).await.expect("migrate");
    run(&pool, "create database it_demo template it_empty").await;
    server::load_demo(&config(cluster.url_of("it_demo"))).await.expect("load the demo data");
}

async fn maintenance(cluster: &Cluster) -> PgPool {
    PgPoolOptions::new().max_connections(1).connect(&cluster.url_of("postgres").0).await.expect("connect")
}

async fn run(pool: &PgPool, statement: &str) {
    sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(pool).await.unwrap_or_else(|e| panic!("{statement}: {e}"));
}

/// Address of a fresh database.
async fn fresh(template: &str) -> Secret {
    let cluster = cluster().await;
    let name = format!("it_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    run(&maintenance(cluster).await, &format!("create database {name} template {template}")).await;
    cluster.url_of(&name)
}

/// The demo's settings on a database.
pub fn config(url: Secret) -> Config {
    let settings = Settings { database_url: Some(url), ..Settings::default() };
    settings.over(server::demo_settings().expect("demo settings")).into_config().expect("test configuration")
}

/// A fresh, empty, migrated database.
pub async fn database() -> PgPool {
    db::pool(db::options(&fresh("it_empty").await).expect("options"))
}

/// The site on a fresh empty database, with its map read.
#[allow(dead_code, reason = "for tests that bring their own rows")]
pub async fn empty_site() -> Site {
    Site::start(empty_config().await).await
}

/// The demo's settings on a fresh, empty, migrated database.
pub async fn empty_config() -> Config {
    config(fresh("it_empty").await)
}

/// The demo's settings on a fresh copy of its data.
pub async fn demo_config() -> Config {
    config(fresh("it_demo").await)
}

/// The site on a fresh copy of the demo data, with its map read.
pub async fn demo_site() -> Site {
    Site::start(demo_config().await).await
}

/// The site on a fresh copy of the demo data, and the mail server that its mails go to.
#[allow(dead_code, reason = "for tests of what is told by mail")]
pub async fn demo_site_with_mail() -> (Site, Smtp) {
    let smtp = Smtp::start().await;
    (Site::start(smtp.configure(demo_config().await)).await, smtp)
}

/// A running sender of mails; dropping it kills it in the middle of whatever it does.
pub struct Sender {
    stop: watch::Sender<bool>,
    task: tokio::task::JoinHandle<()>,
}

impl Sender {
    /// Starts one.
    pub fn start(app: &App) -> Self {
        Self::start_with_patience(app, mail::smtp::PATIENCE)
    }

    /// The same, with another patience towards the mail server.
    pub fn start_with_patience(app: &App, patience: Duration) -> Self {
        let (stop, stops) = watch::channel(false);
        Self { stop, task: tokio::spawn(mail::sender::run_with_patience(app.clone(), stops, patience)) }
    }

    /// Asks it to stop, and waits until it has.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        (&mut self.task).await.expect("it ends in order");
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The real site and the state behind it.
pub struct Site {
    /// Its state.
    pub app: App,
    service: app::Site,
    refresh: tokio::task::JoinHandle<()>,
    _sender: Option<Sender>,
}

impl Drop for Site {
    fn drop(&mut self) {
        self.refresh.abort();
    }
}

impl Site {
    /// Starts the site with these settings and waits for its map.
    pub async fn start(config: Config) -> Self {
        Self::start_with_patience(config, PATIENCE).await
    }

    /// The same, with another patience towards a replica that is behind.
    pub async fn start_with_patience(config: Config, patience: Duration) -> Self {
        let pool = |url| db::pool(db::options(url).expect("options"));
        let replica = config.replica_url.as_ref().map(|url| Replica::new(pool(url), patience));
        let pool = pool(&config.database_url);
        let app = App::new(config, pool);
        let refresh = tokio::spawn(map::refresh::run(app.clone(), replica));
        // Mails go out where the settings say where to.
        let sender = (!matches!(app.config.mail.delivery, Delivery::Nowhere)).then(|| Sender::start(&app));
        let site = Self { service: app::Site::new(app.clone()), app, refresh, _sender: sender };
        site.until("the map is read", async || site.app.map.is_ready()).await;
        site
    }

    /// Asks for a path.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(path, &[]).await
    }

    /// Asks for a path as a browser does.
    pub async fn page(&self, path: &str) -> Answer {
        self.send(path, &[("accept", "text/html")]).await
    }

    /// Asks for a path with headers.
    pub async fn send(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = Request::get(path).header("host", "pestor.test");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.answer(request.body(Body::empty()).expect("request")).await
    }

    /// Answers a request.
    pub async fn answer(&self, request: Request<Body>) -> Answer {
        let response = self.service.clone().oneshot(request).await.expect("infallible");
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.expect("body");
        Answer { status: parts.status, headers: parts.headers, bytes }
    }

    /// Serves on a port of this machine while the site lives; its address.
    pub async fn listen(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(pestor::serve::serve(listener, self.service.clone(), std::future::pending()));
        format!("http://{address}")
    }

    /// Runs a statement.
    pub async fn sql(&self, statement: &str) {
        run(&self.app.pool, statement).await;
    }

    /// Waits until something holds. The site promises a second for changes; a busy machine gets more.
    pub async fn until(&self, what: &str, holds: impl AsyncFn() -> bool) {
        let start = Instant::now();
        while !holds().await {
            assert!(start.elapsed() < Duration::from_secs(30), "waited in vain until {what}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// Status.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub bytes: Bytes,
}

impl Answer {
    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8(self.bytes.to_vec()).expect("UTF-8")
    }

    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// How many things a list says there are.
    pub fn total(&self) -> i64 {
        let text = self.text();
        let said = text.split("data-total=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("data-total");
        said.parse().expect("a number")
    }

    /// A header as text, empty where it is absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }
}

/// `pestor serve` on a database and a mail server, and the address it says.
pub async fn serve(config: &Config, smtp: &Smtp) -> (Child, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_pestor"))
        .args(["serve", "--listen", "127.0.0.1:0"])
        .env("DATABASE_URL", &config.database_url.0)
        .env("PESTOR_SMTP_URL", format!("smtp://{}", smtp.address))
        .env("PESTOR_MAIL_FROM", "PES-TOR <pes-tor@demo.test>")
        .env("PESTOR_SECOND_FACTOR_REQUIRED", "false")
        .current_dir(env!("CARGO_TARGET_TMPDIR"))
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
