//! What people filled in: reading it, checking it field by field, and showing it again with what is wrong.

use axum::body::{Body, Bytes};
use axum::extract::multipart::MultipartError;
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart};
use axum::http::{HeaderMap, Request, StatusCode, header};

use super::Lang;
use super::check::Check;
use crate::error::{Error, Result};

/// Most bytes of a form without files.
const MOST_BYTES: usize = 512 * 1024;
/// Most bytes of a form with files.
const MOST_BYTES_WITH_FILES: usize = 80 * 1024 * 1024;
/// Most fields.
const MOST_FIELDS: usize = 500;

/// A file that came with a form. Its name and what the browser says of it are not to be trusted.
#[derive(Debug, Clone)]
pub struct Upload {
    /// Name of the field.
    pub field: String,
    /// Name of the file, as the browser gave it.
    pub file_name: String,
    /// Content.
    pub bytes: Bytes,
}

/// A form that was sent. Handlers ask for the fields they know; whatever else was sent has no effect.
#[derive(Debug, Clone, Default)]
pub struct Form {
    fields: Vec<(String, String)>,
    /// Files that were chosen.
    pub uploads: Vec<Upload>,
}

impl Form {
    /// Reads a body, `application/x-www-form-urlencoded` or `multipart/form-data`.
    ///
    /// # Errors
    /// It is neither, is broken, or is too large.
    pub async fn read(headers: &HeaderMap, body: Body) -> Result<Self> {
        let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let form = if kind.starts_with("multipart/form-data") {
            Self::multipart(kind, body).await?
        } else if kind.starts_with("application/x-www-form-urlencoded") {
            let bytes = axum::body::to_bytes(body, MOST_BYTES).await.map_err(|_| too_large())?;
            let fields = form_urlencoded::parse(&bytes).take(MOST_FIELDS + 1);
            Self {
                fields: fields.map(|(name, value)| (name.into_owned(), value.into_owned())).collect(),
                ..Self::default()
            }
        } else {
            return Err(Error::BadForm("the body is not a form".to_owned()));
        };
        if form.fields.len() > MOST_FIELDS {
            return Err(Error::BadForm(format!("the form has more than {MOST_FIELDS} fields")));
        }
        Ok(form)
    }

    async fn multipart(kind: &str, body: Body) -> Result<Self> {
        let broken = |error: MultipartError| {
            if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
                too_large()
            } else {
                Error::BadForm(error.body_text())
            }
        };
        let request = Request::builder().method("POST").header(header::CONTENT_TYPE, kind).body(body);
        let mut request = request.map_err(Error::internal)?;
        DefaultBodyLimit::max(MOST_BYTES_WITH_FILES).apply(&mut request);
        let mut parts =
            Multipart::from_request(request, &()).await.map_err(|error| Error::BadForm(error.body_text()))?;
        let mut form = Self::default();
        while let Some(part) = parts.next_field().await.map_err(broken)? {
            let field = part.name().unwrap_or_default().to_owned();
            match part.file_name().map(str::to_owned) {
                None => form.fields.push((field, part.text().await.map_err(broken)?)),
                Some(file_name) => {
                    let bytes = part.bytes().await.map_err(broken)?;
                    // A file input that was left alone sends an empty file without a name.
                    if !(file_name.is_empty() && bytes.is_empty()) {
                        form.uploads.push(Upload { field, file_name, bytes });
                    }
                }
            }
            if form.fields.len() + form.uploads.len() > MOST_FIELDS {
                return Err(Error::BadForm(format!("the form has more than {MOST_FIELDS} fields")));
            }
        }
        Ok(form)
    }

    /// A form with these fields, to be shown.
    pub fn of(fields: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        Self { fields: fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(), uploads: Vec::new() }
    }

    /// The same form with another value of a field.
    #[must_use]
    pub fn with(mut self, name: &str, value: String) -> Self {
        self.fields.retain(|(field, _)| field != name);
        self.fields.push((name.to_owned(), value));
        self
    }

    /// The first value of a field as it was sent; empty where there is none.
    pub fn value(&self, name: &str) -> &str {
        self.fields.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value)
    }

    /// Every value of a field.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields.iter().filter(move |(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// Begins to check it; what is wrong is said in this language.
    pub fn check(&self, lang: Lang) -> Check<'_> {
        Check::new(self, lang)
    }

    /// The form as a page shows it, with nothing wrong.
    pub fn view(&self) -> FormView {
        FormView { form: self.clone(), errors: Vec::new() }
    }
}

fn too_large() -> Error {
    Error::BadForm("the form is too large".to_owned())
}

/// A form as a page shows it: values, and what is wrong with them.
#[derive(Debug, Clone, Default)]
pub struct FormView {
    pub(super) form: Form,
    pub(super) errors: Vec<(String, String)>,
}

impl FormView {
    /// The value of a field. Secrets are never shown again.
    pub fn value(&self, name: &str) -> &str {
        if name.contains("password") || name == "code" { "" } else { self.form.value(name) }
    }

    /// True when a choice of a field was made.
    pub fn is(&self, name: &str, value: &str) -> bool {
        self.form.values(name).any(|given| given == value)
    }

    /// What is wrong with a field.
    pub fn error(&self, name: &str) -> Option<&str> {
        self.errors.iter().find(|(field, _)| field == name).map(|(_, text)| text.as_str())
    }

    /// Everything that is wrong: field and words.
    pub fn errors(&self) -> &[(String, String)] {
        &self.errors
    }

    /// The same with something more that is wrong.
    #[must_use]
    pub fn with_error(mut self, field: &str, text: String) -> Self {
        self.errors.push((field.to_owned(), text));
        self
    }
}
