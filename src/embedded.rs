//! The private PostGIS cluster of `pestor demo` and of the tests: under one directory, on a Unix socket, never as root.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};
use sqlx::{Connection, PgConnection};

use crate::config::Secret;

/// Role and database of the cluster.
const NAME: &str = "pestor";

/// Number in the socket's name; fixed, whatever `PGPORT` says.
const PORT: u16 = 5432;

/// How long PostgreSQL may take to start (after a crash it replays its log) or to leave.
const PATIENCE: Duration = Duration::from_secs(60);

/// The script that runs PostgreSQL and ends it as soon as this process is gone, however it went: its standard input is
/// a pipe that we hold, and the kernel closes it for us.
const KEEPER: &str = r#"exec 3<&0
"$@" </dev/null 3<&- &
server=$!
(read -r _ <&3; kill -INT "$server") &
reader=$!
wait "$server"
status=$?
kill "$reader" 2>/dev/null
exit "$status""#;

/// Why there is no cluster.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    /// PostgreSQL is not installed.
    #[error("PostgreSQL was not found. Install it with: apt-get install -y postgresql-postgis")]
    NoPostgres,
    /// PostgreSQL is there, PostGIS is not.
    #[error("PostGIS was not found for PostgreSQL in {0}. Install it with: apt-get install -y postgresql-postgis")]
    NoPostgis(PathBuf),
    /// Another process has the directory.
    #[error("{0} is in use: another pestor runs on this directory; stop it, or choose another --data-dir")]
    InUse(PathBuf),
    /// Root has no other user to run PostgreSQL as.
    #[error("PostgreSQL refuses to run as root, and there is no user “postgres” or “nobody” to run it as")]
    NoUser,
    /// A step failed.
    #[error("{step}: {reason}")]
    Failed {
        /// What was tried.
        step: String,
        /// What came of it.
        reason: String,
    },
}

fn failed(step: impl Into<String>, reason: impl ToString) -> EmbeddedError {
    EmbeddedError::Failed { step: step.into(), reason: reason.to_string() }
}

/// A running cluster. Dropping it stops PostgreSQL; so does the death of this process.
#[derive(Debug)]
pub struct Cluster {
    bin: PathBuf,
    dir: PathBuf,
    sockets: PathBuf,
    user: Option<User>,
    durable: bool,
    keeper: Child,
    _lock: File,
}

/// Whom to run PostgreSQL as.
#[derive(Debug, Clone, Copy)]
struct User {
    uid: u32,
    gid: u32,
}

impl Cluster {
    /// Starts the cluster under `dir`, making it first where there is none. `durable = false` trades safety against a
    /// crash for speed (tests).
    ///
    /// # Errors
    /// PostgreSQL or PostGIS is missing, the directory is in use, or a step of the start fails.
    pub async fn start(dir: &Path, durable: bool) -> Result<Self, EmbeddedError> {
        let bin = find_binaries().ok_or(EmbeddedError::NoPostgres)?;
        fs::create_dir_all(dir).map_err(|error| failed(format!("create {}", dir.display()), error))?;
        let dir = dir.canonicalize().map_err(|error| failed(format!("open {}", dir.display()), error))?;
        let lock = lock(&dir)?;
        let user = if is_root() { Some(unprivileged().ok_or(EmbeddedError::NoUser)?) } else { None };
        let sockets = socket_dir(&dir, user)?;
        wait_for_predecessor(&dir.join("pg/postmaster.pid"))?;
        if !dir.join("pg/PG_VERSION").exists() {
            init(&bin, &dir, user)?;
        }
        let keeper = spawn(&bin, &dir, &sockets, user, durable)?;
        let mut cluster = Self { bin, dir, sockets, user, durable, keeper, _lock: lock };
        cluster.wait_until_ready().await?;
        cluster.create_database().await?;
        Ok(cluster)
    }

    /// Address of the cluster's database.
    pub fn url(&self) -> Secret {
        self.url_of(NAME)
    }

    /// Address of another database in the cluster.
    pub fn url_of(&self, database: &str) -> Secret {
        let host: String = form_urlencoded::byte_serialize(self.sockets.as_os_str().as_encoded_bytes()).collect();
        Secret(format!("postgres://{NAME}@localhost:{PORT}/{database}?host={}", host.replace('+', "%20")))
    }

