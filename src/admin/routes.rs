//! `/admin`: accounts and invitations.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::queries::{self, Account, Change};
use crate::access::{self, Post, Role, Routes, Rule, Thing, Viewer, Who};
use crate::accounts::tickets::{self, Newcomer, Purpose};
use crate::accounts::{self, letters};
use crate::app::App;
use crate::error::{Error, Result};
use crate::web::{Check, Form, FormView, Page, form_page};

/// An account, by its key.
pub const ACCOUNT: Thing =
    Thing { name: "account", find: |pool, key| Box::pin(async move { queries::owned(&pool, &key).await }) };

/// An administrator of the account's municipality, or of all.
const OF_ACCOUNT: Rule = Rule::of(ACCOUNT, &[Who::Administrator]);

/// Addresses of this feature.
pub fn routes() -> Routes {
    Routes::new()
        .get("/admin", Rule::ADMINISTRATORS, list)
        .get("/admin/zaproszenia", Rule::ADMINISTRATORS, invite_page)
        .post("/admin/zaproszenia", Rule::ADMINISTRATORS, invite)
        .get("/admin/konta/{id}", OF_ACCOUNT, account_page)
        .post("/admin/konta/{id}", OF_ACCOUNT, change)
        .post("/admin/konta/{id}/drugi-skladnik", OF_ACCOUNT, remove_second_factor)
}

#[derive(Template)]
#[template(path = "admin/accounts.html")]
struct AccountsPage {
    page: Page,
    accounts: Vec<Account>,
    q: String,
    role: String,
    saved: bool,
}

impl AccountsPage {
    fn roles(&self) -> Vec<&'static str> {
        Role::ALL.iter().map(|role| role.code()).collect()
    }
}

/// `GET /admin`
async fn list(State(app): State<App>, page: Page) -> Result<Response> {
    let viewer = page.viewer.clone().ok_or(Error::SignIn)?;
    let q = page.params.one("q")?.unwrap_or_default().to_owned();
    let codes: Vec<&str> = Role::ALL.iter().map(|role| role.code()).collect();
    let role = page.params.codes("role", &codes)?.pop().unwrap_or_default();
    let wanted = (!role.is_empty()).then_some(role.as_str());
    let accounts = queries::accounts(&app.pool, viewer.municipality_id, &q, wanted).await?;
    let saved = page.params.one("zapisano")?.is_some();
    form_page(StatusCode::OK, &page.clone(), &AccountsPage { page, accounts, q, role, saved })
}

#[derive(Template)]
#[template(path = "admin/invite.html")]
struct InvitePage {
    page: Page,
    form: FormView,
    municipalities: Vec<(String, String)>,
    institutions: Vec<(String, String)>,
    /// True for an administrator of all.
    of_all: bool,
}

impl InvitePage {
    /// The choice of none, where there is one.
    fn no_municipality(&self) -> &'static str {
        if self.of_all { "–" } else { "" }
    }

    fn roles(&self) -> Vec<(String, String)> {
        INVITED.iter().map(|role| ((*role).to_owned(), self.page.code("role", role))).collect()
    }
}

/// Roles that an account gets by invitation.
const INVITED: &[&str] = &["official", "editor", "administrator"];

/// `GET /admin/zaproszenia`
async fn invite_page(State(app): State<App>, page: Page) -> Result<Response> {
    show_invite(&app, page, FormView::default(), StatusCode::OK).await
}

async fn show_invite(app: &App, page: Page, form: FormView, status: StatusCode) -> Result<Response> {
    let viewer = page.viewer.clone().ok_or(Error::SignIn)?;
    let municipalities = choices(queries::municipalities(&app.pool, viewer.municipality_id).await?);
    let institutions = choices(queries::institutions(&app.pool, viewer.municipality_id).await?);
    let of_all = viewer.municipality_id.is_none();
    form_page(status, &page.clone(), &InvitePage { page, form, municipalities, institutions, of_all })
}

fn choices(rows: Vec<(i64, String)>) -> Vec<(String, String)> {
    rows.into_iter().map(|(id, name)| (id.to_string(), name)).collect()
}

/// `POST /admin/zaproszenia`
async fn invite(post: Post) -> Result<Response> {
    let viewer = post.viewer()?;
    let pool = &post.app.pool;
    let mut check = post.form.check(post.page.lang);
    let role = check.choice("role", INVITED);
    let name = check.line("name", 2..=120);
    let email = check.email("email");
    let role = Role::from_code(role).unwrap_or(Role::Official);
    let (municipality_id, unit_name) = office(&mut check, &post.form, &viewer, role, pool).await?;
    let institution_id = if role == Role::Editor {
        let known = queries::institutions(pool, viewer.municipality_id).await?;
        chosen(&mut check, &post.form, "institution", &known)
    } else {
        None
    };
    if let Err(form) = check.finish() {
        return show_invite(&post.app, post.page, form, StatusCode::UNPROCESSABLE_ENTITY).await;
    }
    if accounts::queries::by_email(pool, &email).await?.is_some() {
        let form = post.form.view().with_error("email", post.page.t("invite-known"));
        return show_invite(&post.app, post.page, form, StatusCode::UNPROCESSABLE_ENTITY).await;
    }
    access::queries::throttle(pool, &format!("invitations of {}", viewer.account_id), 100, 3600).await?;
    let lang = post.page.lang;
    let newcomer = Newcomer {
        name: name.clone(),
        role: role.code().to_owned(),
        lang: lang.tag().to_owned(),
        municipality_id,
        unit_name,
        institution_id,
    };
    let mut transaction = access::queries::begin_as(pool, &viewer).await?;
    let token = tickets::issue(&mut transaction, Purpose::Invite, &email, None, &newcomer).await?;
    let url = post.page.absolute(&format!("/zaproszenie/{token}"));
    letters::send(&mut transaction, &post.app, (lang, &email), "invite", &name, Some(url)).await?;
    transaction.commit().await?;
    Ok(Post::see("/admin?zapisano=1"))
}

