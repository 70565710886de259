//! Registration: name and address first; the password is chosen by whoever reads the address's mail.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::tickets::{self, Newcomer, Purpose};
use super::{letters, password, queries, sign_in};
use crate::access::{self, Post, Role, Routes, Rule};
use crate::app::App;
use crate::error::{Error, Result};
use crate::web::{FormView, Page, form_page};

pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/rejestracja", Rule::ANYONE, page)
        .post("/rejestracja", Rule::ANYONE, register)
        .get("/rejestracja/{token}", Rule::ANYONE, confirm_page)
        .post("/rejestracja/{token}", Rule::ANYONE, confirm)
        .get("/zaproszenie/{token}", Rule::ANYONE, invited_page)
        .post("/zaproszenie/{token}", Rule::ANYONE, accept)
}

/// Kinds of accounts that people make themselves.
const KINDS: &[&str] = &["resident", "representative"];

#[derive(Template)]
#[template(path = "accounts/register.html")]
struct RegisterPage {
    page: Page,
    form: FormView,
}

impl RegisterPage {
    fn kinds(&self) -> Vec<(String, String)> {
        KINDS.iter().map(|kind| ((*kind).to_owned(), self.page.t(&format!("register-{kind}")))).collect()
    }
}

/// `GET /rejestracja`
async fn page(page: Page) -> Result<Response> {
    form_page(StatusCode::OK, &page.clone(), &RegisterPage { page, form: FormView::default() })
}

/// `POST /rejestracja`: a known and an unknown address get the same answer, and a mail each.
async fn register(post: Post) -> Result<Response> {
    let lang = post.page.lang;
    let mut check = post.form.check(lang);
    let role = check.choice("kind", KINDS);
    let name = check.line("name", 2..=120);
    let email = check.email("email");
    check.must("terms", "register-terms-required");
    if let Err(form) = check.finish() {
        let page = post.page;
        return form_page(StatusCode::UNPROCESSABLE_ENTITY, &page.clone(), &RegisterPage { page, form });
    }
    super::throttle_mails(&post, "register", &email).await?;
    let known = queries::by_email(&post.app.pool, &email).await?.is_some();
    let mut transaction = post.app.pool.begin().await?;
    let newcomer = Newcomer {
        name: name.clone(),
        role: role.to_owned(),
        lang: lang.tag().to_owned(),
        municipality_id: None,
        unit_name: String::new(),
        institution_id: None,
    };
    let to = (lang, email.as_str());
    if known {
        let url = post.page.absolute("/logowanie");
        letters::send(&mut transaction, &post.app, to, "register-known", &name, Some(url)).await?;
    } else {
        let token = tickets::issue(&mut transaction, Purpose::Register, &email, None, &newcomer).await?;
        let url = post.page.absolute(&format!("/rejestracja/{token}"));
        letters::send(&mut transaction, &post.app, to, "register", &name, Some(url)).await?;
    }
    transaction.commit().await?;
    super::sent(post.page, "register", &email)
}

#[derive(Template)]
#[template(path = "accounts/choose_password.html")]
pub(super) struct ChoosePassword {
    pub page: Page,
    pub form: FormView,
    /// Prefix of its words: `register`, `invite`, `reset`.
    pub what: &'static str,
    pub email: String,
}

impl ChoosePassword {
    fn is_invitation(&self) -> bool {
        self.what == "invite"
    }
}

/// `GET /rejestracja/{token}`
async fn confirm_page(State(app): State<App>, page: Page, Path(token): Path<String>) -> Result<Response> {
    choose_page(&app, page, Purpose::Register, "register", &token).await
}

/// `GET /zaproszenie/{token}`
async fn invited_page(State(app): State<App>, page: Page, Path(token): Path<String>) -> Result<Response> {
    choose_page(&app, page, Purpose::Invite, "invite", &token).await
}

/// Shows what a link will do, and asks for a password.
pub(super) async fn choose_page(
    app: &App,
    page: Page,
    purpose: Purpose,
    what: &'static str,
    token: &str,
) -> Result<Response> {
    let ticket = tickets::look(&app.pool, purpose, token).await?;
    let template = ChoosePassword { page: page.clone(), form: FormView::default(), what, email: ticket.email };
    form_page(StatusCode::OK, &page, &template)
}

/// `POST /rejestracja/{token}`
async fn confirm(post: Post) -> Result<Response> {
    make(post, Purpose::Register, "register").await
}

/// `POST /zaproszenie/{token}`
async fn accept(post: Post) -> Result<Response> {
    make(post, Purpose::Invite, "invite").await
}

/// Makes the account that a link promises, and signs it in.
async fn make(post: Post, purpose: Purpose, what: &'static str) -> Result<Response> {
    let token = post.path.first().cloned().unwrap_or_default();
    let ticket = tickets::look(&post.app.pool, purpose, &token).await?;
    let newcomer: Newcomer = ticket.details()?;
    let email = ticket.email;
    let mut check = post.form.check(post.page.lang);
    let new = super::new_password(&mut check, &post.form, &email, &newcomer.name);
    if purpose == Purpose::Invite {
        check.must("terms", "register-terms-required");
    }
    if let Err(form) = check.finish() {
        let page = post.page;
        return form_page(StatusCode::UNPROCESSABLE_ENTITY, &page.clone(), &ChoosePassword { page, form, what, email });
    }
    let hash = password::hashed(&new).await?;
    let role = Role::from_code(&newcomer.role).ok_or_else(|| Error::internal("unknown role in a ticket"))?;
    let mut transaction = post.app.pool.begin().await?;
    tickets::take(&mut transaction, purpose, &token).await?;
    let Some(id) = queries::add(&mut transaction, &email, &newcomer, Some(&hash)).await? else {
        // Somebody else's ticket for the same address was faster.
        return Err(Error::NotFound("there is an account of this address already".to_owned()));
    };
    access::queries::act_as(&mut transaction, id, role).await?;
    if let Some(institution) = newcomer.institution_id {
        queries::edit_institution(&mut transaction, id, institution).await?;
    }
    for text in ["terms", "privacy"] {
        queries::consent(&mut transaction, id, text).await?;
    }
    transaction.commit().await?;
    let next = if role == Role::Representative { "/moja-organizacja" } else { "/panel" };
    sign_in::begin(&post.app, &post.headers, id, role, false, next).await
}
