//! Pages of saved searches: saving one, seeing and changing one's own.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use sqlx::PgPool;

use super::queries::{self, Search};
use super::{CONSENT, Kind, MOST_SEARCHES, RHYTHMS, Wanted};
use crate::access::{self, Post, Routes, Rule, Thing, Who};
use crate::accounts;
use crate::app::App;
use crate::error::{Error, Result};
use crate::web::fields::Chip;
use crate::web::{Form, FormView, Page, Params, form_page};

/// A saved search in the path of a route.
pub const SEARCH: Thing =
    Thing { name: "saved search", find: |pool, id| Box::pin(async move { queries::owned(&pool, &id).await }) };

/// Routes of saved searches.
pub fn routes() -> Routes {
    const OWN: Rule = Rule::of(SEARCH, &[Who::Author]);
    Routes::new()
        .get("/powiadomienia", Rule::SIGNED_IN, list)
        .post("/powiadomienia", Rule::SIGNED_IN, set_limit)
        .get("/powiadomienia/nowe", Rule::SIGNED_IN, new)
        .post("/powiadomienia/nowe", Rule::SIGNED_IN, save)
        .get("/powiadomienia/{id}", OWN, edit)
        .post("/powiadomienia/{id}", OWN, change)
        .post("/powiadomienia/{id}/wstrzymaj", OWN, pause)
        .post("/powiadomienia/{id}/wznow", OWN, resume)
        .post("/powiadomienia/{id}/usun", OWN, delete)
}

/// A search as the pages show it.
struct Shown {
    search: Search,
    chips: Vec<Chip>,
}

impl Shown {
    async fn of(pool: &PgPool, page: &Page, search: Search) -> Result<Self> {
        let chips = search.wanted.chips(pool, page).await?;
        Ok(Self { search, chips })
    }

    fn mark(&self) -> (&'static str, &'static str) {
        self.search.wanted.kind.mark()
    }

    fn kind(&self) -> &'static str {
        self.search.wanted.kind.code()
    }
}

/// When to be told, for a form.
fn rhythms(page: &Page) -> Vec<(String, String)> {
    RHYTHMS.map(|code| (code.to_owned(), page.code("rhythm", code))).to_vec()
}

#[derive(Template)]
#[template(path = "notices/list.html")]
struct ListPage {
    page: Page,
    searches: Vec<Shown>,
    mail_each: bool,
    saved: bool,
}

impl ListPage {
    fn kinds(&self) -> [Kind; 4] {
        Kind::ALL
    }
}

/// `GET /powiadomienia`
async fn list(State(app): State<App>, page: Page) -> Result<Response> {
    let viewer = page.viewer.clone().ok_or(Error::SignIn)?;
    let mut searches = Vec::new();
    for search in queries::searches(&app.pool, viewer.account_id).await? {
        searches.push(Shown::of(&app.pool, &page, search).await?);
    }
    let mail_each = queries::mails_each(&app.pool, viewer.account_id).await?;
    let saved = page.params.one("zapisano")?.is_some();
    form_page(StatusCode::OK, &page.clone(), &ListPage { page, searches, mail_each, saved })
}

/// `POST /powiadomienia`: at most one mail a day, or as many as there are.
async fn set_limit(post: Post) -> Result<Response> {
    let viewer = post.viewer()?;
    let mut transaction = access::queries::begin_as(&post.app.pool, &viewer).await?;
    queries::set_mails_each(&mut transaction, viewer.account_id, post.form.value("mail_each") == "true").await?;
    transaction.commit().await?;
    Ok(Post::see("/powiadomienia?zapisano=1"))
}

#[derive(Template)]
#[template(path = "notices/new.html")]
struct NewPage {
    page: Page,
    form: FormView,
    wanted: Wanted,
    chips: Vec<Chip>,
    /// How many things pass now.
    fitting: i64,
    mail_each: bool,
}

impl NewPage {
    fn rhythms(&self) -> Vec<(String, String)> {
        rhythms(&self.page)
    }

    fn kind(&self) -> &'static str {
        self.wanted.kind.code()
    }

    fn count(&self) -> String {
        self.page.n(&format!("{}-count", self.kind()), &self.fitting)
    }

    fn without(&self, chip: &Chip) -> String {
        let rest = if chip.without.is_empty() { "" } else { "&" };
        format!("/powiadomienia/nowe?rodzaj={}{rest}{}", self.wanted.kind.name(), chip.without)
    }
}

/// The list that a request names.
fn kind(name: Option<&str>) -> Result<Kind> {
    let known = Kind::ALL.map(Kind::name).join(", ");
    name.and_then(Kind::from_name).ok_or_else(|| Error::parameter("rodzaj", format!("is not one of {known}")))
}

/// `GET /powiadomienia/nowe?rodzaj=oferty&…`
async fn new(State(app): State<App>, page: Page) -> Result<Response> {
    let wanted = Wanted::parse(kind(page.params.one("rodzaj")?)?, &page.params)?;
    show_new(&app, page, wanted, None, StatusCode::OK).await
}

async fn show_new(
    app: &App,
    page: Page,
    wanted: Wanted,
    form: Option<FormView>,
    status: StatusCode,
) -> Result<Response> {
    let viewer = page.viewer.clone().ok_or(Error::SignIn)?;
    let fitting = fitting(app, &wanted).await?;
    let chips = wanted.chips(&app.pool, &page).await?;
    let mail_each = queries::mails_each(&app.pool, viewer.account_id).await?;
    let form = form.unwrap_or_else(|| {
        Form::of([("name", name(&page, wanted.kind, &chips)), ("rhythm", "daily".to_owned())]).view()
    });
    form_page(status, &page.clone(), &NewPage { page, form, wanted, chips, fitting, mail_each })
}

