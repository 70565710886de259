//! Answers as JSON for programs and as pages for people: the same document.

use askama::Template;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::api;
use crate::app::App;
use crate::error::{Error, Result};
use crate::web::{Page, html};

/// Parameters that every document knows.
pub type Known<'a> = &'a [&'a str];

/// See [`Known`].
pub const ALWAYS: Known<'static> = &["f", "lang"];

/// In which form somebody wants an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// For programs.
    Json,
    /// For people.
    Html,
}

/// An answer in the making.
pub struct Answer {
    /// The request.
    pub page: Page,
    /// Form of the answer.
    pub form: Form,
}

impl Answer {
    /// Reads `f`, else what the client accepts; other parameters than the known ones are refused.
    ///
    /// # Errors
    /// A parameter is unknown, or `f` is neither json nor html.
    pub fn new(page: Page, headers: &HeaderMap, known: &[Known<'_>]) -> Result<Self> {
        let all: Vec<Known<'_>> = known.iter().copied().chain([ALWAYS]).collect();
        page.params.only(&all)?;
        let accepts_html = || {
            let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
            accept.split(',').next().is_some_and(|first| first.trim().starts_with("text/html"))
        };
        let form = match page.params.one("f")? {
            Some("json") => Form::Json,
            Some("html") => Form::Html,
            None if accepts_html() => Form::Html,
            None => Form::Json,
            Some(other) => return Err(Error::parameter("f", format!("“{other}” is not json or html"))),
        };
        Ok(Self { page, form })
    }

    /// Absolute address of a path below `/ogc`.
    pub fn at(&self, path: &str) -> String {
        self.page.absolute(&format!("/ogc{path}"))
    }

    /// This document's own address in a form.
    pub fn own(&self, form: &str) -> String {
        self.page.absolute(&format!("{}?{}", self.page.path, self.page.params.with("f", Some(form))))
    }

    /// Links of a document to itself in both forms.
    pub fn selves(&self, media_type: &str) -> Vec<Value> {
        let (json, html) = match self.form {
            Form::Json => ("self", "alternate"),
            Form::Html => ("alternate", "self"),
        };
        vec![link(json, media_type, &self.own("json"), "JSON"), link(html, "text/html", &self.own("html"), "HTML")]
    }

    /// A document as an answer.
    ///
    /// # Errors
    /// The page fails to render.
    pub fn document(self, app: &App, media_type: &'static str, document: &Value) -> Result<Response> {
        match self.form {
            Form::Json => self.text(app, media_type, document.to_string(), &[]),
            Form::Html => self.people(app, document),
        }
    }

    /// A document for people.
    ///
    /// # Errors
    /// The page fails to render.
    pub fn people(self, app: &App, document: &Value) -> Result<Response> {
        let response = html(&DocumentPage::new(self.page, document))?;
        Ok(varied(api::fresh(app, response)))
    }

    /// A document that was written as JSON.
    ///
    /// # Errors
    /// Never, so that it can end a handler.
    pub fn text(
        self,
        app: &App,
        media_type: &'static str,
        text: String,
        headers: &[(HeaderName, String)],
    ) -> Result<Response> {
        let mut response = api::fresh(app, ([(header::CONTENT_TYPE, media_type)], text).into_response());
        for (name, value) in headers {
            if let Ok(value) = HeaderValue::from_str(value) {
                response.headers_mut().insert(name, value);
            }
        }
        Ok(varied(response))
    }
}

/// The form depends on what the client accepts, so caches keep both apart.
fn varied(mut response: Response) -> Response {
    response.headers_mut().append(header::VARY, HeaderValue::from_static("accept"));
    response
}

/// A link of a document.
pub fn link(rel: &str, media_type: &str, href: &str, title: &str) -> Value {
    json!({ "rel": rel, "type": media_type, "href": href, "title": title })
}

/// A row of a page: where it leads, and words.
struct Row {
    href: String,
    title: String,
    text: String,
}

#[derive(Template)]
#[template(path = "ogc/page.html")]
struct DocumentPage {
    page: Page,
    title: String,
    text: String,
    rows: Vec<Row>,
    values: Vec<(String, String)>,
    links: Vec<Row>,
}

impl DocumentPage {
    fn new(page: Page, document: &Value) -> Self {
        let text = |value: &Value, name: &str| value[name].as_str().unwrap_or_default().to_owned();
        let list = |name: &str| document[name].as_array().map(Vec::as_slice).unwrap_or_default().iter();
        let collections = list("collections").chain(list("tilesets")).chain(list("tileMatrixSets")).map(|one| Row {
            href: to(one, "self"),
            title: text(one, "title"),
            text: text(one, "description"),
        });
        let path = page.path.clone();
        let features = list("features").map(|feature| {
            let id = text(feature, "id");
            let name = feature["properties"]["name"].as_str().unwrap_or(&id).to_owned();
            Row { href: format!("{path}/{id}?f=html"), title: name, text: String::new() }
        });
        let classes = list("conformsTo").filter_map(Value::as_str).map(|class| Row {
            href: class.to_owned(),
            title: class.to_owned(),
            text: String::new(),
        });
        let paths = document["paths"].as_object().into_iter().flatten().map(|(path, item)| Row {
            href: String::new(),
            title: path.clone(),
            text: text(&item["get"], "summary"),
        });
        let rows: Vec<Row> = collections.chain(features).chain(classes).chain(paths).collect();
        let values =
            document["properties"].as_object().into_iter().flatten().map(|(name, value)| (name.clone(), words(value)));
        let links = list("links").filter(|link| link["templated"] != true).map(|link| {
            let title = text(link, "title");
            let rel = text(link, "rel").rsplit('/').next().unwrap_or_default().to_owned();
            let title = if title.is_empty() { text(link, "href") } else { title };
            Row { href: text(link, "href"), title, text: rel }
        });
        Self {
            title: [text(document, "title"), text(&document["info"], "title"), text(&document["properties"], "name")]
                .into_iter()
                .find(|title| !title.is_empty())
                .unwrap_or_else(|| page.path.clone()),
            text: text(document, "description"),
            values: values.collect(),
            links: links.collect(),
            rows,
            page,
        }
    }
}

/// A property's value; of several with commas between.
fn words(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(words).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// Address of a part's link, for people.
fn to(part: &Value, rel: &str) -> String {
    let links = part["links"].as_array().map(Vec::as_slice).unwrap_or_default();
    let found = links.iter().find(|link| link["rel"] == rel).and_then(|link| link["href"].as_str());
    found.map(|href| format!("{href}?f=html")).unwrap_or_default()
}
