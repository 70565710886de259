//! `pestor export`.

use std::io::IsTerminal as _;
use std::path::PathBuf;

use indicatif::{ProgressBar, ProgressStyle};
use sqlx::PgPool;

use super::{Format, Kind, Question, TempFile, files, queries};
use crate::config::Config;
use crate::web::{Lang, Site};

/// What `pestor export` is asked for.
#[derive(Debug, Clone, clap::Args)]
pub struct ExportArgs {
    /// What to write.
    pub kind: Kind,
    /// How; without it, as the output's ending says.
    #[arg(long, value_enum)]
    pub format: Option<Format>,
    /// The file. What is there is replaced when the new one is whole.
    #[arg(long)]
    pub output: PathBuf,
}

/// Writes a data set as it is at one moment; how many rows.
///
/// # Errors
/// The format is not clear, the file cannot be written, or the database fails. The output is as it was then.
pub async fn run(
    pool: &PgPool,
    config: &Config,
    args: &ExportArgs,
) -> Result<usize, Box<dyn std::error::Error + Send + Sync>> {
    let ending = args.output.extension().and_then(std::ffi::OsStr::to_str).unwrap_or_default();
    let by_name = || Format::ALL.into_iter().find(|format| format.ending().eq_ignore_ascii_case(ending));
    let format =
        args.format.or_else(by_name).ok_or("give --format csv, xlsx, geojson or gpkg, or an output that ends so")?;
    let folder = args.output.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.map_or_else(|| PathBuf::from("."), std::borrow::ToOwned::to_owned);
    let temporary = TempFile::within(&folder, format.ending());
    let shown = |error: std::io::Error| format!("{}: {error}", args.output.display());
    // Tried first, so that the reason names the file.
    std::fs::File::create(temporary.path()).map_err(shown)?;
    if format == Format::Gpkg {
        std::fs::remove_file(temporary.path()).map_err(shown)?;
    }
    let mut transaction = pool.begin().await?;
    sqlx::raw_sql("set transaction isolation level repeatable read read only").execute(&mut *transaction).await?;
    let ids = queries::ids_in_order(&mut transaction, args.kind).await?;
    let bar = if std::io::stderr().is_terminal() {
        ProgressBar::new(u64::try_from(ids.len()).unwrap_or(u64::MAX))
    } else {
        ProgressBar::hidden()
    };
    bar.set_style(ProgressStyle::with_template("{wide_bar} {human_pos}/{human_len} {eta}")?);
    let about = config.open_data.about(args.kind, Lang::Pl, &Site::unknown(config.demo), None);
    let written = files::write(
        files::From::Connection(&mut transaction),
        Question::new(args.kind, Some(ids)),
        format,
        &about,
        temporary.path(),
        |rows| bar.set_position(u64::try_from(rows).unwrap_or(u64::MAX)),
    )
    .await?;
    bar.finish_and_clear();
    temporary.keep(&args.output).map_err(shown)?;
    Ok(written)
}
