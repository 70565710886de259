//! What people do with their own account.

use axum::http::StatusCode;
use pestor::access::Role;

use super::{PASSWORD, account, link};
use crate::support::{demo_site, demo_site_with_mail};

#[tokio::test]
async fn a_forgotten_password_is_set_anew() {
    let (site, smtp) = demo_site_with_mail().await;
    let id = account(&site, Role::Resident, "jan@example.org").await;
    let mut elsewhere = site.signed_in(id).await;
    let mut browser = site.browser();
    browser.get("/haslo").await;
    browser.post("/haslo", &[("email", "jan@example.org")]).await;
    let first = link(&smtp, "jan@example.org", "/haslo/").await;
    browser.get("/haslo").await;
    browser.post("/haslo", &[("email", "jan@example.org")]).await;
    let second = super::path_of(&smtp.wait_for_nth("jan@example.org", 2).await.link("http://pestor.test/haslo/"));
    assert_eq!(browser.get(&first).await.status, StatusCode::NOT_FOUND, "a newer link replaces an older one");
    browser.get(&second).await;
    let fields = [("password", "zupełnie nowe hasło"), ("email", "ala@example.org")];
    assert_eq!(browser.post(&second, &fields).await.leads(), "/panel");
    assert_eq!(elsewhere.get("/konto").await.status, StatusCode::SEE_OTHER, "every other session ended");
    assert_eq!(
        browser.post(&second, &fields).await.status,
        StatusCode::FORBIDDEN,
        "the form was another browser's by now"
    );
    assert_eq!(site.browser().get(&second).await.status, StatusCode::NOT_FOUND, "a link works once");
    let mut browser = site.browser();
    browser.get("/logowanie").await;
    let answer = browser.post("/logowanie", &[("email", "jan@example.org"), ("password", PASSWORD)]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let fields = [("email", "jan@example.org"), ("password", "zupełnie nowe hasło")];
    browser.post("/logowanie", &fields).await.leads();
    smtp.wait_for_nth("jan@example.org", 3).await;
    // A link of yesterday does not work.
    browser.get("/panel").await;
    browser.post("/wyloguj", &[]).await;
    browser.get("/haslo").await;
    browser.post("/haslo", &[("email", "jan@example.org")]).await;
    let third = super::path_of(&smtp.wait_for_nth("jan@example.org", 4).await.link("http://pestor.test/haslo/"));
    site.sql("update account_ticket set valid_until = now()").await;
    assert_eq!(browser.get(&third).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_address_changes_once_its_mail_was_read() {
    let (site, smtp) = demo_site_with_mail().await;
    let id = account(&site, Role::Resident, "jan@example.org").await;
    account(&site, Role::Resident, "ala@example.org").await;
    let mut browser = site.signed_in(id).await;
    let wrong = browser.post("/konto/e-mail", &[("email", "nowy@example.org"), ("password", "zgaduję")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    // Of an address that has an account nothing is told here.
    let taken = browser.post("/konto/e-mail", &[("email", "ala@example.org"), ("password", PASSWORD)]).await.text();
    let free = browser.post("/konto/e-mail", &[("email", "nowy@example.org"), ("password", PASSWORD)]).await.text();
    assert_eq!(taken.replace("ala@example.org", "nowy@example.org"), free);
    let path = link(&smtp, "nowy@example.org", "/konto/e-mail/").await;
    let address = async || -> String {
        let address = sqlx::query_scalar("select email from account where id = $1").bind(id);
        address.fetch_one(&site.app.pool).await.expect("the account")
    };
    browser.get(&path).await;
    assert_eq!(address().await, "jan@example.org");
    browser.post(&path, &[]).await.leads();
    assert_eq!(address().await, "nowy@example.org");
    assert!(smtp.wait_for("jan@example.org").await.text.contains("nowy@example.org"), "the old address hears of it");
}

#[tokio::test]
async fn sessions_are_listed_and_ended() {
    let site = demo_site().await;
    let id = account(&site, Role::Resident, "jan@example.org").await;
    let other = account(&site, Role::Resident, "ala@example.org").await;
    let (mut one, mut two, mut others) =
        (site.signed_in(id).await, site.signed_in(id).await, site.signed_in(other).await);
    let page = one.get("/konto").await.text();
    assert_eq!(page.matches("/zakoncz\"").count(), 2, "one button for the other session, one for all");
    let path = page.split("action=\"/konto/sesje/").nth(1).and_then(|rest| rest.split('"').next()).expect("a button");
    let path = format!("/konto/sesje/{path}");
    assert_eq!(others.post(&path, &[]).await.status, StatusCode::FORBIDDEN);
    one.post(&path, &[]).await.leads();
    assert_eq!(two.get("/konto").await.status, StatusCode::SEE_OTHER);
    let mut three = site.signed_in(id).await;
    one.post("/konto/sesje/zakoncz", &[]).await.leads();
    for browser in [&mut one, &mut three] {
        assert_eq!(browser.get("/konto").await.status, StatusCode::SEE_OTHER);
    }
    assert_eq!(others.get("/konto").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_password_is_changed_by_who_knows_it() {
    let (site, smtp) = demo_site_with_mail().await;
    let id = account(&site, Role::Resident, "jan@example.org").await;
    let (mut browser, mut elsewhere) = (site.signed_in(id).await, site.signed_in(id).await);
    for (old, new) in [("zgaduję", "zupełnie nowe hasło"), (PASSWORD, "krótkie"), (PASSWORD, "jan@example1")] {
        let answer = browser.post("/konto/haslo", &[("password", old), ("new_password", new)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{new}");
    }
    let fields = [("password", PASSWORD), ("new_password", "zupełnie nowe hasło")];
    browser.post("/konto/haslo", &fields).await.leads();
    assert_eq!(browser.get("/konto").await.status, StatusCode::OK);
    assert_eq!(elsewhere.get("/konto").await.status, StatusCode::SEE_OTHER);
    smtp.wait_for("jan@example.org").await;
}

#[tokio::test]
async fn people_take_their_data_and_go() {
    let (site, smtp) = demo_site_with_mail().await;
    let id = account(&site, Role::Representative, "jan@example.org").await;
    let slug: String =
        sqlx::query_scalar("select o.slug from organisation o join offer f on f.organisation_id = o.id limit 1")
            .fetch_one(&site.app.pool)
            .await
            .expect("an organisation that offers something");
    site.represents(id, &slug).await;
    let mut browser = site.signed_in(id).await;
    browser
        .post("/konto", &[("name", "Jan Zmieniony"), ("mail_lang", "en"), ("email", "inny@example.org")])
        .await
        .leads();
    let data = browser.get("/konto/dane.json").await.json();
    assert_eq!(data["account"]["email"], "jan@example.org");
    assert_eq!(data["account"]["name"], "Jan Zmieniony");
    for table in ["session", "representative", "audit_entry"] {
        assert!(data[table].as_array().is_some_and(|rows| !rows.is_empty()), "{table}");
    }
    let text = data.to_string();
    for secret in ["argon2", "token_hash", "totp_secret"] {
        assert!(!text.contains(secret), "{secret}");
    }
    assert_eq!(browser.post("/konto/usun", &[("password", "zgaduję")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    browser.post("/konto/usun", &[("password", PASSWORD)]).await.leads();
    assert_eq!(browser.get("/konto").await.status, StatusCode::SEE_OTHER);
    assert_eq!(site.get(&format!("/organizacje/{slug}")).await.status, StatusCode::OK, "public records stay");
    let left: String = sqlx::query_scalar("select coalesce(string_agg(e::text, ' '), '') from audit_entry e")
        .fetch_one(&site.app.pool)
        .await
        .expect("the log");
    assert!(!left.contains("jan@example.org") && !left.contains("Jan Zmieniony"), "{left}");
    smtp.wait_for("jan@example.org").await;
}

#[tokio::test]
async fn accounts_that_nobody_uses_go_after_a_warning() {
    let (site, smtp) = demo_site_with_mail().await;
    let id = account(&site, Role::Resident, "jan@example.org").await;
    let used = account(&site, Role::Resident, "ala@example.org").await;
    site.sql(&format!(
        "update account set created_at = now() - interval '4 years', last_sign_in_at = null where id = {id}"
    ))
    .await;
    let exists = async |id: i64| -> bool {
        let found = sqlx::query_scalar("select exists (select from account where id = $1)").bind(id);
        found.fetch_one(&site.app.pool).await.expect("asked")
    };
    for _ in 0..2 {
        pestor::accounts::retention::run_due(&site.app).await.expect("done");
    }
    assert!(smtp.wait_for("jan@example.org").await.text.contains("30 dni"));
    assert!(exists(id).await);
    site.sql("update account set warned_at = warned_at - interval '31 days'").await;
    pestor::accounts::retention::run_due(&site.app).await.expect("done");
    assert!(!exists(id).await && exists(used).await);
    assert_eq!(smtp.to("jan@example.org").len(), 1);
}
