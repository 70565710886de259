//! Editing a profile: by its representatives and by officials of its municipality.

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::changes::{Change, changes};
use super::queries::{self, Editable, Saved};
use super::{Choices, Profile, checked};
use crate::access::{self, Owned, Post, Routes, Rule, Viewer, Who};
use crate::app::App;
use crate::districts::queries as territory;
use crate::error::{Error, Result};
use crate::organisations::{ORGANISATION, Preview, verification};
use crate::web::{Form, FormView, Page, form_page};

/// Who may act for an organisation.
pub(in crate::organisations) const KEEPERS: Rule = Rule::of(ORGANISATION, &[Who::Representative, Who::Official]);

pub(in crate::organisations) fn routes() -> Routes {
    Routes::new()
        .get("/organizacje/{slug}/edytuj", KEEPERS, page)
        .post("/organizacje/{slug}/edytuj", KEEPERS, save)
        .post("/organizacje/{slug}/potwierdz", KEEPERS, confirm)
}

#[derive(Template)]
#[template(path = "organisations/edit.html")]
struct EditPage {
    page: Page,
    form: FormView,
    choices: Choices,
    /// Name in web addresses, and the name that is stored.
    slug: String,
    name: String,
    /// Version that the form is to replace.
    version: i32,
    /// Box of the municipality, for the map.
    bounds: [f64; 4],
    /// What came of looking for the address.
    located: Option<&'static str>,
    /// The page as it would be.
    preview: Option<Preview>,
    /// Where what is stored differs from what is typed, after somebody else changed it.
    differences: Vec<Change>,
}

impl EditPage {
    async fn of(app: &App, page: Page, form: FormView, stored: &Editable) -> Result<Self> {
        Ok(Self {
            choices: Choices::of(&page),
            page,
            form,
            slug: stored.slug.clone(),
            name: stored.profile.name.clone(),
            version: stored.version,
            bounds: territory::bounds(&app.pool, stored.municipality_id).await?,
            located: None,
            preview: None,
            differences: Vec::new(),
        })
    }

    fn answer(self, status: StatusCode) -> Result<Response> {
        form_page(status, &self.page.clone(), &self)
    }

    fn headings(&self) -> (&'static str, &'static str) {
        ("h3", "h4")
    }
}

/// `GET /organizacje/{slug}/edytuj`
async fn page(State(app): State<App>, page: Page, Extension(owned): Extension<Owned>) -> Result<Response> {
    let stored = queries::editable(&app.pool, owned.id).await?;
    let form = stored.profile.form().view();
    EditPage::of(&app, page, form, &stored).await?.answer(StatusCode::OK)
}

/// `POST /organizacje/{slug}/edytuj`: looks for the address, shows how it would be, or saves.
async fn save(post: Post) -> Result<Response> {
    let viewer = post.viewer()?;
    let stored = queries::editable(&post.app.pool, post.owned.id).await?;
    let version = post.form.value("version").parse().map_err(|_| Error::BadForm("there is no version".to_owned()))?;
    let Post { app, page, form, .. } = &post;
    let again = async |form: FormView| {
        let page = EditPage::of(app, page.clone(), form, &stored).await?;
        Ok::<_, Error>(EditPage { version, ..page })
    };
    if form.value("action") == "find" {
        let (form, located) = located(app, form, stored.municipality_id).await?;
        return EditPage { located: Some(located), ..again(form.view()).await? }.answer(StatusCode::OK);
    }
    let id = post.owned.id;
    let profile = match checked(&app.pool, page, form, stored.municipality_id, Some(id), |_| {}).await? {
        Ok(profile) => profile,
        Err(form) => return again(form).await?.answer(StatusCode::UNPROCESSABLE_ENTITY),
    };
    if form.value("action") == "preview" {
        let preview = Preview::of(page, profile.shown(id, &stored.slug, stored.municipality_id));
        return EditPage { preview: Some(preview), ..again(form.view()).await? }.answer(StatusCode::OK);
    }
    let mut tx = access::queries::begin_as(&app.pool, &viewer).await?;
    match queries::save(&mut tx, id, version, &profile, by(&viewer, id)).await? {
        Saved::Done => {
            tx.commit().await?;
            Ok(Post::see(&format!("/organizacje/{}", stored.slug)))
        }
        Saved::Taken(field) => {
            drop(tx);
            let form = form.view().with_error(field, page.t("profile-error-taken-now"));
            again(form).await?.answer(StatusCode::UNPROCESSABLE_ENTITY)
        }
        Saved::Changed => {
            drop(tx);
            conflict(app, page, form, id, &profile).await
        }
    }
}

/// Somebody else was faster: the text stays, what is stored now stands beside it, and saving again replaces that.
async fn conflict(app: &App, page: &Page, form: &Form, id: i64, profile: &Profile) -> Result<Response> {
    let stored = queries::editable(&app.pool, id).await?;
    let differences = changes(page, &stored.profile.columns(), &profile.columns());
    if differences.is_empty() {
        // They wrote the same.
        return Ok(Post::see(&format!("/organizacje/{}", stored.slug)));
    }
    let form = form.view().with_error("differences", page.t("form-error-changed"));
    EditPage { differences, ..EditPage::of(app, page.clone(), form, &stored).await? }.answer(StatusCode::CONFLICT)
}

/// The form with the point of its address, and what to say of it.
pub(crate) async fn located(app: &App, form: &Form, municipality_id: i64) -> Result<(Form, &'static str)> {
    let found = territory::locate(&app.pool, municipality_id, form.value("street"), form.value("house_number")).await?;
    let Some(found) = found else { return Ok((form.clone(), "place-not-found")) };
    let form = form.clone().with("lon", format!("{:.6}", found.lon)).with("lat", format!("{:.6}", found.lat));
    Ok((form, if found.exact { "place-found" } else { "place-found-street" }))
}

/// As whom somebody confirms a profile.
pub(in crate::organisations) fn by(viewer: &Viewer, organisation_id: i64) -> &'static str {
    if viewer.represents(organisation_id) { "organisation" } else { "office" }
}

/// `POST /organizacje/{slug}/potwierdz`: nothing has changed, all is right.
async fn confirm(post: Post) -> Result<Response> {
    let viewer = post.viewer()?;
    let mut tx = access::queries::begin_as(&post.app.pool, &viewer).await?;
    let slug = verification::queries::confirm(&mut tx, post.owned.id, by(&viewer, post.owned.id)).await?;
    tx.commit().await?;
    Ok(Post::see(&format!("/organizacje/{slug}")))
}
