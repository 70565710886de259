//! The pages of a file on its way in.

use std::cmp::Ordering;

use askama::Template;
use axum::extract::{Path, State as AppState};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::columns::{self, Row};
use super::queries::{self, File, Line, New};
use super::results::{self, Shown};
use super::{MOST_BYTES, MOST_MEGABYTES, OF_ALL, OF_MUNICIPALITY, Settings, State};
use crate::access::{self, Post, Routes, Rule, Thing, Viewer, Who};
use crate::admin;
use crate::app::App;
use crate::error::{Error, Result};
use crate::import::look::Look;
use crate::import::mapping::Mapping;
use crate::import::suggest;
use crate::import::words::say;
use crate::import::{Hints, Kind, Mode, Report, What};
use crate::web::{Check, Form, FormView, Page, form_page};

/// A file, by its key.
pub const FILE: Thing =
    Thing { name: "import", find: |pool, key| Box::pin(async move { queries::owned(&pool, &key).await }) };

/// Officials of the file's municipality.
const OF_FILE: Rule = Rule::of(FILE, &[Who::Official]);

/// Addresses of this feature.
pub fn routes() -> Routes {
    Routes::new()
        .get("/urzad/import", Rule::OFFICIALS, list)
        .post("/urzad/import", Rule::OFFICIALS, upload)
        .get("/urzad/import/{id}", OF_FILE, page_of)
        .get("/urzad/import/{id}/mapowanie.toml", OF_FILE, mapping_file)
        .get("/urzad/import/{id}/odrzucone.csv", OF_FILE, refused_file)
        .get("/urzad/import/{id}/miejsca.geojson", OF_FILE, places)
        .post("/urzad/import/{id}/odczyt", OF_FILE, read_again)
        .post("/urzad/import/{id}/kolumny", OF_FILE, match_columns)
        .post("/urzad/import/{id}/wroc", OF_FILE, back)
        .post("/urzad/import/{id}/zapisz", OF_FILE, write)
        .post("/urzad/import/{id}/usun", OF_FILE, delete)
}

fn path(id: i64) -> String {
    format!("/urzad/import/{id}")
}

#[derive(Template)]
#[template(path = "intake/list.html")]
struct ListPage {
    page: Page,
    form: FormView,
    kinds: Vec<(String, String)>,
    municipalities: Vec<(String, String)>,
    lines: Vec<Line>,
    /// True for an administrator of all municipalities.
    of_all: bool,
    /// True right after a file was thrown away.
    deleted: bool,
}

impl ListPage {
    /// Words with the largest size of a file in them.
    fn megabytes(&self, key: &str) -> String {
        self.page.n(key, &MOST_MEGABYTES)
    }

    fn most_bytes(&self) -> usize {
        MOST_BYTES
    }

    fn state(&self, line: &Line) -> &'static str {
        match State::of(&line.state) {
            Some(state) if state.is_at_work() => "work",
            Some(State::Done) => "done",
            _ => "open",
        }
    }
}

/// Kinds that somebody may bring in.
fn kinds(viewer: &Viewer) -> Vec<Kind> {
    let of_all = OF_ALL.iter().filter(|_| viewer.municipality_id.is_none());
    OF_MUNICIPALITY.iter().chain(of_all).copied().collect()
}

/// `GET /urzad/import`
async fn list(AppState(app): AppState<App>, page: Page) -> Result<Response> {
    show_list(&app, page, FormView::default(), StatusCode::OK).await
}

async fn show_list(app: &App, page: Page, form: FormView, status: StatusCode) -> Result<Response> {
    let viewer = page.viewer.clone().ok_or(Error::SignIn)?;
    let lines = queries::list(&app.pool, viewer.municipality_id).await?;
    let kinds = kinds(&viewer).iter().map(|kind| (kind.name(), page.code("import-kind", &kind.name()))).collect();
    let municipalities = admin::queries::municipalities(&app.pool, viewer.municipality_id).await?;
    let municipalities = municipalities.into_iter().map(|(id, name)| (id.to_string(), name)).collect();
    let of_all = viewer.municipality_id.is_none();
    let deleted = page.params.one("usunieto")?.is_some();
    form_page(status, &page.clone(), &ListPage { page, form, kinds, municipalities, lines, of_all, deleted })
}

