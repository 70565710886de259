//! An import that is killed, wherever that hits it, leaves what was there or what the file says, never a mix.

use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::time::{Duration, Instant};

use pestor::config::Secret;
use pestor::db;
use pestor::import::{self, Kind, Mode, Options};
use sqlx::PgPool;
use tokio::process::{Child, Command};

use crate::import::{file, options, polygons, square};
use crate::support::empty_config;

const ROWS: u32 = 2100;
/// Imports that are killed before they end.
const KILLS: u32 = 30;

/// Organisations from one number to another, every one with values that say which version they are.
fn register(version: u32, rows: std::ops::Range<u32>) -> String {
    let mut text = "source_id,name,legal_form,tagline,description,lon,lat\n".to_owned();
    for row in rows {
        let (lon, lat) = (18.51 + f64::from(row % 80) / 1000.0, 53.01 + f64::from(version) / 100.0);
        text += &format!(
            "{row},Organizacja {row} w wersji {version},kis,{version},Opis {row}.{version},{lon:.3},{lat:.3}\n"
        );
    }
    text
}

/// Count, a sum and a checksum of all rows.
async fn state(pool: &PgPool) -> (i64, i64, String) {
    let state = sqlx::query_as(
        "select count(*), coalesce(sum(tagline::bigint * length(description)), 0)::bigint,
            coalesce(md5(string_agg(concat_ws('|', source_id, name, tagline, description, st_astext(point), district_id), E'\\n' order by source_id)), '')
        from organisation",
    );
    state.fetch_one(pool).await.expect("the state")
}

/// The real program on a file.
fn program(url: &str, file: &Path, mode: Mode) -> Child {
    let mode = match mode {
        Mode::Upsert => "upsert",
        Mode::Replace => "replace",
    };
    Command::new(env!("CARGO_BIN_EXE_pestor"))
        .args(["import", "organisations", "--mode", mode])
        .arg(file)
        .env("DATABASE_URL", url)
        .current_dir(env!("CARGO_TARGET_TMPDIR"))
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("started")
}

/// Waits until the database has noticed that the program is gone.
async fn until_gone(pool: &PgPool) {
    let begun = Instant::now();
    loop {
        let left: i64 = sqlx::query_scalar(
            "select count(*) from pg_stat_activity
            where datname = current_database() and backend_type = 'client backend' and application_name <> 'watching'",
        )
        .fetch_one(pool)
        .await
        .expect("sessions");
        if left == 0 {
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "its session is still there");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Numbers that differ from run to run; a failure names the seed to have them again.
struct Dice(u64);

impl Dice {
    fn new() -> Self {
        let now = || std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(1, |now| now.as_secs());
        let seed = std::env::var("PESTOR_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(now);
        eprintln!("PESTOR_SEED={seed}");
        Self(seed)
    }

    /// Between 0 and 1.
    fn throw(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        f64::from(u32::try_from(self.0 >> 32).unwrap_or(0)) / f64::from(u32::MAX)
    }
}

#[tokio::test]
async fn a_killed_import_leaves_the_old_or_the_new_and_nothing_between() {
    let url = empty_config().await.database_url.0;
    let pool = db::pool(db::options(&Secret(url.clone())).expect("options").application_name("watching"));
    let town = polygons(&[("{\"teryt\":\"0463011\",\"name\":\"Toruń\"}", square(18.5, 53.0, 0.1))]);
    let districts = polygons(&[("{\"source_id\":\"w\",\"name\":\"Wrzosy\"}", square(18.5, 53.0, 0.05))]);
    for (kind, name, text) in [(Kind::Municipalities, "m.geojson", town), (Kind::Districts, "d.geojson", districts)] {
        import::run(&pool, &options(kind, file(name, text))).await.expect("imported");
    }
    let first = Options { mode: Mode::Replace, ..options(Kind::Organisations, file("o.csv", register(1, 0..ROWS))) };
    // Most keys are the same; some rows are new, and in `replace` as many go.
    let second = file("o.csv", register(2, ROWS / 10..ROWS + ROWS / 10));
    let back = async || import::run(&pool, &first).await.expect("the first version goes in");
    back().await;
    let old = state(&pool).await;

    // A whole import of each mode: how long it takes, and what is there then.
    let mut whole = Vec::new();
    for mode in [Mode::Upsert, Mode::Replace] {
        let begun = Instant::now();
        let status = program(&url, &second, mode).wait().await.expect("ended");
        let took = begun.elapsed();
        assert!(status.success(), "{status}");
        let new = state(&pool).await;
        assert_ne!(new, old);
        whole.push((mode, took, new));
        back().await;
        assert_eq!(state(&pool).await, old);
    }

    let mut dice = Dice::new();
    let (mut killed, mut went_in) = (0, 0);
    let mut round = 0;
    while killed < KILLS {
        assert!(round < 4 * KILLS, "only {killed} kills of {round} came before the end");
        let (mode, took, new) = &whole[round as usize % 2];
        // Most kills are spread over the whole length; every third comes near its end, where it commits.
        let at = match round % 3 {
            2 => 0.85 + 0.2 * dice.throw(),
            _ => (f64::from(killed) + dice.throw()) / f64::from(KILLS),
        };
        let mut child = program(&url, &second, *mode);
        tokio::time::sleep(took.mul_f64(at)).await;
        child.start_kill().expect("kill -9");
        let status = child.wait().await.expect("ended");
        until_gone(&pool).await;
        let now = state(&pool).await;
        let finished = status.success();
        killed += u32::from(status.signal() == Some(9));
        assert!(finished || status.signal() == Some(9), "round {round}: {status}");
        assert!(now == *new || (!finished && now == old), "round {round}, {mode:?}, killed at {at:.2}: {now:?}");
        let locks: i64 = sqlx::query_scalar(
            "select count(*) from pg_locks where locktype = 'advisory'
                and database = (select oid from pg_database where datname = current_database())",
        )
        .fetch_one(&pool)
        .await
        .expect("locks");
        assert_eq!(locks, 0, "round {round}");
        if now == *new {
            went_in += 1;
            back().await;
            assert_eq!(state(&pool).await, old, "round {round}");
        }
        round += 1;
    }
    eprintln!("{killed} of {round} were killed, {went_in} had gone in");

    // What the killed ones left is in nobody's way.
    let (mode, _, new) = &whole[1];
    assert!(program(&url, &second, *mode).wait().await.expect("ended").success());
    assert_eq!(state(&pool).await, *new);
}
