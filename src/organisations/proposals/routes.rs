//! Proposing an organisation, and the page of a proposal. The form's address is not under `/organizacje`: an organisation of any
//! name may be there.

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::queries::{self, Proposal};
use super::{Duplicate, PROPOSAL};
use crate::access::{self, Owned, Post, Routes, Rule, Who};
use crate::app::App;
use crate::districts::queries as territory;
use crate::error::{Error, Result};
use crate::organisations::Preview;
use crate::organisations::profile::edit::located;
use crate::organisations::profile::{Choices, Profile, checked};
use crate::review;
use crate::web::{Form, FormView, Page, form_page};

/// Proposals that an account may make in a day.
const MOST_A_DAY: i32 = 5;

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/nowa-organizacja", Rule::SIGNED_IN, page)
        .post("/nowa-organizacja", Rule::SIGNED_IN, propose)
        .get("/nowa-organizacja/{id}", Rule::of(PROPOSAL, &[Who::Author, Who::Official]), detail)
        .post("/nowa-organizacja/{id}/wycofaj", Rule::of(PROPOSAL, &[Who::Author]), withdraw)
}

#[derive(Template)]
#[template(path = "organisations/propose.html")]
struct ProposePage {
    page: Page,
    form: FormView,
    choices: Choices,
    /// Codes and names of the municipalities; one needs no choice.
    municipalities: Vec<(String, String)>,
    bounds: [f64; 4],
    located: Option<&'static str>,
    preview: Option<Preview>,
    /// What the organisation may be already.
    duplicates: Vec<Duplicate>,
}

impl ProposePage {
    async fn of(app: &App, page: Page, form: FormView) -> Result<Self> {
        let all = territory::municipalities(&app.pool).await?;
        let bounds = match municipality(&page, form.value("municipality"), &all) {
            Some(id) => territory::bounds(&app.pool, id).await?,
            None => page.site.bounds,
        };
        Ok(Self {
            choices: Choices::of(&page),
            page,
            form,
            municipalities: all.into_iter().map(|(_, teryt, name)| (teryt, name)).collect(),
            bounds,
            located: None,
            preview: None,
            duplicates: Vec::new(),
        })
    }

    fn answer(self, status: StatusCode) -> Result<Response> {
        form_page(status, &self.page.clone(), &self)
    }

    fn headings(&self) -> (&'static str, &'static str) {
        ("h3", "h4")
    }

    /// True where an identifier is that of an organisation of the register: it cannot be another one.
    fn is_the_same(&self) -> bool {
        self.duplicates.iter().any(|one| !one.same.is_empty())
    }
}

/// The municipality that a form names by its code, or the one that the site is about.
fn municipality(page: &Page, code: &str, all: &[(i64, String, String)]) -> Option<i64> {
    let code = if code.is_empty() { page.site.teryt.as_str() } else { code };
    all.iter().find(|(_, teryt, _)| teryt == code).map(|(id, ..)| *id)
}

/// `GET /nowa-organizacja`
async fn page(State(app): State<App>, page: Page) -> Result<Response> {
    let profile = Profile { city: page.site.municipality.clone(), ..Profile::default() };
    let form = profile.form().with("municipality", page.site.teryt.clone());
    let form = form.with("name", page.params.one("nazwa")?.unwrap_or_default().to_owned());
    ProposePage::of(&app, page, form.view()).await?.answer(StatusCode::OK)
}

