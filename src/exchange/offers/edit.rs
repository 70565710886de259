//! Forms of offers: a new one, changing one, and its states from draft to archive.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::form::{self, Choices, Draft};
use super::{OFFER, Offer, queries, step};
use crate::access::queries::{begin_as, taken_before, throttle};
use crate::access::{Post, Routes, Rule, Viewer, Who};
use crate::app::App;
use crate::error::{Error, Result};
use crate::exchange::manage::{DESK, back, form_key};
use crate::exchange::photos::{self, Picked};
use crate::review;
use crate::web::{Form, FormView, Page, form_page};

/// New offers of one account in a day.
const MOST_IN_A_DAY: i32 = 60;

/// Routes that change offers. Whose the organisation of a new one is, the handler asks.
pub fn routes() -> Routes {
    const MINE: Rule = Rule::of(OFFER, &[Who::Representative, Who::Official]);
    Routes::new()
        .get("/oferty/nowa", Rule::SIGNED_IN, empty)
        .post("/oferty/nowa", Rule::SIGNED_IN, create)
        .get("/oferty/{slug}/edytuj", MINE, edit)
        .post("/oferty/{slug}/edytuj", MINE, update)
        .post("/oferty/{slug}/stan", MINE, change_state)
}

#[derive(Template)]
#[template(path = "exchange/offer_form.html")]
struct FormPage {
    page: Page,
    form: FormView,
    /// The offer that is changed, as it is now; none of a new one.
    offer: Option<Offer>,
    /// True when it is not what the writer began with.
    changed: bool,
    /// Whose a new offer may be: slug and name.
    organisations: Vec<(String, String)>,
    choices: Choices,
    photos: Vec<Picked>,
}

impl FormPage {
    fn of_new(page: Page, form: FormView, choices: Choices, photos: Vec<Picked>) -> Self {
        let mine = page.viewer.iter().flat_map(|viewer| &viewer.organisations);
        let organisations = mine.map(|one| (one.slug.clone(), one.name.clone())).collect();
        Self { page, form, offer: None, changed: false, organisations, choices, photos }
    }

    fn action(&self) -> String {
        match &self.offer {
            Some(offer) => format!("/oferty/{}/edytuj", offer.slug),
            None => "/oferty/nowa".to_owned(),
        }
    }

    fn slots(&self) -> Vec<String> {
        photos::slots(self.photos.len())
    }

    /// Pairs of a code and its words.
    fn words(&self, prefix: &str, codes: &[&str]) -> Vec<(String, String)> {
        codes.iter().map(|code| ((*code).to_owned(), self.page.code(prefix, code))).collect()
    }

    fn respond(&self, status: StatusCode) -> Result<Response> {
        form_page(status, &self.page, self)
    }
}

/// `GET /oferty/nowa`
async fn empty(State(app): State<App>, page: Page) -> Result<Response> {
    let viewer = page.viewer.clone().ok_or(Error::SignIn)?;
    let first = viewer.organisations.first();
    let choices = Choices::of(&app, page.lang, first.map(|one| one.municipality_id)).await?;
    let form = Form::of([
        ("organisation", first.map(|one| one.slug.clone()).unwrap_or_default()),
        ("price_kind", "fixed".to_owned()),
        ("delivery_kind", "town".to_owned()),
    ]);
    FormPage::of_new(page, form.view(), choices, Vec::new()).respond(StatusCode::OK)
}

/// `POST /oferty/nowa`
async fn create(post: Post) -> Result<Response> {
    let viewer = post.viewer()?;
    let lang = post.page.lang;
    if viewer.organisations.is_empty() {
        // The page says what to do first.
        let (form, choices) = (post.form.view(), Choices::default());
        return FormPage::of_new(post.page, form, choices, Vec::new()).respond(StatusCode::UNPROCESSABLE_ENTITY);
    }
    let key = form_key(&post)?;
    let mut check = post.form.check(lang);
    let mine: Vec<&str> = viewer.organisations.iter().map(|one| one.slug.as_str()).collect();
    let chosen = check.choice("organisation", &mine);
    let organisation = viewer.organisations.iter().find(|one| one.slug == chosen);
    let choices = Choices::of(&post.app, lang, organisation.map(|one| one.municipality_id)).await?;
    let draft = form::read(&post, &mut check, &choices, &[]).await?;
    let organisation = match (check.finish(), organisation) {
        (Ok(()), Some(organisation)) => organisation,
        (checked, _) => {
            let view = checked.err().unwrap_or_else(|| post.form.view());
            return FormPage::of_new(post.page, view, choices, draft.photos).respond(StatusCode::UNPROCESSABLE_ENTITY);
        }
    };
    throttle(&post.app.pool, &format!("offer:{}", viewer.account_id), MOST_IN_A_DAY, 86_400).await?;
    let mut tx = begin_as(&post.app.pool, &viewer).await?;
    let (id, slug) = queries::insert(&mut tx, organisation.id, viewer.account_id, &draft).await?;
    let path = format!("/oferty/{slug}");
    if let Some(before) = taken_before(&mut tx, key, viewer.account_id, &path).await? {
        return Ok(Post::see(&before));
    }
    if post.form.value("do") == "publish" {
        queries::set_state(&mut tx, id, "draft", "published").await?;
        first_post(&mut tx, &viewer, organisation.municipality_id, id).await?;
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
        thing: "offer",
        thing_id: id,
        author_id: viewer.account_id,
        note: "",
    };
    review::queries::open(tx, &open).await
}