/// `POST /urzad/import`: takes a file, and leads to its page.
async fn upload(post: Post) -> Result<Response> {
    let viewer = post.viewer()?;
    let known = kinds(&viewer);
    let names: Vec<String> = known.iter().map(|kind| kind.name()).collect();
    let mut check = post.form.check(post.page.lang);
    let name = check.choice("kind", &names.iter().map(String::as_str).collect::<Vec<_>>());
    let kind =
        known.iter().zip(&names).find(|(_, known)| *known == name).map_or(Kind::Organisations, |(kind, _)| *kind);
    let municipality_id = municipality(&mut check, &post, &viewer, kind).await?;
    let file = post.form.uploads.iter().find(|upload| upload.field == "file");
    match file {
        None => check.fail("file", "form-error-required"),
        Some(file) if file.bytes.is_empty() => check.fail("file", "intake-empty"),
        Some(file) if file.bytes.len() > MOST_BYTES => {
            check.fail_text("file", post.page.n("intake-too-large", &MOST_MEGABYTES));
        }
        Some(_) => {}
    }
    let mapping = match post.form.uploads.iter().find(|upload| upload.field == "mapping") {
        Some(upload) => match mapping_of(kind, &upload.bytes) {
            Ok(mapping) => Some(mapping),
            Err(reason) => {
                check.fail_text("mapping", say(post.page.lang, &reason).into_owned());
                None
            }
        },
        None => None,
    };
    if let Err(form) = check.finish() {
        return show_list(&post.app, post.page, form, StatusCode::UNPROCESSABLE_ENTITY).await;
    }
    let file = post.form.uploads.into_iter().find(|upload| upload.field == "file");
    let upload = file.ok_or_else(|| Error::BadForm("there is no file".to_owned()))?;
    access::queries::throttle(&post.app.pool, &format!("imports of {}", viewer.account_id), 60, 3600).await?;
    let hints = mapping.as_ref().map(|mapping| mapping.file.clone()).unwrap_or_default();
    let settings = Settings { hints, ..Settings::default() };
    let new = New {
        municipality_id,
        account_id: viewer.account_id,
        kind: name,
        file_name: &file_name(&upload.file_name),
        settings: &settings,
        mapping: &mapping.as_ref().map(Mapping::to_toml).unwrap_or_default(),
    };
    let id = queries::insert(&post.app.pool, &new, &upload.bytes).await?;
    post.app.intake.notify_one();
    Ok(Post::see(&path(id)))
}

/// The municipality whose records the file has: the official's, or the one that an administrator of all chose.
async fn municipality(check: &mut Check<'_>, post: &Post, viewer: &Viewer, kind: Kind) -> Result<Option<i64>> {
    if !kind.is_of_municipality() {
        return Ok(None);
    }
    if viewer.municipality_id.is_some() {
        return Ok(viewer.municipality_id);
    }
    let known = admin::queries::municipalities(&post.app.pool, None).await?;
    let id = post.form.value("municipality").parse().ok().filter(|id| known.iter().any(|(known, _)| known == id));
    if id.is_none() {
        check.fail("municipality", "form-error-choice");
    }
    Ok(id)
}

fn mapping_of(kind: Kind, bytes: &[u8]) -> std::result::Result<Mapping, String> {
    let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
    Mapping::parse(text, &suggest::columns(kind).0)
}

/// The name of a file as people know it, without a path and what no name has.
fn file_name(given: &str) -> String {
    let name = given.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = name.chars().filter(|c| !c.is_control()).take(120).collect();
    if name.trim().is_empty() { "plik".to_owned() } else { name.trim().to_owned() }
}

#[derive(Template)]
#[template(path = "intake/file.html")]
struct FilePage {
    page: Page,
    file: File,
    kind: String,
    form: FormView,
    rows: Vec<Row>,
    sources: Vec<String>,
    shown: Option<Shown>,
}

impl FilePage {
    fn look(&self) -> Look {
        self.file.look.clone().unwrap_or_default()
    }

    /// Columns of the file: number and name.
    fn theirs(&self) -> Vec<(String, String)> {
        let columns = self.file.look.iter().flat_map(|look| &look.columns).enumerate();
        columns.map(|(at, name)| (at.to_string(), name.clone())).collect()
    }

    fn say(&self, english: &str) -> String {
        say(self.page.lang, english).into_owned()
    }

    /// Words of the steps, and whether each is behind, now, or ahead.
    fn steps(&self) -> Vec<(String, &'static str)> {
        let place = |at: usize| match at.cmp(&self.file.state.step()) {
            Ordering::Less => "behind",
            Ordering::Equal => "now",
            Ordering::Greater => "ahead",
        };
        let steps = ["file", "columns", "preview", "done"].into_iter().enumerate();
        steps.map(|(at, step)| (self.page.code("intake-step", step), place(at))).collect()
    }

    /// Words with a number of rows in them.
    fn rows_words(&self, key: &str, rows: &usize) -> String {
        self.page.n(key, &count(*rows))
    }

