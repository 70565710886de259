//! Editing a support institution: by its editors and by officials of its municipality.

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{INSTITUTION, Institution, KINDS, Link, SERVICES, Summary, queries};
use crate::access::{self, Owned, Post, Routes, Rule, Who};
use crate::app::App;
use crate::districts::queries as territory;
use crate::error::{Error, Result};
use crate::organisations::profile::changes::{Change, changes};
use crate::organisations::profile::edit::located;
use crate::organisations::profile::{point, postal_code};
use crate::web::{Check, Contact, Form, FormView, Page, Place, form_page};

/// Fields of links: label and address.
const LINKS: [(&str, &str); 6] = [
    ("link_label_1", "link_url_1"),
    ("link_label_2", "link_url_2"),
    ("link_label_3", "link_url_3"),
    ("link_label_4", "link_url_4"),
    ("link_label_5", "link_url_5"),
    ("link_label_6", "link_url_6"),
];

pub(super) fn routes() -> Routes {
    let keepers = Rule::of(INSTITUTION, &[Who::Editor, Who::Official]);
    Routes::new().get("/wsparcie/{slug}/edytuj", keepers, page).post("/wsparcie/{slug}/edytuj", keepers, save)
}

/// What a form edits of an institution. As JSON it has the names of the columns, but for point and links.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Profile {
    pub name: String,
    pub kind: String,
    pub services: Vec<String>,
    pub operator: String,
    pub area_of_operation: String,
    pub tagline: String,
    pub description: String,
    pub street: String,
    pub house_number: String,
    pub postal_code: String,
    pub city: String,
    pub phone: String,
    pub email: String,
    pub website: String,
    pub opening_hours: String,
    pub lon: Option<f64>,
    pub lat: Option<f64>,
    pub links: Vec<Link>,
}

impl Profile {
    fn form(&self) -> Form {
        let degrees = |degrees: Option<f64>| degrees.map(|degrees| format!("{degrees:.6}")).unwrap_or_default();
        let fields = [
            ("name", self.name.clone()),
            ("kind", self.kind.clone()),
            ("operator", self.operator.clone()),
            ("area_of_operation", self.area_of_operation.clone()),
            ("tagline", self.tagline.clone()),
            ("description", self.description.clone()),
            ("street", self.street.clone()),
            ("house_number", self.house_number.clone()),
            ("postal_code", self.postal_code.clone()),
            ("city", self.city.clone()),
            ("phone", self.phone.clone()),
            ("email", self.email.clone()),
            ("website", self.website.clone()),
            ("opening_hours", self.opening_hours.clone()),
            ("lon", degrees(self.lon)),
            ("lat", degrees(self.lat)),
        ];
        let services = self.services.iter().map(|code| ("services", code.clone()));
        let links = LINKS.into_iter().zip(&self.links);
        let links = links.flat_map(|((label, url), link)| [(label, link.label.clone()), (url, link.url.clone())]);
        Form::of(fields.into_iter().chain(services).chain(links))
    }

    fn read(check: &mut Check<'_>) -> Self {
        let mut links = Vec::new();
        for (label_field, url_field) in LINKS {
            let (label, url) = (check.line(label_field, 0..=120), check.website(url_field));
            match (label.is_empty(), url.is_empty()) {
                (false, false) => links.push(Link { label, url }),
                (true, true) => {}
                (true, false) => check.fail(label_field, "profile-error-link"),
                (false, true) => check.fail(url_field, "profile-error-link"),
            }
        }
        let (lon, lat) = point(check);
        Self {
            name: check.line("name", 3..=200),
            kind: check.choice("kind", KINDS).to_owned(),
            services: check.choices("services", SERVICES),
            operator: check.line("operator", 0..=200),
            area_of_operation: check.line("area_of_operation", 0..=300),
            tagline: check.line("tagline", 0..=160),
            description: check.text("description", 0..=5000),
            street: check.line("street", 0..=120),
            house_number: check.line("house_number", 0..=20),
            postal_code: postal_code(check),
            city: check.line("city", 0..=80),
            phone: check.line("phone", 0..=60),
            email: check.email_if_given("email"),
            website: check.website("website"),
            opening_hours: check.line("opening_hours", 0..=200),
            lon,
            lat,
            links,
        }
    }

    /// As JSON with the names of the columns.
    fn columns(&self) -> Value {
        let mut columns = serde_json::to_value(self).unwrap_or_default();
        columns["point"] = match self.lon.zip(self.lat) {
            Some((lon, lat)) => json!({ "coordinates": [lon, lat] }),
            None => Value::Null,
        };
        columns["links"] = self.links.iter().map(|link| format!("{}: {}", link.label, link.url)).collect();
        columns
    }