/// How many things pass today. Says what is wrong with filters whose values live in the database.
async fn fitting(app: &App, wanted: &Wanted) -> Result<i64> {
    let mut connection = app.pool.acquire().await?;
    let day = queries::day(&mut connection, queries::now(&app.pool).await?).await?;
    drop(connection);
    let ids = wanted.matching(&app.pool, day).await?;
    Ok(i64::try_from(ids.len()).unwrap_or(i64::MAX))
}

/// A name for a search: what it is about, and its filters.
fn name(page: &Page, kind: Kind, chips: &[Chip]) -> String {
    let title = page.t(&format!("{}-title", kind.code()));
    let filters: Vec<&str> = chips.iter().map(|chip| chip.label.as_str()).collect();
    let name = if filters.is_empty() { title } else { format!("{title}: {}", filters.join(", ")) };
    let name: String = name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if name.chars().count() <= 120 { name } else { format!("{}…", name.chars().take(119).collect::<String>()) }
}

/// `POST /powiadomienia/nowe`
async fn save(post: Post) -> Result<Response> {
    let viewer = post.viewer()?;
    let form = &post.form;
    let wanted = Wanted::parse(kind(Some(form.value("rodzaj")))?, &Params::parse(form.value("filtry")))?;
    // A filter that names nothing is refused here; the same query told of it when the form was shown.
    fitting(&post.app, &wanted).await?;
    let mut check = form.check(post.page.lang);
    let name = check.line("name", 1..=120);
    let rhythm = check.choice("rhythm", &RHYTHMS);
    if let Err(form) = check.finish() {
        return show_new(&post.app, post.page, wanted, Some(form), StatusCode::UNPROCESSABLE_ENTITY).await;
    }
    let now = queries::now(&post.app.pool).await?;
    let mut transaction = access::queries::begin_as(&post.app.pool, &viewer).await?;
    let count = queries::count_searches(&mut transaction, viewer.account_id).await?;
    if count >= MOST_SEARCHES && !queries::has_search(&mut transaction, viewer.account_id, &wanted).await? {
        let form = post.form.view().with_error("name", post.page.n("notices-error-many", &MOST_SEARCHES));
        return show_new(&post.app, post.page, wanted, Some(form), StatusCode::UNPROCESSABLE_ENTITY).await;
    }
    queries::save(&mut transaction, viewer.account_id, &wanted, &name, rhythm, now).await?;
    agree(&mut transaction, viewer.account_id).await?;
    transaction.commit().await?;
    Ok(Post::see("/powiadomienia?zapisano=1"))
}

/// Whoever asks to be told agrees to it; noted once.
async fn agree(connection: &mut sqlx::PgConnection, account_id: i64) -> Result<()> {
    if !accounts::queries::consents(connection, account_id, CONSENT).await? {
        accounts::queries::consent(connection, account_id, CONSENT).await?;
    }
    Ok(())
}

#[derive(Template)]
#[template(path = "notices/edit.html")]
struct EditPage {
    page: Page,
    form: FormView,
    shown: Shown,
}

impl EditPage {
    fn rhythms(&self) -> Vec<(String, String)> {
        rhythms(&self.page)
    }
}

async fn show_edit(app: &App, page: Page, id: i64, form: Option<FormView>, status: StatusCode) -> Result<Response> {
    let missing = || Error::NotFound("there is no such saved search".to_owned());
    let search = queries::search(&app.pool, id).await?.ok_or_else(missing)?;
    let form =
        form.unwrap_or_else(|| Form::of([("name", search.name.clone()), ("rhythm", search.rhythm.clone())]).view());
    let shown = Shown::of(&app.pool, &page, search).await?;
    form_page(status, &page.clone(), &EditPage { page, form, shown })
}

/// `GET /powiadomienia/{id}`
async fn edit(State(app): State<App>, page: Page, Path(id): Path<String>) -> Result<Response> {
    let id = id.parse().map_err(|_| Error::NotFound("there is no such saved search".to_owned()))?;
    show_edit(&app, page, id, None, StatusCode::OK).await
}

/// `POST /powiadomienia/{id}`: another name, another rhythm.
async fn change(post: Post) -> Result<Response> {
    let mut check = post.form.check(post.page.lang);
    let name = check.line("name", 1..=120);
    let rhythm = check.choice("rhythm", &RHYTHMS);
    if let Err(form) = check.finish() {
        return show_edit(&post.app, post.page, post.owned.id, Some(form), StatusCode::UNPROCESSABLE_ENTITY).await;
    }
    let mut connection = post.app.pool.acquire().await?;
    queries::change(&mut connection, post.owned.id, &name, rhythm).await?;
    Ok(Post::see("/powiadomienia?zapisano=1"))
}

/// `POST /powiadomienia/{id}/wstrzymaj`
async fn pause(post: Post) -> Result<Response> {
    let mut connection = post.app.pool.acquire().await?;
    queries::pause(&mut connection, post.owned.id).await?;
    Ok(Post::see("/powiadomienia?zapisano=1"))
}

/// `POST /powiadomienia/{id}/wznow`
async fn resume(post: Post) -> Result<Response> {
    let viewer = post.viewer()?;
    let now = queries::now(&post.app.pool).await?;
    let mut transaction = post.app.pool.begin().await?;
    queries::resume(&mut transaction, post.owned.id, now).await?;
    agree(&mut transaction, viewer.account_id).await?;
    transaction.commit().await?;
    Ok(Post::see("/powiadomienia?zapisano=1"))
}

/// `POST /powiadomienia/{id}/usun`
async fn delete(post: Post) -> Result<Response> {
    let mut connection = post.app.pool.acquire().await?;
    queries::delete(&mut connection, post.owned.id).await?;
    Ok(Post::see("/powiadomienia?zapisano=1"))
}