/// The offer of a path that this viewer may change: an official leaves the drafts of organisations to them.
async fn changeable(app: &App, page: &Page, slug: &str) -> Result<Offer> {
    let offer = queries::detail(&app.pool, page.lang, slug).await?;
    offer
        .filter(|offer| offer.manage(page).is_some())
        .ok_or_else(|| Error::NotFound("there is no such offer".to_owned()))
}

/// `GET /oferty/{slug}/edytuj`
async fn edit(State(app): State<App>, page: Page, Path(slug): Path<String>) -> Result<Response> {
    let offer = changeable(&app, &page, &slug).await?;
    let choices = Choices::of(&app, page.lang, Some(offer.municipality_id)).await?;
    let photos = queries::photos(&app.pool, offer.id).await?;
    let form = form::filled(&offer).view();
    let organisations = Vec::new();
    FormPage { page, form, offer: Some(offer), changed: false, organisations, choices, photos }.respond(StatusCode::OK)
}

/// `POST /oferty/{slug}/edytuj`
async fn update(post: Post) -> Result<Response> {
    let viewer = post.viewer()?;
    let offer = changeable(&post.app, &post.page, &post.path[0]).await?;
    let choices = Choices::of(&post.app, post.page.lang, Some(offer.municipality_id)).await?;
    let attached: Vec<i64> =
        queries::photos(&post.app.pool, offer.id).await?.into_iter().map(|photo| photo.media_id).collect();
    let mut check = post.form.check(post.page.lang);
    let draft = form::read(&post, &mut check, &choices, &attached).await?;
    let version = check.integer("version", 1..=i32::MAX).unwrap_or(0);
    if let Err(form) = check.finish() {
        return again(post, form, offer, choices, draft, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let mut tx = begin_as(&post.app.pool, &viewer).await?;
    if queries::update(&mut tx, offer.id, version, &draft).await? {
        tx.commit().await?;
        return Ok(Post::see(&format!("/oferty/{}", offer.slug)));
    }
    tx.rollback().await?;
    let now = changeable(&post.app, &post.page, &offer.slug).await?;
    let form = post.form.view().with_error("name", post.page.t("form-error-changed"));
    again(post, form, now, choices, draft, StatusCode::CONFLICT)
}

fn again(
    post: Post,
    form: FormView,
    offer: Offer,
    choices: Choices,
    draft: Draft,
    status: StatusCode,
) -> Result<Response> {
    FormPage {
        page: post.page,
        form,
        offer: Some(offer),
        changed: status == StatusCode::CONFLICT,
        organisations: Vec::new(),
        choices,
        photos: draft.photos,
    }
    .respond(status)
}

/// `POST /oferty/{slug}/stan`
async fn change_state(post: Post) -> Result<Response> {
    let viewer = post.viewer()?;
    let offer = changeable(&post.app, &post.page, &post.path[0]).await?;
    let path = format!("/oferty/{}", offer.slug);
    let action = post.form.value("do");
    let Some(to) = step(&offer.state, action, offer.hand(&viewer), offer.was_published) else {
        return Err(Error::Conflict(format!("an offer that is {} does not go through “{action}”", offer.state)));
    };
    let mut tx = begin_as(&post.app.pool, &viewer).await?;
    if to == "gone" {
        let gone = queries::delete_draft(&mut tx, offer.id).await?;
        tx.commit().await?;
        return Ok(Post::see(if gone { DESK } else { &path }));
    }
    // Where somebody was faster, the page shows what became of it.
    if queries::set_state(&mut tx, offer.id, &offer.state, to).await? && action == "publish" {
        first_post(&mut tx, &viewer, offer.municipality_id, offer.id).await?;
    }
    tx.commit().await?;
    Ok(Post::see(back(&post, &path)))
}