    fn rows_in_file(&self) -> String {
        self.page.n("intake-rows", &i64::try_from(self.look().rows).unwrap_or(i64::MAX))
    }

    /// Changes that the import makes.
    fn written(&self, report: &Report) -> i64 {
        count(report.inserted + report.updated) + i64::try_from(report.deleted).unwrap_or(0)
    }

    /// Words with the number of these changes in them.
    fn written_words(&self, key: &str, report: &Report) -> String {
        self.page.n(key, &self.written(report))
    }

    /// Numbers of a report: key of the words, number, icon.
    fn numbers(&self, report: &Report) -> Vec<(&'static str, i64, &'static str)> {
        let refused = i64::try_from(report.refused_rows).unwrap_or(i64::MAX);
        let deleted = i64::try_from(report.deleted).unwrap_or(i64::MAX);
        let all = [
            ("intake-new", count(report.inserted), "plus"),
            ("intake-changed", count(report.updated), "pencil"),
            ("intake-unchanged", count(report.unchanged), "check"),
            ("intake-deleted", deleted, "trash-2"),
            ("intake-kept", count(report.kept), "lock"),
            ("intake-refused", refused, "circle-alert"),
        ];
        // What is nearly always zero is said only where it is not.
        all.into_iter().filter(|(key, n, _)| *n > 0 || !matches!(*key, "intake-deleted" | "intake-kept")).collect()
    }

    /// How sure the places of the rows are, in one sentence; empty where all were given.
    fn places(&self, report: &Report) -> String {
        if report.located.iter().all(|(quality, _)| quality == "given") {
            return String::new();
        }
        let words = |(quality, rows): &(String, usize)| {
            format!("{} – {}", self.page.code("intake-place", quality), self.page.lang.integer(count(*rows)))
        };
        report.located.iter().map(words).collect::<Vec<_>>().join(", ")
    }

    /// List of the records, on the site; empty where there is none.
    fn records(&self) -> &'static str {
        match self.file.kind.as_str() {
            "organisations" => "/organizacje",
            "support" => "/wsparcie",
            "premises" | "premises-periods" => "/lokale",
            "offers" => "/oferty",
            "demand" => "/zapotrzebowanie",
            "equipment" => "/sprzet",
            _ => "",
        }
    }

    /// Whether the map of changes has anything to show.
    fn has_places(&self, report: &Report) -> bool {
        report.changes.iter().any(|change| change.location.is_some())
    }

    fn list_link(&self, list: &results::List) -> String {
        format!("?lista={}#lista", list.name())
    }

    fn page_link(&self, number: &i64) -> String {
        let list = self.shown.as_ref().map_or("", |shown| shown.list.name());
        format!("?lista={list}&page={number}#lista")
    }
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

async fn file(app: &App, id: i64) -> Result<File> {
    let missing = || Error::NotFound("there is no such import".to_owned());
    queries::file(&app.pool, id).await?.ok_or_else(missing)
}

fn kind_of(file: &File) -> Result<Kind> {
    Kind::of(&file.kind).ok_or_else(|| Error::internal(format!("unknown kind {}", file.kind)))
}

fn mapping_from(file: &File) -> Result<Mapping> {
    mapping_of(kind_of(file)?, file.mapping.as_bytes()).map_err(Error::internal)
}

/// `GET /urzad/import/{id}`: what the file waits for.
async fn page_of(AppState(app): AppState<App>, page: Page, Path(id): Path<i64>) -> Result<Response> {
    let file = file(&app, id).await?;
    let form = match file.state {
        State::Mapping => settings_form(&file)?.view(),
        _ => FormView::default(),
    };
    let mapping = if file.mapping.is_empty() { Mapping::default() } else { mapping_from(&file)? };
    show(&app, page, file, &mapping, form, StatusCode::OK).await
}

async fn show(
    app: &App,
    page: Page,
    file: File,
    mapping: &Mapping,
    form: FormView,
    status: StatusCode,
) -> Result<Response> {
    let mut rows = Vec::new();
    let mut sources = Vec::new();
    if let (State::Mapping, Some(look)) = (file.state, &file.look) {
        rows = columns::rows(&page, kind_of(&file)?, look, mapping);
        sources = queries::sources(&app.pool, &file.kind, file.teryt.as_deref().unwrap_or_default()).await?;
    }
    let shown = match &file.report {
        Some(report) if !file.state.is_at_work() => results::shown(&page, report)?,
        _ => None,
    };
    let kind = page.code("import-kind", &file.kind);
    form_page(status, &page.clone(), &FilePage { page, file, kind, form, rows, sources, shown })
}

