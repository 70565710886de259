//! Finding one's organisation in the register, and claiming it.

use askama::Template;
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::queries::{self, Found, Mine, New};
use super::{CLAIM, REASON, letter_to_colleague, send};
use crate::access::{self, Owned, Post, Routes, Rule, Viewer, Who};
use crate::app::App;
use crate::error::{Error, Result};
use crate::organisations::proposals::queries::Mine as Proposal;
use crate::organisations::{ORGANISATION, Organisation, proposals};
use crate::review;
use crate::web::{FormView, Lang, Page, form_page};

/// Most organisations that a search shows.
const MOST_FOUND: i64 = 20;
/// Claims that an account may make in a day.
const MOST_A_DAY: i32 = 10;

pub(super) fn routes() -> Routes {
    let claim = Rule::of(ORGANISATION, &[Who::SignedIn]);
    Routes::new()
        .get("/moja-organizacja", Rule::ANYONE, find)
        .get("/organizacje/{slug}/przejmij", claim, page)
        .post("/organizacje/{slug}/przejmij", claim, make)
        .post("/przejecia/{id}/wycofaj", Rule::of(CLAIM, &[Who::Participant]), withdraw)
}

#[derive(Template)]
#[template(path = "organisations/find.html")]
struct FindPage {
    page: Page,
    q: String,
    /// What was found; nothing where nothing was looked for.
    found: Option<Vec<Found>>,
    /// There are more than are shown.
    more: bool,
    claims: Vec<Mine>,
    proposals: Vec<Proposal>,
}

impl FindPage {
    /// How many were found, in words.
    fn count(&self) -> String {
        let count = self.found.as_ref().map_or(0, Vec::len);
        self.page.n("find-count", &i64::try_from(count).unwrap_or(i64::MAX))
    }
}

/// `GET /moja-organizacja`
async fn find(State(app): State<App>, page: Page) -> Result<Response> {
    let q = page.params.one("q")?.unwrap_or_default().trim().to_owned();
    if q.chars().count() > 200 {
        return Err(Error::parameter("q", "is longer than 200 characters"));
    }
    let mut found = if q.is_empty() { None } else { Some(queries::find(&app.pool, &q, MOST_FOUND + 1).await?) };
    let more = found
        .as_mut()
        .is_some_and(|found| i64::try_from(found.len()).is_ok_and(|len| len > MOST_FOUND) && found.pop().is_some());
    let (claims, proposals) = match page.viewer.as_ref().filter(|viewer| viewer.pending.is_none()) {
        Some(viewer) => {
            let id = viewer.account_id;
            (queries::of_account(&app.pool, id).await?, proposals::queries::of_account(&app.pool, id).await?)
        }
        None => (Vec::new(), Vec::new()),
    };
    form_page(StatusCode::OK, &page.clone(), &FindPage { page, q, found, more, claims, proposals })
}

#[derive(Template)]
#[template(path = "organisations/claim.html")]
struct ClaimPage {
    page: Page,
    form: FormView,
    organisation: Organisation,
    /// Number of the claim that waits already.
    open: Option<i64>,
    /// Why this account cannot claim anything, where it cannot.
    office: bool,
}

impl ClaimPage {
    async fn of(app: &App, page: Page, form: FormView, owned: &Owned, slug: &str) -> Result<Self> {
        let organisation = crate::organisations::queries::detail(&app.pool, slug)
            .await?
            .ok_or_else(|| Error::NotFound("there is no such organisation".to_owned()))?;
        let viewer = page.viewer.clone().ok_or(Error::SignIn)?;
        let open = queries::open_of(&app.pool, viewer.account_id, owned.id).await?;
        Ok(Self { office: viewer.is_office(), page, form, organisation, open })
    }
}

/// Where somebody is led who represents the organisation already.
fn home(viewer: &Viewer, owned: &Owned, slug: &str) -> Option<Response> {
    viewer.represents(owned.id).then(|| Post::see(&format!("/organizacje/{slug}/zespol")))
}

/// `GET /organizacje/{slug}/przejmij`
async fn page(
    State(app): State<App>,
    page: Page,
    Path(slug): Path<String>,
    Extension(owned): Extension<Owned>,
) -> Result<Response> {
    if let Some(home) = page.viewer.as_ref().and_then(|viewer| home(viewer, &owned, &slug)) {
        return Ok(home);
    }
    let page = ClaimPage::of(&app, page, FormView::default(), &owned, &slug).await?;
    form_page(StatusCode::OK, &page.page.clone(), &page)
}

/// `POST /organizacje/{slug}/przejmij`
async fn make(post: Post) -> Result<Response> {
    let viewer = post.viewer()?;
    let slug = post.path.first().cloned().unwrap_or_default();
    if let Some(home) = home(&viewer, &post.owned, &slug) {
        return Ok(home);
    }
    let mut check = post.form.check(post.page.lang);
    let position = check.line("position", 2..=120);
    let reason = check.text("reason", REASON);
    if viewer.is_office() {
        check.fail("reason", "claim-office");
    }
    if let Err(form) = check.finish() {
        let page = ClaimPage::of(&post.app, post.page, form, &post.owned, &slug).await?;
        return form_page(StatusCode::UNPROCESSABLE_ENTITY, &page.page.clone(), &page);
    }
    access::queries::throttle(&post.app.pool, &format!("claim by {}", viewer.account_id), MOST_A_DAY, 86_400).await?;
    let new =
        New { account_id: viewer.account_id, organisation_id: post.owned.id, position: &position, reason: &reason };
    let mut tx = access::queries::begin_as(&post.app.pool, &viewer).await?;
    // Sent twice, it is one claim: an account has at most one open claim on an organisation.
    if let Some(id) = queries::make(&mut tx, new).await? {
        tell(&post, &mut tx, id, &slug, new).await?;
        tx.commit().await?;
    }
    Ok(Post::see("/moja-organizacja"))
}

/// Puts a claim into the queue, and tells the colleagues.
async fn tell(post: &Post, tx: &mut sqlx::PgConnection, id: i64, slug: &str, new: New<'_>) -> Result<()> {
    let open = review::Open {
        municipality_id: post.owned.municipality_id,
        kind: "claim",
        thing: "claim",
        thing_id: id,
        author_id: new.account_id,
        note: &format!("{}\n\n{}", new.position, new.reason),
    };
    review::queries::open(tx, &open).await?;
    let team = queries::team(&post.app.pool, new.organisation_id).await?;
    let (_, name) = crate::organisations::queries::slug_and_name(&post.app.pool, new.organisation_id).await?;
    for colleague in team {
        let lang = Lang::from_tag(&colleague.lang).unwrap_or_default();
        let letter = letter_to_colleague(&post.page, lang, &name, slug, new.position, new.reason);
        let key = format!("claim {id} to {}", colleague.account_id);
        send(tx, &post.app, &colleague.email, &letter, Some(&key)).await?;
    }
    Ok(())
}

/// `POST /przejecia/{id}/wycofaj`
async fn withdraw(post: Post) -> Result<Response> {
    let viewer = post.viewer()?;
    let mut tx = access::queries::begin_as(&post.app.pool, &viewer).await?;
    if queries::withdraw(&mut tx, post.owned.id).await? {
        review::queries::withdraw(&mut tx, "claim", post.owned.id).await?;
    }
    tx.commit().await?;
    Ok(Post::see("/moja-organizacja"))
}
