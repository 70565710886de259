//! Accounts, and what attackers would like of them.

mod attacks;
mod own;
mod second_factor;

use axum::http::StatusCode;
use pestor::access::Role;
use pestor::accounts::password;

use crate::smtp::Smtp;
use crate::support::{Site, demo_site, demo_site_with_mail};

/// The password of every account here.
pub const PASSWORD: &str = "cztery słowa razem";

/// An account with a password.
pub async fn account(site: &Site, role: Role, email: &str) -> i64 {
    let id = site.account(role, email, if role == Role::Official { Some(town(site).await) } else { None }).await;
    let hash = password::hashed(PASSWORD).await.expect("hashed");
    sqlx::query("update account set password_hash = $2 where id = $1")
        .bind(id)
        .bind(hash)
        .execute(&site.app.pool)
        .await
        .expect("a password");
    id
}

/// Key of the demo's town.
pub async fn town(site: &Site) -> i64 {
    sqlx::query_scalar("select id from municipality where teryt = '0463011'")
        .fetch_one(&site.app.pool)
        .await
        .expect("Toruń")
}

/// The path of the link in the last mail to somebody.
pub async fn link(smtp: &Smtp, to: &str, begins: &str) -> String {
    path_of(&smtp.wait_for(to).await.link(&format!("http://pestor.test{begins}")))
}

/// The path of an address.
pub fn path_of(url: &str) -> String {
    url.strip_prefix("http://pestor.test").unwrap_or_else(|| panic!("a link of ours: {url}")).to_owned()
}

