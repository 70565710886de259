//! Accounts: registration, sign-in, second factor, what a person can see and change of their own.

pub mod command;
pub mod demo;
pub mod letters;
pub mod password;
pub mod queries;
mod recover;
mod register;
pub mod retention;
mod second_factor;
mod settings;
pub mod sign_in;
pub mod tickets;

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use crate::access::{self, Post, Routes};
use crate::error::Result;
use crate::web::{Check, Form, Page, form_page};

/// Routes of accounts.
pub fn routes() -> Routes {
    Routes::new()
        .merge(sign_in::routes())
        .merge(register::routes())
        .merge(recover::routes())
        .merge(second_factor::routes())
        .merge(settings::routes())
}

/// Wording in force of the texts that people agree to: the day it was written.
pub const TEXT_VERSION: &str = "2026-11-22";

#[derive(Template)]
#[template(path = "accounts/sent.html")]
struct SentPage {
    page: Page,
    /// Prefix of its words: `register`, `reset`, `change-email`.
    what: &'static str,
    email: String,
}

/// Tells to look into the mail.
fn sent(page: Page, what: &'static str, email: &str) -> Result<Response> {
    form_page(StatusCode::OK, &page.clone(), &SentPage { page, what, email: email.to_owned() })
}

/// Three mails an hour to an address that nobody has shown to be theirs, thirty from a client.
async fn throttle_mails(post: &Post, what: &str, email: &str) -> Result<()> {
    let pool = &post.app.pool;
    if let Some(client) = post.client {
        access::queries::throttle(pool, &sign_in::key(&format!("{what} from"), &client.to_string()), 30, 3600).await?;
    }
    access::queries::throttle(pool, &sign_in::key(what, email), 3, 3600).await
}

/// The new password of a form; what is weak about it is noted.
fn new_password(check: &mut Check<'_>, form: &Form, email: &str, name: &str) -> String {
    let password = form.value("password").to_owned();
    if let Some(key) = password::weakness(&password, email, name) {
        check.fail("password", key);
    }
    password
}