/// What was said about the file, as its form has it.
fn settings_form(file: &File) -> Result<Form> {
    let mapping = if file.mapping.is_empty() { Mapping::default() } else { mapping_from(file)? };
    let Settings { hints, mode, merge_duplicates, overwrite_edited } = &file.settings;
    let source = match mapping.constant("source") {
        "" => usual_source(&file.file_name),
        source => source.to_owned(),
    };
    Ok(Form::of([
        ("source", source),
        ("encoding", hints.encoding.clone().unwrap_or_default()),
        ("layer", hints.layer.clone().unwrap_or_default()),
        ("srid", hints.srid.map_or_else(String::new, |srid| srid.to_string())),
        ("mode", if *mode == Mode::Replace { "replace" } else { "upsert" }.to_owned()),
        ("merge_duplicates", merge_duplicates.to_string()),
        ("overwrite_edited", overwrite_edited.to_string()),
    ]))
}

/// A name for where the rows come from that a newer file of the same register has, too: without endings, days and numbers.
fn usual_source(file_name: &str) -> String {
    let stem = file_name.rsplit_once('.').map_or(file_name, |(stem, _)| stem);
    let name = stem.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '-' | '_' | '.' | ' ' | '(' | ')'));
    if name.is_empty() { stem.to_owned() } else { name.to_owned() }
}

/// Encodings that can be chosen.
const ENCODINGS: [&str; 4] = ["UTF-8", "Windows-1250", "ISO-8859-2", "UTF-16LE"];

fn hints(check: &mut Check<'_>, form: &Form, before: &Hints) -> Hints {
    let encoding = match form.value("encoding") {
        "" => None,
        _ => Some(check.choice("encoding", &ENCODINGS).to_owned()),
    };
    let layer = check.line("layer", 0..=120);
    let srid = check.integer("srid", 1..=999_999);
    Hints { encoding, srid, layer: Some(layer).filter(|layer| !layer.is_empty()), ..before.clone() }
}

/// `POST /urzad/import/{id}/odczyt`: reads the file again, as somebody says it is to be read.
async fn read_again(post: Post) -> Result<Response> {
    let viewer = post.viewer()?;
    let file = file(&post.app, post.owned.id).await?;
    let mut check = post.form.check(post.page.lang);
    let hints = hints(&mut check, &post.form, &file.settings.hints);
    if let Err(form) = check.finish() {
        let mapping = mapping_from(&file).unwrap_or_default();
        return show(&post.app, post.page, file, &mapping, form, StatusCode::UNPROCESSABLE_ENTITY).await;
    }
    let settings = Settings { hints, ..file.settings };
    let step = (State::Mapping, State::Reading);
    queries::ask(&post.app.pool, file.id, step, viewer.account_id, &settings, "").await?;
    post.app.intake.notify_one();
    Ok(Post::see(&path(file.id)))
}

/// `POST /urzad/import/{id}/kolumny`: tries the file with these columns.
async fn match_columns(post: Post) -> Result<Response> {
    let viewer = post.viewer()?;
    let mut file = file(&post.app, post.owned.id).await?;
    let (State::Mapping, Some(look)) = (file.state, &file.look) else { return Ok(Post::see(&path(file.id))) };
    let kind = kind_of(&file)?;
    let mut check = post.form.check(post.page.lang);
    let hints = hints(&mut check, &post.form, &file.settings.hints);
    let mut mapping = columns::read(&mut check, &post.form, kind, look, &mapping_from(&file)?);
    if kind.is_of_municipality() && mapping.theirs("source").is_empty() {
        mapping.set_constant("source", &check.line("source", 1..=80));
    }
    let given = |column: &str| !mapping.theirs(column).is_empty();
    if hints.srid.is_none() && (look.needs_srid || given("x") || given("y")) {
        check.fail("srid", "intake-srid-needed");
    }
    let mode = check.choice("mode", &["upsert", "replace"]);
    let settings = Settings {
        hints,
        mode: if mode == "replace" { Mode::Replace } else { Mode::Upsert },
        merge_duplicates: check.flag("merge_duplicates"),
        overwrite_edited: check.flag("overwrite_edited"),
    };
    if let Err(form) = check.finish() {
        file.problem.clear();
        return show(&post.app, post.page, file, &mapping, form, StatusCode::UNPROCESSABLE_ENTITY).await;
    }
    mapping.file = settings.hints.clone();
    let step = (State::Mapping, State::Checking);
    queries::ask(&post.app.pool, file.id, step, viewer.account_id, &settings, &mapping.to_toml()).await?;
    post.app.intake.notify_one();
    Ok(Post::see(&path(file.id)))
}

