//! `GET /o-projekcie`, `/dostepnosc`, `/prywatnosc`, `/regulamin`.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use crate::access::{Routes, Rule};
use crate::app::App;
use crate::error::Result;
use crate::web::{Lang, Page, html};

/// Addresses of these pages; none of them needs the database.
pub fn routes() -> Routes {
    Routes::new()
        .get("/o-projekcie", Rule::ANYONE, about)
        .get("/dostepnosc", Rule::ANYONE, accessibility)
        .get("/prywatnosc", Rule::ANYONE, privacy)
        .get("/regulamin", Rule::ANYONE, terms)
}

#[derive(Template)]
#[template(path = "info/about.html")]
struct About {
    page: Page,
}

async fn about(page: Page) -> Result<Response> {
    html(&About { page })
}

#[derive(Template)]
#[template(path = "info/accessibility.html")]
struct Accessibility {
    page: Page,
}

async fn accessibility(page: Page) -> Result<Response> {
    html(&Accessibility { page })
}

#[derive(Template)]
#[template(path = "info/terms.html")]
struct Terms {
    page: Page,
}

async fn terms(page: Page) -> Result<Response> {
    html(&Terms { page })
}

#[derive(Template)]
#[template(path = "info/privacy.html")]
struct Privacy {
    page: Page,
    /// Basemaps that come from somebody else.
    basemaps: Vec<ForeignBasemap>,
}

/// A basemap whose provider sees the addresses of those who look at it.
struct ForeignBasemap {
    label: String,
    note: String,
    origins: Vec<String>,
}

async fn privacy(State(app): State<App>, page: Page) -> Result<Response> {
    let basemaps = app.config.basemaps.iter().filter_map(|basemap| {
        let (label, note) = match page.lang {
            Lang::Pl => (&basemap.label_pl, &basemap.note_pl),
            Lang::En => (&basemap.label_en, &basemap.note_en),
        };
        let mut origins: Vec<String> = basemap.origins().collect();
        origins.sort();
        origins.dedup();
        (!origins.is_empty()).then(|| ForeignBasemap { label: label.clone(), note: note.clone(), origins })
    });
    let basemaps = basemaps.collect();
    html(&Privacy { page, basemaps })
}
