//! One error type for the whole server, each variant with its HTTP status and a sentence.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// What can go wrong while a request is answered.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A parameter of the query string is wrong (400).
    #[error("parameter {parameter}: {detail}")]
    BadParameter {
        /// Name of the parameter as the client wrote it.
        parameter: String,
        /// What is wrong and what would be right.
        detail: String,
    },
    /// A part of the path is wrong (400).
    #[error("{0}")]
    BadPath(String),
    /// The body of a request is no form that can be read (400).
    #[error("{0}")]
    BadForm(String),
    /// Somebody has to sign in first (401).
    #[error("sign in first")]
    SignIn,
    /// Whoever asks may not (403).
    #[error("{0}")]
    Forbidden(String),
    /// What is asked for cannot be done with the thing as it is now (409).
    #[error("{0}")]
    Conflict(String),
    /// Too many attempts (429).
    #[error("too many attempts")]
    TooMany {
        /// When to try again, seconds.
        retry_after_s: i32,
    },
    /// There is no such thing (404).
    #[error("not found: {0}")]
    NotFound(String),
    /// The database cannot be reached for now (503).
    #[error("the database cannot be reached: {0}")]
    Unavailable(String),
    /// The fault is ours (500); the client never sees the cause.
    #[error("{0}")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// The usual result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// A wrong parameter: its name, what is wrong and what would be right.
    pub fn parameter(parameter: &str, detail: impl Into<String>) -> Self {
        Self::BadParameter { parameter: parameter.to_owned(), detail: detail.into() }
    }

    /// Something that should never fail did.
    pub fn internal(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(cause.into())
    }

    /// The HTTP status that tells it.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::BadParameter { .. } | Self::BadPath(_) | Self::BadForm(_) => StatusCode::BAD_REQUEST,
            Self::SignIn => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// What the client is told (RFC 9457). The cause of a 5xx stays in the log.
    pub fn problem(&self) -> Problem {
        let status = self.status();
        let (detail, parameter) = match self {
            Self::BadParameter { parameter, detail } => (detail.clone(), Some(parameter.clone())),
            Self::BadPath(detail) | Self::BadForm(detail) | Self::Forbidden(detail) | Self::Conflict(detail) => {
                (detail.clone(), None)
            }
            Self::SignIn => ("Sign in first.".to_owned(), None),
            Self::TooMany { .. } => ("Too many attempts; wait a while.".to_owned(), None),
            Self::NotFound(what) => (what.clone(), None),
            Self::Unavailable(_) => {
                ("The database cannot be reached just now; try again in a moment.".to_owned(), None)
            }
            Self::Internal(_) => ("The server failed; the cause is in its log.".to_owned(), None),
        };
        Problem {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            detail,
            parameter,
        }
    }
}

/// Error document for programs, `application/problem+json`.
#[derive(Debug, Clone, Serialize)]
pub struct Problem {
    /// Always `about:blank`: the status says the kind.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The status in words.
    pub title: &'static str,
    /// HTTP status.
    pub status: u16,
    /// What was wrong.
    pub detail: String,
    /// Which parameter, where it was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let status = self.status();
        if status.is_server_error() {
            tracing::error!(%status, error = ?self, "request failed");
        }
        let problem = self.problem();
        let retry_after_s = match self {
            Self::TooMany { retry_after_s } => Some(retry_after_s),
            _ => (status == StatusCode::SERVICE_UNAVAILABLE).then_some(2),
        };
        let body = serde_json::to_string(&problem).unwrap_or_default();
        let mut response = (status, [(header::CONTENT_TYPE, "application/problem+json")], body).into_response();
        if let Some(seconds) = retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        // Pages for people are made from it by `web::error_page`.
        response.extensions_mut().insert(problem);
        response
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        if is_unavailable(&error) { Self::Unavailable(error.to_string()) } else { Self::Internal(Box::new(error)) }
    }
}

impl From<askama::Error> for Error {
    fn from(error: askama::Error) -> Self {
        Self::Internal(Box::new(error))
    }
}

/// True when the database is gone or refuses connections, so that trying again later makes sense.
pub fn is_unavailable(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Io(_) | sqlx::Error::WorkerCrashed => true,
        // 57P: shutting down or starting up; 08: connection; 53300: too many; 57014: cancelled by a timeout.
        sqlx::Error::Database(cause) => cause.code().is_some_and(|code| {
            code.starts_with("57P") || code.starts_with("08") || code == "53300" || code == "57014"
        }),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_error_never_shows_its_cause() {
        let problem = Error::internal("password=hunter2").problem();
        assert_eq!(problem.status, 500);
        assert!(!problem.detail.contains("hunter2"));
    }

    #[test]
    fn an_unreachable_database_asks_to_come_back() {
        let response = Error::from(sqlx::Error::PoolTimedOut).into_response();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()[header::RETRY_AFTER], "2");
    }
}
