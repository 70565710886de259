//! Several servers: two on one database show the same map, and a server with a replica never shows it behind what was announced.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use pestor::config::{Config, Secret};
use pestor::embedded::Cluster;
use pestor::geo::to_world;
use pestor::{db, server};
use sqlx::{AssertSqlSafe, PgPool};
use tracing_subscriber::fmt::MakeWriter;

use crate::support::{Answer, Site, config, demo_config};

const LAYERS: &str = "organisations,support,premises,footprints";

/// A tile that counts every organisation.
const TILE: &str = "/tiles/organisations/0/0/0.mvt";

const ONE_LESS: &str = "delete from organisation where id = (select min(id) from organisation)";

/// Longer than any test.
const FOR_EVER: Duration = Duration::from_secs(3600);

fn connect(url: &Secret) -> PgPool {
    db::pool(db::options(url).expect("options").application_name("test"))
}

async fn ask<T>(pool: &PgPool, query: &str) -> T
where
    T: Send + Unpin + sqlx::Type<sqlx::Postgres> + for<'r> sqlx::Decode<'r, sqlx::Postgres>,
{
    sqlx::query_scalar(AssertSqlSafe(query)).fetch_one(pool).await.unwrap_or_else(|error| panic!("{query}: {error}"))
}

/// Copies a running cluster into a folder, where it starts as a standby.
async fn copy(cluster: &Cluster, from: &Path, to: &Path) {
    let bin: String = ask(&connect(&cluster.url()), "select setting from pg_config where name = 'BINDIR'").await;
    std::fs::create_dir_all(to).expect("a folder");
    let mut backup = Command::new(Path::new(&bin).join("pg_basebackup"));
    backup.args(["--write-recovery-conf", "--checkpoint=fast", "--no-sync", "--dbname", &cluster.url().0, "--pgdata"]);
    // Root's copy, too, belongs to whom PostgreSQL runs as.
    let mut own = Command::new("chown");
    own.arg("-R").arg(format!("--reference={}", from.join("pg").display()));
    for mut command in [backup, own] {
        let output = command.arg(to.join("pg")).output().expect("run");
        assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

/// What a site shows: the version it announces, the address of the tile, and the tile.
async fn shown(site: &Site) -> (i64, String, Answer) {
    let version = site.app.map.data_version();
    let address = site.get("/tiles/organisations.json").await.json()["tiles"][0].to_string();
    (version, address, site.get(TILE).await)
}

async fn assert_same(a: &Site, b: &Site) {
    let ((version, address, tile), other) = (shown(a).await, shown(b).await);
    assert_eq!((version, address, tile.bytes), (other.0, other.1, other.2.bytes));
}

/// Waits until every site announces the version that the database has; what it shows then must be what the first one shows.
async fn follow(sites: &[&Site]) {
    let version = "select (select sum(version) from layer_version)::bigint + to_char(current_date, 'J')::bigint";
    for site in sites {
        let last = async || site.app.map.data_version() == ask::<i64>(&sites[0].app.pool, version).await;
        site.until("the last change is announced", last).await;
        assert_same(site, sites[0]).await;
    }
}

/// Changes the database and waits until every site says so.
async fn change(sites: &[&Site]) {
    let before = shown(sites[0]).await;
    sites[0].sql(ONE_LESS).await;
    follow(sites).await;
    assert_ne!(shown(sites[0]).await.2.bytes, before.2.bytes, "a change that is seen");
}

/// Waits until the standby was asked by a site after now.
async fn asked(site: &Site, standby: &PgPool) {
    let now: String = ask(standby, "select clock_timestamp()::text").await;
    let query = format!(
        "select exists (select from pg_stat_activity where application_name = 'pestor' and query_start > '{now}')"
    );
    site.until("the standby is asked", async || ask(standby, &query).await).await;
}

async fn pause(site: &Site, standby: &PgPool) {
    ask::<()>(standby, "select pg_wal_replay_pause()").await;
    let paused = "select pg_get_wal_replay_pause_state() = 'paused'";
    site.until("replay is paused", async || ask(standby, paused).await).await;
}

/// What was logged in this thread.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("unpoisoned").write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

impl Log {
    /// How often something was said since this was last asked.
    fn times(&self, words: &str) -> usize {
        let said = std::mem::take(&mut *self.0.lock().expect("unpoisoned"));
        String::from_utf8(said).expect("UTF-8").matches(words).count()
    }
}

#[tokio::test]
async fn a_replica_is_never_read_behind_what_was_announced() {
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("replica-{}", std::process::id()));
    std::fs::remove_dir_all(&dir).ok();
    let [first, second] = ["primary", "standby"].map(|name| dir.join(name));
    let primary = Cluster::start(&first, false).await.expect("a cluster");
    let direct = config(primary.url());
    db::migrate(&direct.database_url).await.expect("migrated");
    server::load_demo(&direct).await.expect("demo data");
    copy(&primary, &first, &second).await;
    let cluster = Cluster::start(&second, false).await.expect("a standby");
    let by_replica = Config { replica_url: Some(cluster.url()), ..direct.clone() };
    let standby = connect(&cluster.url());
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_writer(log.clone()).with_ansi(false).finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let warning = "the map is read from the primary until the replica keeps up";

    // Nobody can read a row on the primary. The lock does not reach the standby, whose replay is paused.
    let direct_site = Site::start(direct.clone()).await;
    pause(&direct_site, &standby).await;
    let mut lock = direct_site.app.pool.begin().await.expect("a transaction");
    sqlx::raw_sql("lock table municipality, district, schematic_feature, organisation, support_institution, premises")
        .execute(&mut *lock)
        .await
        .expect("locked");
    let site = Site::start_with_patience(by_replica.clone(), FOR_EVER).await;
    lock.rollback().await.expect("unlocked");
    assert_same(&site, &direct_site).await;
    assert!(site.get(TILE).await.status.is_success());

    // The change is announced, but not replayed: the replica is asked again and again, and nothing happens on the map.
    let old = shown(&site).await;
    change(&[&direct_site]).await;
    for _ in 0..2 {
        asked(&site, &standby).await;
    }
    let now = shown(&site).await;
    assert_eq!((now.0, now.1, now.2.bytes), (old.0, old.1, old.2.bytes));
    ask::<()>(&standby, "select pg_wal_replay_resume()").await;
    follow(&[&direct_site, &site]).await;
    assert_eq!(log.times(warning), 0);

    // A server of little patience reads the primary instead, and says so once.
    let hasty = Site::start_with_patience(by_replica.clone(), Duration::from_millis(50)).await;
    pause(&hasty, &standby).await;
    let old = shown(&site).await;
    change(&[&direct_site, &hasty]).await;
    change(&[&direct_site, &hasty]).await;
    assert_eq!(log.times(warning), 1);
    assert_eq!(shown(&site).await.0, old.0, "the patient one waits");
    ask::<()>(&standby, "select pg_wal_replay_resume()").await;
    change(&[&direct_site, &hasty, &site]).await;

    // The standby goes away, is not there at the start, and comes back.
    standby.close().await;
    drop(cluster);
    log.times(warning);
    change(&[&direct_site, &hasty, &site]).await;
    assert!(log.times(warning) >= 1);
    let late = Site::start(by_replica).await;
    assert_eq!(log.times(warning), 1);
    change(&[&direct_site, &hasty, &site, &late]).await;
    let cluster = Cluster::start(&second, false).await.expect("the standby again");
    let standby = connect(&cluster.url());
    let readers = "select count(*) from pg_stat_activity where application_name = 'pestor'";
    site.until("the standby is read again", async || {
        change(&[&direct_site, &hasty, &site, &late]).await;
        ask::<i64>(&standby, readers).await == 3
    })
    .await;

    standby.close().await;
    drop((direct_site, site, hasty, late));
    drop(cluster);
    drop(primary);
    std::fs::remove_dir_all(&dir).ok();
}

/// A change of a row or two that differs with `n`.
fn random_change(n: u64) -> String {
    // A linear congruential generator's high bits.
    let mut seed = n.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mut random = move |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    let some = |table: &str| format!("(select id from {table} order by md5(id::text || '{n}') limit 1)");
    let (organisation, premises) = (some("organisation"), some("premises"));
    let lon = 18.5 + random(10_000) as f64 / 40_000.0;
    let lat = 52.97 + random(10_000) as f64 / 100_000.0;
    let place = format!("st_setsrid(st_makepoint({lon}, {lat}), 4326)");
    match random(12) {
        0 => format!("update organisation set name = 'Nazwa {n}' where id = {organisation}"),
        1 | 2 => format!("update organisation set point = {place} where id = {organisation}"),
        3 => format!("update organisation set legal_form = 'kis', activities = '{{sport}}' where id = {organisation}"),
        4 => format!("delete from organisation where id = {organisation}"),
        5 => format!(
            "insert into organisation (municipality_id, name, legal_form, point)
             select id, 'Nowa {n}', 'foundation', {place} from municipality"
        ),
        6 => format!("update premises set accessible = not accessible, area_m2 = {n} + 10 where id = {premises}"),
        7 => format!(
            "update premises set point = {place}, footprint = st_multi(st_expand({place}, 0.0003)) where id = {premises}"
        ),
        8 => format!(
            "update premises_period set status = 'free', organisation_id = null, tenant_name = '', title = null, call_deadline = null
             where premises_id = {premises} and valid @> current_date"
        ),
        9 => format!("delete from premises where id = {premises}"),
        10 => format!("update support_institution set point = {place}, kind = 'other' where id = {}", some("support_institution")),
        _ => format!("delete from offer where id = {}", some("offer")),
    }
}

/// Addresses from zoom 0 to 16 that follow some organisations and premises down.
async fn addresses(site: &Site) -> Vec<String> {
    let places: Vec<(f64, f64)> = sqlx::query_as(
        "(select st_x(point), st_y(point) from organisation where point is not null order by id desc limit 3)
         union all (select st_x(point), st_y(point) from premises order by id limit 3)
         union all (select st_x(point), st_y(point) from support_institution where point is not null order by id limit 1)",
    )
    .fetch_all(&site.app.pool)
    .await
    .expect("places");
    let mut found = Vec::new();
    for zoom in 0..=16 {
        for &(lon, lat) in &places {
            let (x, y) = to_world(lon, lat);
            let n = f64::from(1u32 << zoom);
            found.push(format!("/tiles/{LAYERS}/{zoom}/{}/{}.mvt", (x * n).floor(), (y * n).floor()));
        }
    }
    found.sort();
    found.dedup();
    found
}

/// The sites say the same of the map, and send the same tiles to the byte.
async fn assert_one_map(sites: &[&Site], addresses: &[String]) {
    let json = format!("/tiles/{LAYERS}.json");
    let said = sites[0].get(&json).await;
    for other in &sites[1..] {
        assert_eq!(other.get(&json).await.text(), said.text());
        assert_eq!(other.app.map.data_version(), sites[0].app.map.data_version());
    }
    for address in addresses {
        for encoding in ["identity", "gzip"] {
            let headers = [("accept-encoding", encoding)];
            let tile = sites[0].send(address, &headers).await;
            for other in &sites[1..] {
                let other = other.send(address, &headers).await;
                assert_eq!((other.status, &other.headers), (tile.status, &tile.headers), "{address} {encoding}");
                assert!(other.bytes == tile.bytes, "{address} {encoding} differs");
            }
        }
    }
}

#[tokio::test]
async fn two_servers_show_one_map_however_they_came_to_it() {
    let config = demo_config().await;
    let (one, other) = (Site::start(config.clone()).await, Site::start(config.clone()).await);
    let addresses_before = addresses(&one).await;
    assert_one_map(&[&one, &other], &addresses_before).await;
    for n in 0..80 {
        one.sql(&random_change(n)).await;
        // They gather what is announced together each in its own way, and some tiles are made in between.
        if n % 7 == 0 {
            one.get(&addresses_before[n as usize % addresses_before.len()]).await;
            tokio::time::sleep(Duration::from_millis(n)).await;
        }
    }
    follow(&[&one, &other]).await;
    let fresh = Site::start(config).await;
    let mut all = addresses(&one).await;
    all.extend(addresses_before);
    assert_one_map(&[&fresh, &one, &other], &all).await;
}