#[tokio::test]
async fn a_person_signs_in_and_out() {
    let site = demo_site().await;
    account(&site, Role::Resident, "jan@example.org").await;
    let mut browser = site.browser();
    browser.get("/logowanie?dalej=/oferty").await;
    let wrong = browser.post("/logowanie", &[("email", "jan@example.org"), ("password", "zgaduję")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!wrong.text().contains("zgaduję"), "a password is never shown again");
    let fields = [("email", "JAN@example.org "), ("password", PASSWORD), ("dalej", "/oferty?sort=price")];
    assert_eq!(browser.post("/logowanie", &fields).await.leads(), "/oferty?sort=price");
    let page = browser.get("/oferty").await;
    assert!(page.text().contains("jan (resident)"));
    assert_eq!(page.header("cache-control"), "private, no-store");
    browser.get("/panel").await;
    assert_eq!(browser.post("/wyloguj", &[]).await.leads(), "/");
    assert_eq!(browser.get("/panel").await.leads(), "/logowanie?dalej=%2Fpanel");
}

#[tokio::test]
async fn a_resident_registers_by_mail() {
    let (site, smtp) = demo_site_with_mail().await;
    let mut browser = site.browser();
    browser.get("/rejestracja").await;
    let nothing = browser.post("/rejestracja", &[]).await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(nothing.text().matches("class=\"field-error\"").count(), 4, "every field says what is wrong with it");
    let fields = [
        ("kind", "resident"),
        ("name", "Ala Żółć"),
        ("email", "Ala@Example.org"),
        ("terms", "true"),
        ("role", "administrator"),
        ("municipality_id", "1"),
        ("trusted", "true"),
    ];
    assert!(browser.post("/rejestracja", &fields).await.text().contains("Sprawdź pocztę"));
    let path = link(&smtp, "ala@example.org", "/rejestracja/").await;
    let accounts = async || -> i64 {
        sqlx::query_scalar("select count(*) from account where email = 'ala@example.org'")
            .fetch_one(&site.app.pool)
            .await
            .expect("counted")
    };
    browser.get(&path).await;
    assert_eq!(accounts().await, 0, "a scanner of mail that opens the link makes no account");
    assert_eq!(browser.post(&path, &[("password", "ala")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(browser.post(&path, &[("password", PASSWORD)]).await.leads(), "/panel");
    assert!(browser.get("/panel").await.text().contains("Ala Żółć"));
    let (role, trusted): (String, bool) =
        sqlx::query_as("select role, trusted from account where email = 'ala@example.org'")
            .fetch_one(&site.app.pool)
            .await
            .expect("the account");
    assert_eq!((role.as_str(), trusted), ("resident", false), "what the form has no field for has no effect");
    let consents: Vec<String> = sqlx::query_scalar("select text_code from account_consent order by text_code")
        .fetch_all(&site.app.pool)
        .await
        .expect("consents");
    assert_eq!(consents, ["privacy", "terms"]);
    assert_eq!(site.browser().get(&path).await.status, StatusCode::NOT_FOUND, "a link works once");
}

#[tokio::test]
async fn an_official_comes_by_invitation() {
    let (site, smtp) = demo_site_with_mail().await;
    let admin = site.account(Role::Administrator, "admin@example.org", None).await;
    let mut browser = site.signed_in(admin).await;
    let town = town(&site).await.to_string();
    let fields = [
        ("role", "official"),
        ("name", "Ewa Urzędowa"),
        ("email", "ewa@example.org"),
        ("municipality", town.as_str()),
        ("unit_name", "Wydział Kultury"),
    ];
    assert_eq!(browser.post("/admin/zaproszenia", &fields).await.leads(), "/admin?zapisano=1");
    let path = link(&smtp, "ewa@example.org", "/zaproszenie/").await;
    let mut invited = site.browser();
    invited.get(&path).await;
    let fields = [("password", PASSWORD), ("terms", "true"), ("role", "administrator")];
    assert_eq!(invited.post(&path, &fields).await.leads(), "/panel");
    assert!(invited.get("/urzad").await.text().contains("Do sprawdzenia"));
    assert_eq!(invited.get("/admin").await.status, StatusCode::FORBIDDEN);
    // The administrator gives her another unit; she has to sign in again, and the log says what was done.
    let id: i64 = sqlx::query_scalar("select id from account where email = 'ewa@example.org'")
        .fetch_one(&site.app.pool)
        .await
        .expect("Ewa");
    let path = format!("/admin/konta/{id}");
    browser.get(&path).await;
    let mut change =
        vec![("role", "official"), ("municipality", town.as_str()), ("unit_name", "Wydział Sportu"), ("version", "1")];
    assert_eq!(browser.post(&path, &change).await.leads(), "/admin?zapisano=1");
    assert_eq!(browser.post(&path, &change).await.status, StatusCode::CONFLICT, "of two changes the second is told");
    change[3].1 = "2";
    change.push(("disabled", "true"));
    assert_eq!(browser.post(&path, &change).await.leads(), "/admin?zapisano=1");
    assert_eq!(invited.get("/urzad").await.leads(), "/logowanie?dalej=%2Furzad");
    let log = browser.get("/urzad/dziennik?rodzaj=account").await.text();
    assert!(log.contains("Wydział Sportu") && log.contains("Wydział Kultury"), "before and after");
    assert!(!log.contains("argon2"), "no secrets");
}

#[tokio::test]
async fn an_administrator_of_one_municipality_stays_in_it() {
    let site = demo_site().await;
    let (town, other): (i64, i64) = (town(&site).await, other_municipality(&site).await);
    let admin = site.account(Role::Administrator, "admin@example.org", Some(town)).await;
    let everywhere = site.account(Role::Administrator, "all@example.org", None).await;
    let theirs = site.account(Role::Official, "ich@example.org", Some(other)).await;
    let mut browser = site.signed_in(admin).await;
    for id in [everywhere, theirs] {
        assert_eq!(browser.get(&format!("/admin/konta/{id}")).await.status, StatusCode::FORBIDDEN);
    }
    assert!(!browser.get("/admin").await.text().contains("ich@example.org"));
    for municipality in [other.to_string(), String::new()] {
        let fields = [
            ("role", "administrator"),
            ("name", "Jan Obcy"),
            ("email", "jan@example.org"),
            ("municipality", municipality.as_str()),
        ];
        let answer = browser.post("/admin/zaproszenia", &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{municipality:?}");
    }
    // The last administrator of all can be neither demoted nor deleted.
    let mut browser = site.signed_in(everywhere).await;
    let path = format!("/admin/konta/{everywhere}");
    let answer = browser.post(&path, &[("role", "resident"), ("version", "1")]).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
}

/// A municipality beside the demo's, with its key.
pub async fn other_municipality(site: &Site) -> i64 {
    sqlx::query_scalar(
        "insert into municipality (teryt, name, boundary)
         values ('0000001', 'Obca', st_multi(st_makeenvelope(15, 51, 15.1, 51.1, 4326)))
         on conflict (teryt) do update set name = excluded.name returning id",
    )
    .fetch_one(&site.app.pool)
    .await
    .expect("another municipality")
}