/// `POST /urzad/import/{id}/wroc`: from the preview to the columns.
async fn back(post: Post) -> Result<Response> {
    let viewer = post.viewer()?;
    let file = file(&post.app, post.owned.id).await?;
    let step = (State::Checked, State::Mapping);
    queries::ask(&post.app.pool, file.id, step, viewer.account_id, &file.settings, &file.mapping).await?;
    Ok(Post::see(&path(file.id)))
}

/// `POST /urzad/import/{id}/zapisz`: the yes.
async fn write(post: Post) -> Result<Response> {
    let viewer = post.viewer()?;
    let file = file(&post.app, post.owned.id).await?;
    let step = (State::Checked, State::Importing);
    queries::ask(&post.app.pool, file.id, step, viewer.account_id, &file.settings, &file.mapping).await?;
    post.app.intake.notify_one();
    Ok(Post::see(&path(file.id)))
}

/// `POST /urzad/import/{id}/usun`: throws a file away that was not imported.
async fn delete(post: Post) -> Result<Response> {
    if queries::delete(&post.app.pool, post.owned.id).await? {
        Ok(Post::see("/urzad/import?usunieto=1"))
    } else {
        // It is being worked on, or was imported meanwhile: its page says so.
        Ok(Post::see(&path(post.owned.id)))
    }
}

/// A file to be saved under a name.
fn save_as(name: &str, content_type: &'static str, bytes: Vec<u8>) -> Result<Response> {
    let encoded: String = form_urlencoded::byte_serialize(name.as_bytes()).collect();
    let disposition = format!("attachment; filename*=UTF-8''{}", encoded.replace('+', "%20"));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(content_type)),
        (header::CONTENT_DISPOSITION, HeaderValue::try_from(disposition).map_err(Error::internal)?),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
    ];
    Ok((headers, bytes).into_response())
}

fn stem(file_name: &str) -> &str {
    file_name.rsplit_once('.').map_or(file_name, |(stem, _)| stem)
}

/// `GET /urzad/import/{id}/mapowanie.toml`: for the next file, and for `pestor import --mapping`.
async fn mapping_file(AppState(app): AppState<App>, Path(id): Path<i64>) -> Result<Response> {
    let file = file(&app, id).await?;
    if file.mapping.is_empty() {
        return Err(Error::NotFound("the file was not read yet".to_owned()));
    }
    save_as(&format!("{}.toml", stem(&file.file_name)), "application/toml; charset=utf-8", file.mapping.into_bytes())
}

/// `GET /urzad/import/{id}/odrzucone.csv`: refused rows, to be corrected and sent again.
async fn refused_file(AppState(app): AppState<App>, Path(id): Path<i64>) -> Result<Response> {
    let missing = || Error::NotFound("no row was refused".to_owned());
    let (name, bytes) = queries::refused(&app.pool, id).await?.ok_or_else(missing)?;
    save_as(&format!("{}-odrzucone.csv", stem(&name)), "text/csv; charset=utf-8", bytes)
}

/// `GET /urzad/import/{id}/miejsca.geojson`: where what would change stands, for the map beside the preview.
async fn places(AppState(app): AppState<App>, Path(id): Path<i64>) -> Result<Response> {
    let file = file(&app, id).await?;
    let changes = file.report.map(|report| report.changes).unwrap_or_default();
    let features = changes.iter().filter_map(|change| {
        let location = change.location?;
        let what = match change.what {
            What::New => "new",
            What::Changed => "changed",
            What::Deleted => "deleted",
        };
        Some(json!({
            "type": "Feature",
            "geometry": { "type": "Point", "coordinates": location },
            "properties": { "what": what, "name": change.name },
        }))
    });
    let all = json!({ "type": "FeatureCollection", "features": features.collect::<Vec<_>>() });
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/geo+json")),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
    ];
    Ok((headers, all.to_string()).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_keeps_its_name_from_year_to_year() {
        for (file, source) in [
            ("lokale_2026-11.csv", "lokale"),
            ("NGO Toruń (2).xlsx", "NGO Toruń"),
            ("rejestr.geojson", "rejestr"),
            ("2026.csv", "2026"),
        ] {
            assert_eq!(usual_source(file), source);
        }
    }

    #[test]
    fn names_of_files_are_only_names() {
        assert_eq!(file_name("C:\\dane\\lokale.csv"), "lokale.csv");
        assert_eq!(file_name("../../etc/passwd"), "passwd");
        assert_eq!(file_name("a\r\nb\u{0}.csv"), "ab.csv");
        assert_eq!(file_name("/"), "plik");
    }
}