/// Municipality and unit of an office, as this administrator may give them.
async fn office(
    check: &mut Check<'_>,
    form: &Form,
    viewer: &Viewer,
    role: Role,
    pool: &sqlx::PgPool,
) -> Result<(Option<i64>, String)> {
    if !role.is_office() {
        return Ok((None, String::new()));
    }
    // Of all municipalities: only by somebody who is that, and only an administrator.
    let of_all =
        role == Role::Administrator && viewer.municipality_id.is_none() && form.value("municipality").is_empty();
    let known = queries::municipalities(pool, viewer.municipality_id).await?;
    let municipality_id = if of_all { None } else { chosen(check, form, "municipality", &known) };
    let least = usize::from(role == Role::Official);
    Ok((municipality_id, check.line("unit_name", least..=160)))
}

/// The key that a form chose among those known.
fn chosen(check: &mut Check<'_>, form: &Form, field: &str, known: &[(i64, String)]) -> Option<i64> {
    let id = form.value(field).parse().ok().filter(|id| known.iter().any(|(known, _)| known == id));
    if id.is_none() {
        check.fail(field, "form-error-choice");
    }
    id
}

#[derive(Template)]
#[template(path = "admin/account.html")]
struct AccountPage {
    page: Page,
    form: FormView,
    account: Account,
    municipalities: Vec<(String, String)>,
    of_all: bool,
}

impl AccountPage {
    /// The choice of none, where there is one.
    fn no_municipality(&self) -> &'static str {
        if self.of_all { "–" } else { "" }
    }

    fn roles(&self) -> Vec<(String, String)> {
        Role::ALL.iter().map(|role| (role.code().to_owned(), self.page.code("role", role.code()))).collect()
    }
}

/// `GET /admin/konta/{id}`
async fn account_page(
    State(app): State<App>,
    page: Page,
    axum::extract::Path(id): axum::extract::Path<i64>,
) -> Result<Response> {
    show_account(&app, page, id, None, StatusCode::OK).await
}

async fn show_account(app: &App, page: Page, id: i64, form: Option<FormView>, status: StatusCode) -> Result<Response> {
    let viewer = page.viewer.clone().ok_or(Error::SignIn)?;
    let account =
        queries::account(&app.pool, id).await?.ok_or_else(|| Error::NotFound("there is no such account".to_owned()))?;
    let form = form.unwrap_or_else(|| {
        Form::of([
            ("role", account.role.clone()),
            ("municipality", account.municipality_id.map_or_else(String::new, |id| id.to_string())),
            ("unit_name", account.unit_name.clone()),
            ("disabled", account.disabled.to_string()),
            ("version", account.version.to_string()),
        ])
        .view()
    });
    let municipalities = choices(queries::municipalities(&app.pool, viewer.municipality_id).await?);
    let of_all = viewer.municipality_id.is_none();
    form_page(status, &page.clone(), &AccountPage { page, form, account, municipalities, of_all })
}

/// `POST /admin/konta/{id}`
async fn change(post: Post) -> Result<Response> {
    let viewer = post.viewer()?;
    let id = post.owned.id;
    let codes: Vec<&str> = Role::ALL.iter().map(|role| role.code()).collect();
    let mut check = post.form.check(post.page.lang);
    let role = Role::from_code(check.choice("role", &codes)).unwrap_or(Role::Resident);
    let (municipality_id, unit_name) = office(&mut check, &post.form, &viewer, role, &post.app.pool).await?;
    let version = check.integer("version", 0..=i32::MAX).unwrap_or_default();
    let disabled = check.flag("disabled");
    if let Err(form) = check.finish() {
        return show_account(&post.app, post.page, id, Some(form), StatusCode::UNPROCESSABLE_ENTITY).await;
    }
    let change = Change { role, municipality_id, unit_name, disabled, version };
    let mut transaction = access::queries::begin_as(&post.app.pool, &viewer).await?;
    let stays_administrator = role == Role::Administrator && municipality_id.is_none() && !disabled;
    if !stays_administrator && !queries::another_administrator(&mut transaction, id).await? {
        let form = post.form.view().with_error("role", post.page.t("delete-last-administrator"));
        return show_account(&post.app, post.page, id, Some(form), StatusCode::CONFLICT).await;
    }
    if !queries::change(&mut transaction, id, &change).await? {
        let form = post.form.view().with_error("role", post.page.t("form-error-changed"));
        return show_account(&post.app, post.page, id, Some(form), StatusCode::CONFLICT).await;
    }
    transaction.commit().await?;
    Ok(Post::see("/admin?zapisano=1"))
}

/// `POST /admin/konta/{id}/drugi-skladnik`: somebody lost phone and codes.
async fn remove_second_factor(post: Post) -> Result<Response> {
    let viewer = post.viewer()?;
    let mut transaction = access::queries::begin_as(&post.app.pool, &viewer).await?;
    queries::remove_second_factor(&mut transaction, post.owned.id).await?;
    transaction.commit().await?;
    Ok(Post::see("/admin?zapisano=1"))
}