    /// The institution as its page would show it.
    fn shown(&self, id: i64, slug: &str, municipality_id: i64) -> Institution {
        let profile = self.clone();
        Institution {
            summary: Summary {
                id,
                slug: slug.to_owned(),
                name: profile.name,
                kind: profile.kind,
                services: profile.services,
                tagline: profile.tagline,
                place: Place {
                    street: profile.street,
                    house_number: profile.house_number,
                    postal_code: profile.postal_code,
                    city: profile.city,
                    district: String::new(),
                    position: profile.lon.zip(profile.lat).map(<[f64; 2]>::from),
                    accuracy: String::new(),
                },
            },
            operator: profile.operator,
            area_of_operation: profile.area_of_operation,
            description: profile.description,
            contact: Contact {
                phone: profile.phone,
                email: profile.email,
                website: profile.website,
                opening_hours: profile.opening_hours,
            },
            source: "manual".to_owned(),
            licence: String::new(),
            verified_on: None,
            verified_by: None,
            links: profile.links,
            municipality_id,
        }
    }
}

#[derive(Template)]
#[template(path = "support/edit.html")]
struct EditPage {
    page: Page,
    form: FormView,
    kinds: Vec<(String, String)>,
    services: Vec<(String, String)>,
    slug: String,
    name: String,
    /// Version that the form is to replace.
    version: i32,
    bounds: [f64; 4],
    located: Option<&'static str>,
    preview: Option<Institution>,
    differences: Vec<Change>,
}

impl EditPage {
    async fn of(app: &App, page: &Page, form: FormView, id: i64) -> Result<Self> {
        let (stored, slug, municipality_id, version) = queries::editable(&app.pool, id).await?;
        let words = |prefix: &str, codes: &[&str]| {
            codes.iter().map(|code| ((*code).to_owned(), page.code(prefix, code))).collect()
        };
        Ok(Self {
            kinds: words("support-kind", KINDS),
            services: words("service", SERVICES),
            page: page.clone(),
            form,
            slug,
            name: stored.name,
            version,
            bounds: territory::bounds(&app.pool, municipality_id).await?,
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

/// `GET /wsparcie/{slug}/edytuj`
async fn page(State(app): State<App>, page: Page, Extension(owned): Extension<Owned>) -> Result<Response> {
    let (profile, ..) = queries::editable(&app.pool, owned.id).await?;
    EditPage::of(&app, &page, profile.form().view(), owned.id).await?.answer(StatusCode::OK)
}

/// `POST /wsparcie/{slug}/edytuj`: looks for the address, shows how it would be, or saves.
async fn save(post: Post) -> Result<Response> {
    let viewer = post.viewer()?;
    let version = post.form.value("version").parse().map_err(|_| Error::BadForm("there is no version".to_owned()))?;
    let Post { app, page, form, owned, .. } = &post;
    let again = async |form: FormView| {
        let page = EditPage::of(app, page, form, owned.id).await?;
        Ok::<_, Error>(EditPage { version, ..page })
    };
    let municipality_id = owned.municipality_id.unwrap_or_default();
    if form.value("action") == "find" {
        let (form, located) = located(app, form, municipality_id).await?;
        return EditPage { located: Some(located), ..again(form.view()).await? }.answer(StatusCode::OK);
    }
    let mut check = form.check(page.lang);
    // Its seat may lie elsewhere than on the map that it stands on.
    let profile = Profile::read(&mut check);
    if let Err(form) = check.finish() {
        return again(form).await?.answer(StatusCode::UNPROCESSABLE_ENTITY);
    }
    let slug = post.path.first().cloned().unwrap_or_default();
    if form.value("action") == "preview" {
        let preview = Some(profile.shown(owned.id, &slug, municipality_id));
        return EditPage { preview, ..again(form.view()).await? }.answer(StatusCode::OK);
    }
    let by = if viewer.institutions.contains(&owned.id) { "institution" } else { "office" };
    let mut tx = access::queries::begin_as(&app.pool, &viewer).await?;
    if queries::save(&mut tx, owned.id, version, &profile, by).await? {
        tx.commit().await?;
        return Ok(Post::see(&format!("/wsparcie/{slug}")));
    }
    drop(tx);
    // Somebody else was faster: the text stays, what is stored now stands beside it.
    let (stored, ..) = queries::editable(&app.pool, owned.id).await?;
    let differences = changes(page, &stored.columns(), &profile.columns());
    if differences.is_empty() {
        return Ok(Post::see(&format!("/wsparcie/{slug}")));
    }
    let form = form.view().with_error("differences", page.t("form-error-changed"));
    EditPage { differences, ..EditPage::of(app, page, form, owned.id).await? }.answer(StatusCode::CONFLICT)
}
