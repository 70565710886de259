//! Forms of demand: a new one, changing one, and its states from draft to the end.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use sqlx::PgConnection;

use super::attachments::{self, Attached};
use super::form::{self, Choices};
use super::{DEMAND, Demand, matching, queries, step};
use crate::access::queries::{begin_as, taken_before, throttle};
use crate::access::{Post, Routes, Rule, Viewer, Who};
use crate::app::App;
use crate::error::{Error, Result};
use crate::exchange::manage::{DESK, back, form_key};
use crate::review;
use crate::web::{Form, FormView, Page, form_page};

/// New demands of one account in a day.
const MOST_IN_A_DAY: i32 = 30;

/// Routes that change demand. For whom a new one may be, the handler asks.
pub fn routes() -> Routes {
    const MINE: Rule = Rule::of(DEMAND, &[Who::Author, Who::Representative, Who::Official]);
    Routes::new()
        .get("/zapotrzebowanie/nowe", Rule::SIGNED_IN, empty)
        .post("/zapotrzebowanie/nowe", Rule::SIGNED_IN, create)
        .get("/zapotrzebowanie/{slug}/edytuj", MINE, edit)
        .post("/zapotrzebowanie/{slug}/edytuj", MINE, update)
        .post("/zapotrzebowanie/{slug}/stan", MINE, change_state)
}

#[derive(Template)]
#[template(path = "exchange/demand_form.html")]
struct FormPage {
    page: Page,
    form: FormView,
    /// The demand that is changed, as it is now; none of a new one.
    demand: Option<Demand>,
    /// True when it is not what the writer began with.
    changed: bool,
    choices: Choices,
    attachments: Vec<Attached>,
}

impl FormPage {
    fn action(&self) -> String {
        match &self.demand {
            Some(demand) => format!("/zapotrzebowanie/{}/edytuj", demand.slug),
            None => "/zapotrzebowanie/nowe".to_owned(),
        }
    }

    fn slots(&self) -> Vec<String> {
        attachments::slots(self.attachments.len())
    }

    /// True when what is published waits for a check first.
    fn is_checked(&self) -> bool {
        let viewer = self.page.viewer.as_ref();
        viewer.is_some_and(|viewer| !viewer.trusted && !viewer.is_office() && viewer.organisations.is_empty())
    }

    fn respond(&self, status: StatusCode) -> Result<Response> {
        form_page(status, &self.page, self)
    }
}

/// `GET /zapotrzebowanie/nowe`
async fn empty(State(app): State<App>, page: Page) -> Result<Response> {
    let viewer = page.viewer.clone().ok_or(Error::SignIn)?;
    let authors = form::authors(&page, &viewer);
    let first = authors.first().map(|(value, _)| value.clone()).unwrap_or_default();
    let author = form::author(&app, &page, &viewer, &first).await?;
    let choices = Choices::of(&app, page.lang, authors, author.map(|author| author.municipality_id)).await?;
    let form = Form::of([("author", first)]).view();
    FormPage { page, form, demand: None, changed: false, choices, attachments: Vec::new() }.respond(StatusCode::OK)
}

/// `POST /zapotrzebowanie/nowe`
async fn create(post: Post) -> Result<Response> {
    let viewer = post.viewer()?;
    let authors = form::authors(&post.page, &viewer);
    if authors.is_empty() {
        // The page says what to do first.
        let (page, form, choices) = (post.page, post.form.view(), Choices::default());
        return FormPage { page, form, demand: None, changed: false, choices, attachments: Vec::new() }
            .respond(StatusCode::UNPROCESSABLE_ENTITY);
    }
    let key = form_key(&post)?;
    let mut check = post.form.check(post.page.lang);
    let values: Vec<&str> = authors.iter().map(|(value, _)| value.as_str()).collect();
    let chosen = check.choice("author", &values);
    let author = form::author(&post.app, &post.page, &viewer, chosen).await?;
    if author.is_none() {
        check.fail("author", "demand-error-author");
    }
    let municipality_id = author.as_ref().map(|author| author.municipality_id);
    let choices = Choices::of(&post.app, post.page.lang, authors.clone(), municipality_id).await?;
    let draft = form::read(&post, &mut check, &choices, municipality_id.unwrap_or_default(), &[], None).await?;
    let author = match (check.finish(), author) {
        (Ok(()), Some(author)) => author,
        (checked, _) => {
            let form = checked.err().unwrap_or_else(|| post.form.view());
            let attachments = draft.attachments;
            let page = FormPage { page: post.page, form, demand: None, changed: false, choices, attachments };
            return page.respond(StatusCode::UNPROCESSABLE_ENTITY);
        }
    };
    throttle(&post.app.pool, &format!("demand:{}", viewer.account_id), MOST_IN_A_DAY, 86_400).await?;
    let mut tx = begin_as(&post.app.pool, &viewer).await?;
    let (id, slug) = queries::insert(&mut tx, &author, viewer.account_id, &draft).await?;
    let path = format!("/zapotrzebowanie/{slug}");
    if let Some(before) = taken_before(&mut tx, key, viewer.account_id, &path).await? {
        return Ok(Post::see(&before));
    }
    if post.form.value("do") == "publish" {
        publish(&mut tx, &post, &viewer, id, author.municipality_id, author.by_person).await?;
    }
    tx.commit().await?;
    Ok(Post::see(&path))
}

