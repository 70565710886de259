//! Who represents an organisation: colleagues decide on claims, and remove who left.

use askama::Template;
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::queries::{self, Colleague, Removed, Waiting};
use super::{CLAIM, letter_of_decision, letter_of_removal, send};
use crate::access::{self, Owned, Post, Routes, Rule, Who};
use crate::app::App;
use crate::error::{Error, Result};
use crate::organisations::profile::edit::KEEPERS;
use crate::review;
use crate::web::{FormView, Lang, Page, form_page};

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/organizacje/{slug}/zespol", KEEPERS, page)
        .post("/organizacje/{slug}/zespol/usun", KEEPERS, remove)
        .post("/przejecia/{id}/decyzja", Rule::of(CLAIM, &[Who::Representative, Who::Official]), decide)
}

#[derive(Template)]
#[template(path = "organisations/team.html")]
struct TeamPage {
    page: Page,
    form: FormView,
    slug: String,
    name: String,
    team: Vec<Colleague>,
    waiting: Vec<Waiting>,
    /// The claim whose decision is to be corrected.
    about: Option<i64>,
}

impl TeamPage {
    async fn of(app: &App, page: Page, organisation_id: i64) -> Result<Self> {
        let (slug, name) = crate::organisations::queries::slug_and_name(&app.pool, organisation_id).await?;
        Ok(Self {
            page,
            form: FormView::default(),
            slug,
            name,
            team: queries::team(&app.pool, organisation_id).await?,
            waiting: queries::waiting(&app.pool, organisation_id).await?,
            about: None,
        })
    }

    fn answer(self, status: StatusCode) -> Result<Response> {
        form_page(status, &self.page.clone(), &self)
    }

    /// True for whoever looks.
    fn is_me(&self, account_id: &i64) -> bool {
        self.page.viewer.as_ref().is_some_and(|viewer| viewer.account_id == *account_id)
    }

    /// True for the claim that is to be corrected.
    fn is_about(&self, claim: &i64) -> bool {
        self.about == Some(*claim)
    }
}

/// `GET /organizacje/{slug}/zespol`
async fn page(
    State(app): State<App>,
    page: Page,
    Path(_): Path<String>,
    Extension(owned): Extension<Owned>,
) -> Result<Response> {
    TeamPage::of(&app, page, owned.id).await?.answer(StatusCode::OK)
}

/// `POST /przejecia/{id}/decyzja`: a yes, or a no with its reason, which the claimant is sent.
async fn decide(post: Post) -> Result<Response> {
    let viewer = post.viewer()?;
    let organisation_id = post.owned.organisation_id.unwrap_or_default();
    if post.owned.participants.contains(&viewer.account_id) {
        return Err(Error::Forbidden("nobody decides on their own claim".to_owned()));
    }
    let mut check = post.form.check(post.page.lang);
    let approved = check.choice("decision", &["approve", "refuse"]) == "approve";
    let reason = check.text("reason", if approved { 0..=1000 } else { 3..=1000 });
    if let Err(form) = check.finish() {
        let page = TeamPage::of(&post.app, post.page, organisation_id).await?;
        return TeamPage { form, about: Some(post.owned.id), ..page }.answer(StatusCode::UNPROCESSABLE_ENTITY);
    }
    let (app, id) = (&post.app, post.owned.id);
    let mut tx = access::queries::begin_as(&app.pool, &viewer).await?;
    let Some(decided) = queries::decide(&mut tx, id, approved, Some(viewer.account_id), &reason).await? else {
        drop(tx);
        let form = post.form.view().with_error("claims", post.page.t("team-decided-before"));
        let page = TeamPage::of(app, post.page, organisation_id).await?;
        return TeamPage { form, ..page }.answer(StatusCode::CONFLICT);
    };
    review::queries::close(&mut tx, "claim", id, viewer.account_id, approved, &reason).await?;
    let letter = letter_of_decision(&post.page, &decided, approved, &reason);
    send(&mut tx, app, &decided.email, &letter, Some(&format!("claim {id} decided"))).await?;
    tx.commit().await?;
    Ok(Post::see(&format!("/organizacje/{}/zespol", decided.slug)))
}

/// `POST /organizacje/{slug}/zespol/usun`: removes a colleague, or oneself.
async fn remove(post: Post) -> Result<Response> {
    let viewer = post.viewer()?;
    let (app, id) = (&post.app, post.owned.id);
    let account_id: i64 =
        post.form.value("account").parse().map_err(|_| Error::BadForm("there is no account".to_owned()))?;
    let page = TeamPage::of(app, post.page.clone(), id).await?;
    let mut tx = access::queries::begin_as(&app.pool, &viewer).await?;
    let last = post.form.check(post.page.lang).flag("last");
    match queries::remove(&mut tx, id, account_id, last).await? {
        Removed::Last => {
            drop(tx);
            let form = post.form.view().with_error("last", post.page.t("team-error-last"));
            return TeamPage { form, ..page }.answer(StatusCode::UNPROCESSABLE_ENTITY);
        }
        // Somebody else was faster.
        Removed::Absent => {}
        Removed::Done => {
            let gone = page.team.iter().find(|one| one.account_id == account_id && account_id != viewer.account_id);
            if let Some(gone) = gone {
                let lang = Lang::from_tag(&gone.lang).unwrap_or_default();
                let letter = letter_of_removal(&post.page, lang, &page.name, &page.slug);
                send(&mut tx, app, &gone.email, &letter, None).await?;
            }
            tx.commit().await?;
        }
    }
    let left = account_id == viewer.account_id && !viewer.is_official_of(post.owned.municipality_id);
    Ok(Post::see(&format!("/organizacje/{}{}", page.slug, if left { "" } else { "/zespol" })))
}
