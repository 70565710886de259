//! Forms of equipment: a new thing, changing one, and its states from draft to archive.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::form::{self, Draft};
use super::queries::{self, Updated};
use super::{EQUIPMENT, Equipment, MODES, step};
use crate::access::queries::{begin_as, taken_before, throttle};
use crate::access::{Post, Routes, Rule, Viewer, Who};
use crate::app::App;
use crate::error::{Error, Result};
use crate::exchange::manage::{DESK, back, form_key};
use crate::exchange::photos::{self, Picked};
use crate::exchange::queries::categories;
use crate::review;
use crate::web::{Form, FormView, Lang, Page, form_page};

/// New things of one account in a day.
const MOST_IN_A_DAY: i32 = 60;

/// Code of one's own unit in the form; no slug begins so.
const UNIT: &str = "-unit";

/// Routes that change equipment. Whose a new thing is, the handler asks.
pub fn routes() -> Routes {
    const MINE: Rule = Rule::of(EQUIPMENT, &[Who::Representative, Who::Official]);
    Routes::new()
        .get("/sprzet/nowy", Rule::SIGNED_IN, empty)
        .post("/sprzet/nowy", Rule::SIGNED_IN, create)
        .get("/sprzet/{slug}/edytuj", MINE, edit)
        .post("/sprzet/{slug}/edytuj", MINE, update)
        .post("/sprzet/{slug}/stan", MINE, change_state)
}

#[derive(Template)]
#[template(path = "exchange/equipment_form.html")]
struct FormPage {
    page: Page,
    form: FormView,
    /// The thing that is changed, as it is now; none of a new one.
    equipment: Option<Equipment>,
    /// True when it is not what the writer began with.
    changed: bool,
    /// Whose a new thing may be: code and name.
    owners: Vec<(String, String)>,
    categories: Vec<(String, String)>,
    photos: Vec<Picked>,
}

impl FormPage {
    fn action(&self) -> String {
        match &self.equipment {
            Some(thing) => format!("/sprzet/{}/edytuj", thing.slug),
            None => "/sprzet/nowy".to_owned(),
        }
    }

    fn slots(&self) -> Vec<String> {
        photos::slots(self.photos.len())
    }

    fn modes(&self) -> Vec<(String, String)> {
        MODES.iter().map(|code| ((*code).to_owned(), self.page.code("equipment-mode", code))).collect()
    }

    fn respond(&self, status: StatusCode) -> Result<Response> {
        form_page(status, &self.page, self)
    }
}

/// Whose a new thing of somebody may be: their organisations, and their unit.
pub(crate) fn owners(viewer: &Viewer) -> Vec<(String, String)> {
    let organisations = viewer.organisations.iter().map(|one| (one.slug.clone(), one.name.clone()));
    let unit = viewer.municipality_id.filter(|_| viewer.is_office() && !viewer.unit_name.is_empty());
    organisations.chain(unit.map(|_| (UNIT.to_owned(), viewer.unit_name.clone()))).collect()
}

async fn category_choices(app: &App, lang: Lang) -> Result<Vec<(String, String)>> {
    Ok(categories(&app.pool, lang).await?.into_iter().map(|category| (category.code, category.name)).collect())
}

/// `GET /sprzet/nowy`
async fn empty(State(app): State<App>, page: Page) -> Result<Response> {
    let viewer = page.viewer.clone().ok_or(Error::SignIn)?;
    let owners = owners(&viewer);
    let first = owners.first().map(|(code, _)| code.clone()).unwrap_or_default();
    let form = Form::of([("owner", first), ("mode", "lend".to_owned()), ("quantity", "1".to_owned())]).view();
    let categories = category_choices(&app, page.lang).await?;
    let photos = Vec::new();
    FormPage { page, form, equipment: None, changed: false, owners, categories, photos }.respond(StatusCode::OK)
}

/// `POST /sprzet/nowy`
async fn create(post: Post) -> Result<Response> {
    let viewer = post.viewer()?;
    let owners = owners(&viewer);
    if owners.is_empty() {
        return Err(Error::Forbidden("this account stands for no organisation and no unit".to_owned()));
    }
    let key = form_key(&post)?;
    let categories = category_choices(&post.app, post.page.lang).await?;
    let mut check = post.form.check(post.page.lang);
    let codes: Vec<&str> = owners.iter().map(|(code, _)| code.as_str()).collect();
    let owner = check.choice("owner", &codes);
    let draft = form::read(&post, &mut check, &categories, &[]).await?;
    let organisation = viewer.organisations.iter().find(|one| one.slug == owner);
    let municipality_id = organisation.map(|one| one.municipality_id).or(viewer.municipality_id);
    let municipality_id = match (check.finish(), municipality_id) {
        (Ok(()), Some(municipality_id)) => municipality_id,
        (checked, _) => {
            let form = checked.err().unwrap_or_else(|| post.form.view());
            let photos = draft.photos;
            let page = FormPage { page: post.page, form, equipment: None, changed: false, owners, categories, photos };
            return page.respond(StatusCode::UNPROCESSABLE_ENTITY);
        }
    };
    throttle(&post.app.pool, &format!("equipment:{}", viewer.account_id), MOST_IN_A_DAY, 86_400).await?;
    let mut tx = begin_as(&post.app.pool, &viewer).await?;
    let unit = if organisation.is_none() { viewer.unit_name.as_str() } else { "" };
    let organisation_id = organisation.map(|one| one.id);
    let (id, slug) =
        queries::insert(&mut tx, municipality_id, organisation_id, unit, viewer.account_id, &draft).await?;
    let path = format!("/sprzet/{slug}");
    if let Some(before) = taken_before(&mut tx, key, viewer.account_id, &path).await? {
        return Ok(Post::see(&before));
    }
    if post.form.value("do") == "publish" {
        queries::set_state(&mut tx, id, "draft", "published").await?;
        first_post(&mut tx, &viewer, municipality_id, id).await?;
    }
    tx.commit().await?;
    Ok(Post::see(&path))
}