/// Shows a draft to everybody and tells whom it may interest. A resident's first ones wait for a check; of others the first is looked at
/// afterwards.
async fn publish(
    tx: &mut PgConnection,
    post: &Post,
    viewer: &Viewer,
    id: i64,
    municipality_id: i64,
    by_person: bool,
) -> Result<()> {
    let known = viewer.trusted || viewer.is_office();
    let waits = by_person && !known;
    if !queries::set_state(tx, id, "draft", if waits { "pending" } else { "open" }).await? {
        return Ok(());
    }
    if !known {
        let open = review::Open {
            municipality_id: Some(municipality_id),
            kind: "first_post",
            thing: "demand",
            thing_id: id,
            author_id: viewer.account_id,
            note: "",
        };
        review::queries::open(tx, &open).await?;
    }
    // One that waits is told of when it was approved.
    matching::tell(tx, &post.app.config.mail, &post.page.base_url, id).await
}

/// The demand of a path that this viewer may change: an official leaves the drafts of others to them.
async fn changeable(app: &App, page: &Page, slug: &str) -> Result<Demand> {
    let demand = queries::detail(&app.pool, page.lang, slug).await?;
    demand
        .filter(|demand| demand.manage(page).is_some())
        .ok_or_else(|| Error::NotFound("there is no such demand".to_owned()))
}

/// The same, for its form.
async fn editable(app: &App, page: &Page, slug: &str) -> Result<Demand> {
    let demand = changeable(app, page, slug).await?;
    if demand.is_editable() { Ok(demand) } else { Err(Error::Conflict("this demand is over".to_owned())) }
}

/// `GET /zapotrzebowanie/{slug}/edytuj`
async fn edit(State(app): State<App>, page: Page, Path(slug): Path<String>) -> Result<Response> {
    let demand = editable(&app, &page, &slug).await?;
    let choices = Choices::of(&app, page.lang, Vec::new(), Some(demand.municipality_id)).await?;
    let attachments = queries::attachments(&app.pool, demand.id).await?;
    let form = form::filled(&demand).view();
    FormPage { page, form, demand: Some(demand), changed: false, choices, attachments }.respond(StatusCode::OK)
}

/// `POST /zapotrzebowanie/{slug}/edytuj`
async fn update(post: Post) -> Result<Response> {
    let viewer = post.viewer()?;
    let demand = editable(&post.app, &post.page, &post.path[0]).await?;
    let choices = Choices::of(&post.app, post.page.lang, Vec::new(), Some(demand.municipality_id)).await?;
    let attached: Vec<i64> =
        queries::attachments(&post.app.pool, demand.id).await?.into_iter().map(|document| document.media_id).collect();
    let mut check = post.form.check(post.page.lang);
    let draft = form::read(&post, &mut check, &choices, demand.municipality_id, &attached, demand.deadline).await?;
    let version = check.integer("version", 1..=i32::MAX).unwrap_or(0);
    let (form, demand, changed) = match check.finish() {
        Err(form) => (form, demand, false),
        Ok(()) => {
            let mut tx = begin_as(&post.app.pool, &viewer).await?;
            if queries::update(&mut tx, demand.id, version, &draft).await? {
                tx.commit().await?;
                return Ok(Post::see(&format!("/zapotrzebowanie/{}", demand.slug)));
            }
            tx.rollback().await?;
            let now = editable(&post.app, &post.page, &demand.slug).await?;
            (post.form.view().with_error("name", post.page.t("form-error-changed")), now, true)
        }
    };
    let status = if changed { StatusCode::CONFLICT } else { StatusCode::UNPROCESSABLE_ENTITY };
    let attachments = draft.attachments;
    FormPage { page: post.page, form, demand: Some(demand), changed, choices, attachments }.respond(status)
}

/// `POST /zapotrzebowanie/{slug}/stan`
async fn change_state(post: Post) -> Result<Response> {
    let viewer = post.viewer()?;
    let demand = changeable(&post.app, &post.page, &post.path[0]).await?;
    let path = format!("/zapotrzebowanie/{}", demand.slug);
    let action = post.form.value("do");
    let Some(to) = step(&demand.state, action, demand.hand(&viewer), demand.was_published) else {
        return Err(Error::Conflict(format!("a demand that is {} does not go through “{action}”", demand.state)));
    };
    let mut tx = begin_as(&post.app.pool, &viewer).await?;
    let mut lead = back(&post, &path);
    match action {
        "publish" => publish(&mut tx, &post, &viewer, demand.id, demand.municipality_id, demand.by_person).await?,
        "delete" => {
            if queries::delete_draft(&mut tx, demand.id).await? {
                lead = DESK;
            }
        }
        _ => {
            // Where somebody was faster, the page shows what became of it.
            if queries::set_state(&mut tx, demand.id, &demand.state, to).await? && action == "draft" {
                review::queries::withdraw(&mut tx, "demand", demand.id).await?;
            }
        }
    }
    tx.commit().await?;
    Ok(Post::see(lead))
}