    /// Starts PostgreSQL again if it is gone.
    ///
    /// # Errors
    /// It does not start.
    pub async fn revive(&mut self) -> Result<bool, EmbeddedError> {
        if matches!(self.keeper.try_wait(), Ok(None)) {
            return Ok(false);
        }
        wait_for_predecessor(&self.dir.join("pg/postmaster.pid"))?;
        self.keeper = spawn(&self.bin, &self.dir, &self.sockets, self.user, self.durable)?;
        self.wait_until_ready().await?;
        Ok(true)
    }

    async fn wait_until_ready(&mut self) -> Result<(), EmbeddedError> {
        let start = Instant::now();
        let url = self.url_of("postgres");
        loop {
            let error = match PgConnection::connect(&url.0).await {
                Ok(connection) => {
                    connection.close().await.ok();
                    return Ok(());
                }
                Err(error) => error,
            };
            let gone = self.keeper.try_wait().ok().flatten();
            if gone.is_some() || start.elapsed() > PATIENCE {
                let log = fs::read_to_string(self.dir.join("postgresql.log")).unwrap_or_default();
                let tail: Vec<&str> = log.lines().rev().take(8).collect();
                let tail = tail.into_iter().rev().collect::<Vec<_>>().join("\n");
                return Err(failed("start PostgreSQL", format!("{error}\n{tail}")));
            }
            tokio::time::sleep(Duration::from_millis(40)).await;
        }
    }

    async fn create_database(&self) -> Result<(), EmbeddedError> {
        let step = |error: sqlx::Error| failed("create the database", error);
        let mut connection = PgConnection::connect(&self.url_of("postgres").0).await.map_err(step)?;
        let has = |name: &'static str, query: &'static str| sqlx::query_scalar::<_, bool>(query).bind(name);
        if !has("postgis", "select exists (select from pg_available_extensions where name = $1)")
            .fetch_one(&mut connection)
            .await
            .map_err(step)?
        {
            return Err(EmbeddedError::NoPostgis(self.bin.clone()));
        }
        if !has(NAME, "select exists (select from pg_database where datname = $1)")
            .fetch_one(&mut connection)
            .await
            .map_err(step)?
        {
            sqlx::query("create database pestor").execute(&mut connection).await.map_err(step)?;
        }
        connection.close().await.ok();
        Ok(())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        if let Err(error) = self.keeper.wait() {
            tracing::warn!(%error, "PostgreSQL was not waited for");
        }
    }
}

/// Newest `/usr/lib/postgresql/*/bin`, or the folder of `initdb` on the PATH.
fn find_binaries() -> Option<PathBuf> {
    let complete = |bin: &PathBuf| bin.join("initdb").exists() && bin.join("postgres").exists();
    let mut versions: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok().map(|entry| entry.path().join("bin")))
        .filter(complete)
        .collect();
    let number = |bin: &PathBuf| bin.iter().rev().nth(1).and_then(|v| v.to_str()?.parse::<u32>().ok());
    versions.sort_by_key(number);
    versions.pop().or_else(|| std::env::split_paths(&std::env::var_os("PATH")?).find(complete))
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

fn unprivileged() -> Option<User> {
    let accounts = fs::read_to_string("/etc/passwd").ok()?;
    ["postgres", "nobody"].iter().find_map(|name| {
        let mut fields = accounts.lines().map(|line| line.split(':')).find(|line| line.clone().next() == Some(name))?;
        Some(User { uid: fields.nth(2)?.parse().ok()?, gid: fields.next()?.parse().ok()? })
    })
}

/// Two programs on one directory would spoil it: the first holds this lock while it lives.
fn lock(dir: &Path) -> Result<File, EmbeddedError> {
    let path = dir.join("pestor.lock");
    let mut file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(|error| failed(format!("open {}", path.display()), error))?;
    match file.try_lock() {
        Ok(()) => {
            file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id())).ok();
            Ok(file)
        }
        Err(TryLockError::WouldBlock) => Err(EmbeddedError::InUse(dir.to_owned())),
        Err(TryLockError::Error(error)) => Err(failed(format!("lock {}", path.display()), error)),
    }
}