/// `POST /nowa-organizacja`: looks for the address, shows how it would be, asks about duplicates, or keeps the proposal.
async fn propose(post: Post) -> Result<Response> {
    let viewer = post.viewer()?;
    let Post { app, page, form, .. } = &post;
    let all = territory::municipalities(&app.pool).await?;
    let Some(municipality_id) = municipality(page, form.value("municipality"), &all) else {
        let form = form.view().with_error("municipality", page.t("form-error-choice"));
        return again(app, page, form).await?.answer(StatusCode::UNPROCESSABLE_ENTITY);
    };
    if form.value("action") == "find" {
        let (form, located) = located(app, form, municipality_id).await?;
        return ProposePage { located: Some(located), ..again(app, page, form.view()).await? }.answer(StatusCode::OK);
    }
    let mut position = String::new();
    let also = |check: &mut crate::web::Check<'_>| {
        position = check.line("position", 2..=120);
        if viewer.is_office() {
            check.fail("position", "claim-office");
        }
    };
    let profile = match checked(&app.pool, page, form, municipality_id, None, also).await? {
        Ok(profile) => profile,
        Err(form) => return again(app, page, form).await?.answer(StatusCode::UNPROCESSABLE_ENTITY),
    };
    if form.value("action") == "preview" {
        let preview = Preview::of(page, profile.shown(0, "", municipality_id));
        let page = again(app, page, form.view()).await?;
        return ProposePage { preview: Some(preview), ..page }.answer(StatusCode::OK);
    }
    let duplicates = queries::duplicates(&app.pool, municipality_id, &profile).await?;
    let the_same = duplicates.iter().any(|one| !one.same.is_empty());
    if the_same || !duplicates.is_empty() && form.value("action") != "none_of_these" {
        return ProposePage { duplicates, ..again(app, page, form.view()).await? }.answer(StatusCode::CONFLICT);
    }
    access::queries::throttle(&app.pool, &format!("proposal by {}", viewer.account_id), MOST_A_DAY, 86_400).await?;
    keep(&post, form, municipality_id, &position, &profile).await
}

async fn again(app: &App, page: &Page, form: FormView) -> Result<ProposePage> {
    ProposePage::of(app, page.clone(), form).await
}

/// Keeps a proposal and puts it into the queue.
async fn keep(post: &Post, form: &Form, municipality_id: i64, position: &str, profile: &Profile) -> Result<Response> {
    let viewer = post.viewer()?;
    let key = form.value("form_key");
    if key.is_empty() {
        return Err(Error::BadForm("the form has no key".to_owned()));
    }
    let mut tx = access::queries::begin_as(&post.app.pool, &viewer).await?;
    let location = "/moja-organizacja";
    if let Some(location) = access::queries::taken_before(&mut tx, key, viewer.account_id, location).await? {
        return Ok(Post::see(&location));
    }
    let id = queries::make(&mut tx, municipality_id, viewer.account_id, position, profile).await?;
    let open = review::Open {
        municipality_id: Some(municipality_id),
        kind: "organisation",
        thing: "organisation",
        thing_id: id,
        author_id: viewer.account_id,
        note: position,
    };
    review::queries::open(&mut tx, &open).await?;
    tx.commit().await?;
    Ok(Post::see(location))
}

#[derive(Template)]
#[template(path = "organisations/proposal.html")]
struct ProposalPage {
    page: Page,
    id: i64,
    proposal: Proposal,
    preview: Preview,
    duplicates: Vec<Duplicate>,
}

impl ProposalPage {
    fn headings(&self) -> (&'static str, &'static str) {
        ("h2", "h3")
    }

    /// True for who proposed it.
    fn is_mine(&self) -> bool {
        self.page.viewer.as_ref().is_some_and(|viewer| viewer.account_id == self.proposal.account_id)
    }
}

/// `GET /nowa-organizacja/{id}`
async fn detail(State(app): State<App>, page: Page, Extension(owned): Extension<Owned>) -> Result<Response> {
    let proposal = queries::detail(&app.pool, owned.id).await?;
    let duplicates = match proposal.state.as_str() {
        "open" => queries::duplicates(&app.pool, proposal.municipality_id, &proposal.profile).await?,
        _ => Vec::new(),
    };
    let preview = Preview::of(&page, proposal.profile.shown(0, "", proposal.municipality_id));
    let page = ProposalPage { page, id: owned.id, proposal, preview, duplicates };
    form_page(StatusCode::OK, &page.page.clone(), &page)
}

/// `POST /nowa-organizacja/{id}/wycofaj`
async fn withdraw(post: Post) -> Result<Response> {
    let viewer = post.viewer()?;
    let mut tx = access::queries::begin_as(&post.app.pool, &viewer).await?;
    if queries::withdraw(&mut tx, post.owned.id).await? {
        review::queries::withdraw(&mut tx, "organisation", post.owned.id).await?;
    }
    tx.commit().await?;
    Ok(Post::see("/moja-organizacja"))
}
