//! Signing in, and what attackers would like of it.

use axum::http::StatusCode;
use pestor::access::Role;
use pestor::accounts::password;

use crate::support::{Site, demo_site};

const PASSWORD: &str = "cztery słowa razem";

/// An account with a password.
async fn account(site: &Site, role: Role, email: &str) -> i64 {
    let id = site.account(role, email, None).await;
    let hash = password::hashed(PASSWORD).await.expect("hashed");
    sqlx::query("update account set password_hash = $2 where id = $1")
        .bind(id)
        .bind(hash)
        .execute(&site.app.pool)
        .await
        .expect("a password");
    id
}

#[tokio::test]
async fn a_person_signs_in_and_out() {
    let site = demo_site().await;
    account(&site, Role::Resident, "jan@example.org").await;
    let mut browser = site.browser();
    browser.get("/logowanie?dalej=/oferty").await;
    let wrong = browser.post("/logowanie", &[("email", "jan@example.org"), ("password", "zgaduję")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let unknown = browser.post("/logowanie", &[("email", "ktos@example.org"), ("password", "zgaduję")]).await;
    let same = |text: String| text.replace("ktos@example.org", "jan@example.org");
    assert_eq!(same(unknown.text()), same(wrong.text()), "nothing tells a known address from an unknown one");
    let fields = [("email", "JAN@example.org "), ("password", PASSWORD), ("dalej", "/oferty?sort=price")];
    assert_eq!(browser.post("/logowanie", &fields).await.leads(), "/oferty?sort=price");
    let page = browser.get("/oferty").await;
    assert!(page.text().contains("jan (resident)"));
    assert_eq!(page.header("cache-control"), "private, no-store");
    browser.get("/logowanie").await;
    assert_eq!(browser.post("/wyloguj", &[]).await.status, StatusCode::FORBIDDEN, "a token of before signing in");
}