/// The socket's folder: under `dir`, or, where that path is too long for a socket address (107 bytes), under /tmp.
fn socket_dir(dir: &Path, user: Option<User>) -> Result<PathBuf, EmbeddedError> {
    let mut sockets = dir.join("run");
    if sockets.as_os_str().len() > 80 {
        let digest = Sha256::digest(dir.as_os_str().as_encoded_bytes());
        let name: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        sockets = std::env::temp_dir().join(format!("pestor-{name}"));
    }
    own_folder(&sockets, user).map_err(|error| failed(format!("create {}", sockets.display()), error))?;
    Ok(sockets)
}

/// Makes a folder that only PostgreSQL's user (and root) can enter.
fn own_folder(path: &Path, user: Option<User>) -> io::Result<()> {
    fs::create_dir_all(path)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o700))?;
    user.map_or(Ok(()), |user| chown(path, Some(user.uid), Some(user.gid)))
}

/// After a `kill -9` of ours, the PostgreSQL we left behind is on its way out: wait for it.
fn wait_for_predecessor(pid_file: &Path) -> Result<(), EmbeddedError> {
    let start = Instant::now();
    loop {
        let Ok(text) = fs::read_to_string(pid_file) else { return Ok(()) };
        let pid = text.lines().next().unwrap_or_default().trim().to_owned();
        let alive = fs::read(format!("/proc/{pid}/comm")).is_ok_and(|name| name.starts_with(b"postgres"));
        if !alive {
            return Ok(());
        }
        if start.elapsed() > PATIENCE {
            return Err(failed("wait for the PostgreSQL that still runs here", format!("process {pid} does not end")));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// A command of PostgreSQL's user. Where that user could not even enter the folders above (a checkout in root's home),
/// it gets the one capability that lets it.
fn command(program: &Path, dir: &Path, user: Option<User>) -> Command {
    let Some(user) = user else { return Command::new(program) };
    let mut command = Command::new("setpriv");
    command.arg(format!("--reuid={}", user.uid)).arg(format!("--regid={}", user.gid)).arg("--clear-groups");
    let open = |folder: &Path| fs::metadata(folder).is_ok_and(|folder| folder.mode() & 0o001 != 0);
    if !dir.ancestors().all(open) {
        command.args(["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]);
    }
    command.arg("--").arg(program);
    command
}

fn init(bin: &Path, dir: &Path, user: Option<User>) -> Result<(), EmbeddedError> {
    let step = "make the database cluster";
    // Made beside and moved into place: a start that is cut off here leaves nothing half-made.
    let fresh = dir.join("pg.new");
    fs::remove_dir_all(&fresh)
        .or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) })
        .and_then(|()| own_folder(&fresh, user))
        .map_err(|error| failed(step, error))?;
    let output = command(&bin.join("initdb"), dir, user)
        .arg("-D")
        .arg(&fresh)
        .args(["-U", NAME, "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"])
        .current_dir("/")
        .output()
        .map_err(|error| failed(step, error))?;
    if !output.status.success() {
        return Err(failed(step, String::from_utf8_lossy(&output.stderr)));
    }
    fs::rename(&fresh, dir.join("pg")).map_err(|error| failed(step, error))
}

fn spawn(bin: &Path, dir: &Path, sockets: &Path, user: Option<User>, durable: bool) -> Result<Child, EmbeddedError> {
    let step = "start PostgreSQL";
    let log = File::options()
        .create(true)
        .append(true)
        .open(dir.join("postgresql.log"))
        .map_err(|error| failed(step, error))?;
    let mut command = command(Path::new("/bin/sh"), dir, user);
    command.args(["-c", KEEPER, "keeper"]).arg(bin.join("postgres")).arg("-D").arg(dir.join("pg"));
    command.arg("-k").arg(sockets).arg("-p").arg(PORT.to_string());
    let durability = if durable { "fsync=on" } else { "fsync=off" };
    for setting in ["listen_addresses=", "shared_buffers=64MB", "max_connections=100", durability] {
        command.args(["-c", setting]);
    }
    command
        .current_dir("/")
        // Its own group: Ctrl-C is for us, and we end it in order.
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(log.try_clone().map_err(|error| failed(step, error))?)
        .stderr(log)
        .spawn()
        .map_err(|error| failed(step, error))
}
