//! The map in other people's pages: `/embed` is what their `<iframe>` shows, `/osadz` makes the snippet.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};

use super::page::{check_filters, config, filter_groups, layers_on};
use crate::app::App;
use crate::error::{Error, Result};
use crate::web::fields::{self, Chip};
use crate::web::list::Common;
use crate::web::map_page::{FilterGroup, LAYERS};
use crate::web::{Field, Page, Params, html, jsonld, security};

/// Heights that a frame may have, pixels, and the usual one.
const HEIGHTS_PX: std::ops::RangeInclusive<u32> = 200..=2000;
const USUAL_HEIGHT_PX: u32 = 480;

/// Parameters of the form that the frame's address does not have.
const FORM_ONLY: [&str; 4] = ["layer", "height", "link", "lang"];

#[derive(Template)]
#[template(path = "map/embed.html")]
struct Embed {
    page: Page,
    /// The same map on the site.
    site_link: String,
    config: String,
}

/// `GET /embed`: the map alone, with the map page's own parameters.
///
/// # Errors
/// A parameter is wrong.
pub async fn map(State(app): State<App>, page: Page) -> Result<Response> {
    layers_on(&page.params)?;
    check_filters(&page.params)?;
    let site_link = format!("/?{}", page.params.query(|_, _| true));
    let config = jsonld::script(&config(&app, &page));
    let policy = security::embeddable(&app.config);
    framed(html(&Embed { site_link, config, page })?, policy)
}

#[derive(Template)]
#[template(path = "map/osadz.html")]
struct Snippet {
    page: Page,
    groups: Vec<FilterGroup>,
    layers: Vec<&'static str>,
    height_px: u32,
    /// Path and parameters of the frame.
    path: String,
    /// True when no other site may show it.
    closed: bool,
    /// The pasted link leads to no map of this site.
    wrong_link: Option<String>,
}

impl Snippet {
    fn is_on(&self, layer: &str) -> bool {
        self.layers.contains(&layer)
    }

    /// What goes into the other page.
    fn code(&self) -> String {
        let address = self.page.absolute(&self.path).replace('&', "&amp;").replace('"', "&quot;");
        let title = format!("{} – {}", self.page.t("page-map-title"), self.page.site.municipality);
        let title = title.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
        format!(
            "<iframe src=\"{address}\" title=\"{title}\" width=\"100%\" height=\"{}\" style=\"border:0\" loading=\"lazy\"></iframe>",
            self.height_px
        )
    }

    /// What narrows the map and has no field here: places and areas from the link.
    fn chips(&self) -> Vec<Chip> {
        let chips = fields::chips(&self.page, &[]);
        chips.into_iter().filter(|chip| Common::PARAMS.contains(&chip.name.as_str())).collect()
    }

    fn q(&self) -> &str {
        self.page.params.all("q").next().unwrap_or_default()
    }

    fn district(&self) -> Field {
        Field::district(&self.page)
    }
}

/// `GET /osadz`: what the frame shows, and the snippet to copy.
///
/// # Errors
/// A parameter is wrong.
pub async fn snippet(State(app): State<App>, page: Page) -> Result<Response> {
    let mut wrong_link = None;
    if let Some(link) = page.params.one("link")? {
        match query_of(&app, &page, link) {
            Some(query) => return Ok(Redirect::to(&format!("/osadz?{query}")).into_response()),
            None => wrong_link = Some(link.to_owned()),
        }
    }
    let layers = chosen_layers(&page.params)?;
    check_filters(&page.params)?;
    let wrong = || Error::parameter("height", format!("is not from {} to {}", HEIGHTS_PX.start(), HEIGHTS_PX.end()));
    let height_px = page.params.parsed::<u32>("height", "a number of pixels")?.unwrap_or(USUAL_HEIGHT_PX);
    if !HEIGHTS_PX.contains(&height_px) {
        return Err(wrong());
    }
    let kept = page.params.query(|name, _| !FORM_ONLY.contains(&name) && name != "layers");
    let mut query = form_urlencoded::Serializer::new(kept);
    if layers.is_empty() {
        query.append_pair("layers", "none");
    } else if layers.len() < LAYERS.len() {
        query.append_pair("layers", &layers.join(","));
    }
    let query = query.append_pair("lang", page.lang.tag()).finish();
    let groups = filter_groups(&page);
    let closed = app.config.embed_hosts.is_empty();
    let status = if wrong_link.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let path = format!("/embed?{query}");
    let shown = html(&Snippet { groups, layers, height_px, path, closed, wrong_link, page })?;
    framed((status, shown).into_response(), security::framing(&app.config))
}

/// Layers of the form's check boxes, else of a map's link.
fn chosen_layers(params: &Params) -> Result<Vec<&'static str>> {
    let names: Vec<&str> = LAYERS.iter().map(|(layer, _)| *layer).collect();
    let ticked = params.codes("layer", &names)?;
    if ticked.is_empty() {
        return layers_on(params);
    }
    Ok(LAYERS.iter().map(|(layer, _)| *layer).filter(|layer| ticked.iter().any(|on| on == layer)).collect())
}

/// The parameters of a link to this site's map; nothing for any other address.
fn query_of(app: &App, page: &Page, link: &str) -> Option<String> {
    let rest = link.strip_prefix(&page.base_url).or_else(|| link.strip_prefix(&app.absolute("")))?;
    let rest = rest.split('#').next().unwrap_or_default();
    let query = match rest.split_once('?') {
        Some(("" | "/", query)) => query,
        None if matches!(rest, "" | "/") => "",
        _ => return None,
    };
    // A thing that was open, and the language, are the link's, not the frame's.
    Some(Params::parse(query).query(|name, _| !matches!(name, "item" | "ids" | "link" | "lang")))
}

fn framed(mut response: Response, policy: HeaderValue) -> Result<Response> {
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    Ok(response)
}
