//! The first message: in whose name, to whom, about what.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::queries::{self, Target};
use super::{About, Obstacle, Party, form_key, letters, limits};
use crate::access::{self, Post, Role, Viewer, tokens};
use crate::app::App;
use crate::error::{Error, Result};
use crate::web::{Form, FormView, Page, form_page};

#[derive(Template)]
#[template(path = "contact/new.html")]
struct NewPage {
    page: Page,
    target: Target,
    /// In whose name the account may write: value and words.
    voices: Vec<(String, String)>,
    obstacle: Option<Obstacle>,
    form: FormView,
}

impl NewPage {
    fn to(&self) -> String {
        format!("{}:{}", self.target.about.word(), self.target.slug)
    }

    fn limit(&self) -> String {
        format!("maxlength=\"{}\" required", limits::LONGEST)
    }
}

/// `GET /wiadomosci/nowa?do=oferta:…`
pub(super) async fn page(State(app): State<App>, page: Page) -> Result<Response> {
    let viewer = page.viewer.clone().ok_or(Error::SignIn)?;
    let to = page.params.one("do")?.ok_or_else(|| Error::parameter("do", "names nobody to write to"))?;
    let target = find(&app, to, &viewer).await?;
    let obstacle = obstacle(&target, &viewer);
    let voices = voices(&page, &viewer);
    let first = voices.first().map(|(value, _)| value.clone()).unwrap_or_default();
    let form = Form::of([("as", first)]).view();
    form_page(StatusCode::OK, &page.clone(), &NewPage { page, target, voices, obstacle, form })
}

/// `POST /wiadomosci/nowa`
pub(super) async fn send(post: Post) -> Result<Response> {
    let viewer = post.viewer()?;
    let target = find(&post.app, post.form.value("do"), &viewer).await?;
    let voices = voices(&post.page, &viewer);
    if let Some(obstacle) = obstacle(&target, &viewer) {
        let (page, form) = (post.page, post.form.view());
        let template = NewPage { page: page.clone(), target, voices, obstacle: Some(obstacle), form };
        return form_page(obstacle.status(), &page, &template);
    }
    let again = |status, form| {
        let (page, target, voices) = (post.page.clone(), target.clone(), voices.clone());
        form_page(status, &post.page, &NewPage { page, target, voices, obstacle: None, form })
    };
    let mut check = post.form.check(post.page.lang);
    let codes: Vec<&str> = voices.iter().map(|(value, _)| value.as_str()).collect();
    let voice = check.choice("as", &codes);
    let text = limits::text(&mut check);
    if let Err(form) = check.finish() {
        return again(StatusCode::UNPROCESSABLE_ENTITY, form);
    }
    let key = tokens::random();
    let location = format!("/wiadomosci/{key}");
    let mut transaction = access::queries::begin_as(&post.app.pool, &viewer).await?;
    let before =
        access::queries::taken_before(&mut transaction, form_key(&post.form)?, viewer.account_id, &location).await?;
    if let Some(before) = before {
        return Ok(Post::see(&before));
    }
    if let Some((status, words)) = limits::refusal(&mut transaction, &viewer, true, &text, &target.party).await? {
        return again(status, post.form.view().with_error("text", post.page.t(words)));
    }
    let id = queries::begin(&mut transaction, &key, &target, &party_of(&viewer, voice)).await?;
    queries::add(&mut transaction, id, "asker", viewer.account_id, &text).await?;
    letters::tell(&mut transaction, &post.app, id).await?;
    transaction.commit().await?;
    Ok(Post::see(&location))
}

/// The thing that `kind:slug` names.
async fn find(app: &App, to: &str, viewer: &Viewer) -> Result<Target> {
    let missing = || Error::NotFound("there is nothing of that name to write about".to_owned());
    let (word, slug) = to.split_once(':').filter(|(_, slug)| !slug.contains('\0')).ok_or_else(missing)?;
    let about = About::from_word(word).ok_or_else(missing)?;
    queries::target(&app.pool, about, slug, viewer.account_id).await?.ok_or_else(missing)
}

fn obstacle(target: &Target, viewer: &Viewer) -> Option<Obstacle> {
    if target.party.includes(viewer) {
        Some(Obstacle::Own)
    } else if target.blocked {
        Some(Obstacle::Blocked)
    } else {
        (target.readers == 0).then_some(Obstacle::Nobody)
    }
}

/// In whose name an account may write: an official's unit first, for that is their work.
fn voices(page: &Page, viewer: &Viewer) -> Vec<(String, String)> {
    let mut voices = Vec::new();
    if viewer.role == Role::Official {
        voices.push(("unit".to_owned(), viewer.unit_name.clone()));
    }
    voices.extend(viewer.organisations.iter().map(|one| (format!("organisation:{}", one.slug), one.name.clone())));
    voices.push(("person".to_owned(), page.x("contact-as-person", &viewer.name)));
    voices
}

/// The side that a voice stands for.
fn party_of(viewer: &Viewer, voice: &str) -> Party {
    if let (Some(municipality_id), "unit") = (viewer.municipality_id, voice) {
        return Party::Office { municipality_id, unit_name: viewer.unit_name.clone() };
    }
    let slug = voice.strip_prefix("organisation:");
    match slug.and_then(|slug| viewer.organisations.iter().find(|one| one.slug == slug)) {
        Some(organisation) => Party::Organisation(Some(organisation.id)),
        None => Party::Person(Some(viewer.account_id)),
    }
}
