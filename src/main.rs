//! The `pestor` program: its command line.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use pestor::access::tokens;
use pestor::accounts::command::{self, UserCommand};
use pestor::basemap::build::{self, Build};
use pestor::config::{Config, Secret, Settings};
use pestor::embedded::Cluster;
use pestor::export::command::ExportArgs;
use pestor::{db, export, import, server, web};
use tracing_subscriber::EnvFilter;

/// A map on which a town and its social economy find each other.
#[derive(Debug, Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run everything on this machine: a private PostGIS, demo data, the site.
    Demo {
        /// Folder of the private database.
        #[arg(long, env = "PESTOR_DATA_DIR", default_value = ".pestor")]
        data_dir: PathBuf,
        #[command(flatten)]
        options: Options,
    },
    /// Serve the site from an own PostGIS (`DATABASE_URL`).
    Serve(#[command(flatten)] Options),
    /// Bring the database schema up; safe to run twice and on two nodes at once.
    Migrate(#[command(flatten)] Options),
    /// Read a file into the database. Status 0: done; 1: failed, nothing changed; 2: wrong usage; 3: some rows refused.
    Import {
        #[command(flatten)]
        import: ImportArgs,
        #[command(flatten)]
        options: Options,
    },
    /// Write what everybody sees to a file that `import` reads: CSV, XLSX, GeoJSON or GeoPackage.
    Export {
        #[command(flatten)]
        export: ExportArgs,
        #[command(flatten)]
        options: Options,
    },
    /// Basemaps in a file of one's own.
    Basemap {
        #[command(subcommand)]
        command: BasemapCommand,
    },
    /// Accounts: add, list, role, disable.
    User {
        #[command(subcommand)]
        command: UserCommand,
        #[command(flatten)]
        options: Options,
    },
}

#[derive(Debug, Subcommand)]
enum BasemapCommand {
    /// Make one of OpenStreetMap data, with tilemaker.
    Build(#[command(flatten)] Build),
}

#[derive(Debug, Args)]
struct Options {
    /// Settings file; without it `pestor.toml`, if there is one.
    #[arg(long, env = "PESTOR_CONFIG")]
    config: Option<PathBuf>,
    /// Address to listen on; port 0 picks a free one.
    #[arg(long)]
    listen: Option<std::net::SocketAddr>,
    /// PostGIS database.
    #[arg(long)]
    database_url: Option<String>,
}

#[derive(Debug, Args)]
struct ImportArgs {
    /// What the file holds.
    kind: import::Kind,
    /// CSV, XLSX, ODS, GeoJSON (also one feature a line), shapefile (zipped, or its .shp) or GeoPackage.
    file: PathBuf,
    /// Mapping of the file's columns to ours (TOML).
    #[arg(long)]
    mapping: Option<PathBuf>,
    /// EPSG code of the file's coordinates, where it does not say so itself.
    #[arg(long)]
    srid: Option<i32>,
    /// Encoding of its texts, where it does not show: Windows-1250, ISO-8859-2, UTF-8.
    #[arg(long)]
    encoding: Option<String>,
    /// Sheet of a workbook, or layer of a GeoPackage.
    #[arg(long)]
    layer: Option<String>,
    /// TERYT code of the municipality the rows belong to.
    #[arg(long)]
    municipality: Option<String>,
    /// `upsert` takes the good rows; `replace` makes the stored rows those of the file, or changes nothing.
    #[arg(long, value_enum, default_value_t = import::Mode::Upsert)]
    mode: import::Mode,
    /// Say what would change, and change nothing.
    #[arg(long)]
    dry_run: bool,
    /// Write a row that seems to be a record of another source (KRS, NIP, REGON, or name and place) into that record.
    #[arg(long)]
    merge_duplicates: bool,
    /// Overwrite records that people edited in the browser, too.
    #[arg(long)]
    overwrite_edited: bool,
    /// Write the report there as JSON.
    #[arg(long)]
    report: Option<PathBuf>,
    /// Write refused rows there as CSV, with the reasons beside them.
    #[arg(long)]
    refused: Option<PathBuf>,
    /// Print a first mapping for the file, and import nothing.
    #[arg(long)]
    suggest: bool,
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

impl Options {
    fn settings(&self) -> Result<Settings, Failure> {
        let path = self.config.clone().unwrap_or_else(|| PathBuf::from("pestor.toml"));
        let file = Settings::from_file(&path, self.config.is_some())?;
        let flags = Settings {
            listen: self.listen,
            database_url: self.database_url.clone().map(Secret),
            ..Settings::default()
        };
        Ok(flags.over(Settings::from_env()?).over(file))
    }

    fn config(&self) -> Result<Config, Failure> {
        Ok(self.settings()?.into_config()?)
    }
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("pestor: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(cli.command)) {
        Ok(status) => status,
        Err(error) => {
            eprintln!("pestor: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Demo { data_dir, options } => demo(&data_dir, &options).await?,
        Command::Serve(options) => server::serve(options.config()?, server::stop_signal()).await?,
        Command::Migrate(options) => db::migrate(&options.config()?.database_url).await?,
        Command::Import { import, options } => return import_file(import, &options.config()?).await,
        Command::Export { export, options } => {
            let config = options.config()?;
            let pool = db::pool(db::options(&config.database_url)?.options([("statement_timeout", "0")]));
            let rows = export::command::run(&pool, &config, &export).await?;
            writeln!(std::io::stdout(), "{}: {rows} rows", export.output.display()).ok();
        }
        Command::Basemap { command: BasemapCommand::Build(wanted) } => {
            let built = build::build(&wanted, server::stop_signal()).await?;
            writeln!(std::io::stdout(), "{built}").ok();
        }
        Command::User { command, options } => {
            let config = options.config()?;
            let pool = db::pool(db::options(&config.database_url)?);
            writeln!(std::io::stdout(), "{}", command::run(&pool, &config, command).await?).ok();
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn demo(data_dir: &std::path::Path, options: &Options) -> Result<(), Failure> {
    // A replica would be one of another database.
    let settings = Settings { replica_url: None, ..options.settings()? };
    let mut cluster = Cluster::start(data_dir, true).await?;
    let own = Settings { database_url: Some(cluster.url()), ..Settings::default() };
    let settings = own.over(settings).over(server::demo_settings()?);
    let mail = settings.mail.clone().or_folder(data_dir.join("mail"));
    let config = Settings { mail, ..settings }.into_config()?;
    db::migrate(&config.database_url).await?;
    server::load_demo(&config).await?;
    let password = demo_password(data_dir)?;
    let accounts = server::demo_accounts(&config, &password).await?;
    eprintln!("demo accounts: {}\npassword of all of them: {password}", accounts.join(", "));
    tokio::select! {
        result = server::serve(config, server::stop_signal()) => result?,
        error = keep_alive(&mut cluster) => return Err(error),
    }
    // PostgreSQL is stopped when `cluster` is dropped here.
    Ok(())
}

/// `PESTOR_DEMO_PASSWORD`, else one that was made at the first start and lies beside the demo's database.
fn demo_password(data_dir: &std::path::Path) -> Result<String, Failure> {
    if let Some(password) = std::env::var("PESTOR_DEMO_PASSWORD").ok().filter(|password| !password.is_empty()) {
        return Ok(password);
    }
    let path = data_dir.join("demo-password");
    if let Ok(password) = std::fs::read_to_string(&path) {
        return Ok(password.trim().to_owned());
    }
    let password: String = tokens::random().chars().filter(char::is_ascii_alphanumeric).take(14).collect();
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
    file.write_all(password.as_bytes())?;
    Ok(password)
}

/// Starts PostgreSQL again whenever it dies; returns only when that fails.
async fn keep_alive(cluster: &mut Cluster) -> Failure {
    loop {
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        match cluster.revive().await {
            Ok(false) => {}
            Ok(true) => tracing::warn!("PostgreSQL had ended and was started again"),
            Err(error) => return error.into(),
        }
    }
}

async fn import_file(args: ImportArgs, config: &Config) -> Result<ExitCode, Failure> {
    let hints =
        import::Hints { encoding: args.encoding, srid: args.srid, layer: args.layer, ..import::Hints::default() };
    if args.suggest {
        let (kind, file) = (args.kind, args.file);
        let mapping = tokio::task::spawn_blocking(move || import::suggest(kind, &file, &hints)).await??;
        writeln!(std::io::stdout(), "{mapping}").ok();
        return Ok(ExitCode::SUCCESS);
    }
    let pool = db::pool(db::options(&config.database_url)?.options([("statement_timeout", "0")]));
    let options = import::Options {
        kind: args.kind,
        file: args.file,
        name: None,
        mapping: args.mapping,
        hints,
        municipality: args.municipality.or_else(|| config.municipality.clone()),
        only_municipality: false,
        mode: args.mode,
        dry_run: args.dry_run,
        refused: args.refused,
        lang: web::Lang::En,
        progress: progress_bar(),
        told: import::Told { merge_duplicates: args.merge_duplicates, overwrite_edited: args.overwrite_edited },
    };
    let report = import::run(&pool, &options).await?;
    // Whoever reads it may stop reading.
    writeln!(std::io::stdout(), "{report}").ok();
    if let Some(path) = args.report {
        std::fs::write(&path, serde_json::to_vec_pretty(&report)?)
            .map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(ExitCode::from(report.exit_status()))
}

/// Shown on a terminal only.
fn progress_bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:30} {human_pos} / {human_len} rows, {eta} left");
    let bar = ProgressBar::no_length();
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