/// What somebody posts for the first time is looked at afterwards.
async fn first_post(tx: &mut sqlx::PgConnection, viewer: &Viewer, municipality_id: i64, id: i64) -> Result<()> {
    if viewer.trusted || viewer.is_office() {
        return Ok(());
    }
    let open = review::Open {
        municipality_id: Some(municipality_id),
        kind: "first_post",
        thing: "equipment",
        thing_id: id,
        author_id: viewer.account_id,
        note: "",
    };
    review::queries::open(tx, &open).await
}

/// The thing of a path that this viewer may change: an official leaves the drafts of organisations to them.
async fn changeable(app: &App, page: &Page, slug: &str) -> Result<Equipment> {
    let thing = queries::detail(&app.pool, page.lang, slug).await?;
    thing
        .filter(|thing| thing.manage(page).is_some())
        .ok_or_else(|| Error::NotFound("there is no such equipment".to_owned()))
}

/// `GET /sprzet/{slug}/edytuj`
async fn edit(State(app): State<App>, page: Page, Path(slug): Path<String>) -> Result<Response> {
    let thing = changeable(&app, &page, &slug).await?;
    let categories = category_choices(&app, page.lang).await?;
    let photos = queries::photos(&app.pool, thing.id).await?;
    let form = form::filled(&thing).view();
    let owners = Vec::new();
    FormPage { page, form, equipment: Some(thing), changed: false, owners, categories, photos }.respond(StatusCode::OK)
}

/// `POST /sprzet/{slug}/edytuj`
async fn update(post: Post) -> Result<Response> {
    let viewer = post.viewer()?;
    let thing = changeable(&post.app, &post.page, &post.path[0]).await?;
    let categories = category_choices(&post.app, post.page.lang).await?;
    let attached: Vec<i64> =
        queries::photos(&post.app.pool, thing.id).await?.into_iter().map(|photo| photo.media_id).collect();
    let mut check = post.form.check(post.page.lang);
    let draft = form::read(&post, &mut check, &categories, &attached).await?;
    let version = check.integer("version", 1..=i32::MAX).unwrap_or(0);
    if let Err(form) = check.finish() {
        return again(post, form, thing, categories, draft, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let mut tx = begin_as(&post.app.pool, &viewer).await?;
    let updated = queries::update(&mut tx, thing.id, version, &draft).await?;
    if updated == Updated::Made {
        tx.commit().await?;
        return Ok(Post::see(&format!("/sprzet/{}", thing.slug)));
    }
    tx.rollback().await?;
    let (field, words, status) = match updated {
        Updated::Promised => ("quantity", "equipment-error-promised", StatusCode::UNPROCESSABLE_ENTITY),
        Updated::Awaited => ("mode", "equipment-error-awaited", StatusCode::UNPROCESSABLE_ENTITY),
        Updated::Made | Updated::Changed => ("name", "form-error-changed", StatusCode::CONFLICT),
    };
    let now = changeable(&post.app, &post.page, &thing.slug).await?;
    let form = post.form.view().with_error(field, post.page.t(words));
    again(post, form, now, categories, draft, status)
}

fn again(
    post: Post,
    form: FormView,
    thing: Equipment,
    categories: Vec<(String, String)>,
    draft: Draft,
    status: StatusCode,
) -> Result<Response> {
    let changed = status == StatusCode::CONFLICT;
    let (owners, photos) = (Vec::new(), draft.photos);
    FormPage { page: post.page, form, equipment: Some(thing), changed, owners, categories, photos }.respond(status)
}

/// `POST /sprzet/{slug}/stan`
async fn change_state(post: Post) -> Result<Response> {
    let viewer = post.viewer()?;
    let thing = changeable(&post.app, &post.page, &post.path[0]).await?;
    let path = format!("/sprzet/{}", thing.slug);
    let action = post.form.value("do");
    let Some(to) = step(&thing.state, action, thing.hand(&viewer), thing.was_published) else {
        return Err(Error::Forbidden(format!("equipment that is {} does not go through “{action}”", thing.state)));
    };
    let mut tx = begin_as(&post.app.pool, &viewer).await?;
    if to == "gone" {
        let gone = queries::delete_draft(&mut tx, thing.id).await?;
        tx.commit().await?;
        return Ok(Post::see(if gone { DESK } else { &path }));
    }
    // Where somebody was faster, the page shows what became of it.
    if queries::set_state(&mut tx, thing.id, &thing.state, to).await? && action == "publish" {
        first_post(&mut tx, &viewer, thing.municipality_id, thing.id).await?;
    }
    tx.commit().await?;
    Ok(Post::see(back(&post, &path)))
}
