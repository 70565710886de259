//! Forged forms, guessed passwords, planted cookies, and what answers must not tell.

use axum::http::StatusCode;
use pestor::access::Role;
use pestor::config::Config;

use super::{PASSWORD, account, link};
use crate::support::{Site, demo_config, demo_site, demo_site_with_mail};

#[tokio::test]
async fn a_form_of_another_site_is_refused() {
    let site = demo_site().await;
    let id = account(&site, Role::Resident, "jan@example.org").await;
    let mut browser = site.signed_in(id).await;
    let token = browser.csrf.clone();
    let good = [("name", "Jan Nowy"), ("mail_lang", "pl"), ("csrf", token.as_str())];
    let without = &good[..2];
    for (fields, headers) in [
        (without, &[][..]),
        (&[("name", "Jan"), ("mail_lang", "pl"), ("csrf", "0123456789abcdef0123456789abcdef")], &[]),
        (&good, &[("origin", "https://evil.example")]),
        (&good, &[("origin", "null")]),
        (&good, &[("sec-fetch-site", "cross-site")]),
        (&good, &[("sec-fetch-site", "same-site")]),
    ] {
        let answer = browser.post_exactly("/konto", fields, headers).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{fields:?} {headers:?}");
    }
    let headers = [("origin", "http://pestor.test"), ("sec-fetch-site", "same-origin")];
    assert_eq!(browser.post_exactly("/konto", &good, &headers).await.leads(), "/konto?zapisano=1");
    // The token of one browser is of no use in another.
    let other = account(&site, Role::Resident, "ala@example.org").await;
    let mut other = site.signed_in(other).await;
    assert_eq!(other.post_exactly("/konto", &good, &[]).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_planted_cookie_is_not_signed_in() {
    let site = demo_site().await;
    account(&site, Role::Resident, "jan@example.org").await;
    let planted = "A".repeat(43);
    let mut browser = site.browser();
    browser.plant("session", &planted);
    browser.get("/logowanie").await;
    browser.post("/logowanie", &[("email", "jan@example.org"), ("password", PASSWORD)]).await.leads();
    let first = browser.cookie("session").expect("a session").to_owned();
    assert_ne!(first, planted);
    let mut attacker = site.browser();
    attacker.plant("session", &planted);
    assert_eq!(attacker.get("/konto").await.status, StatusCode::SEE_OTHER);
    // Signing in again gives a new token and ends the session of the old one.
    browser.plant("visit", &planted);
    let mut again = site.browser();
    again.plant("session", &first);
    again.get("/panel").await;
    again.post("/wyloguj", &[]).await.leads();
    assert_eq!(browser.get("/konto").await.status, StatusCode::SEE_OTHER, "signed out is signed out");
}

#[tokio::test]
async fn guessing_is_stopped_on_every_node() {
    let config = demo_config().await;
    let one = Site::start(config.clone()).await;
    let two = Site::start(config).await;
    account(&one, Role::Resident, "jan@example.org").await;
    let (mut a, mut b) = (one.browser(), two.browser());
    a.get("/logowanie").await;
    b.get("/logowanie").await;
    for number in 0..10 {
        let browser = if number % 2 == 0 { &mut a } else { &mut b };
        let answer = browser.post("/logowanie", &[("email", "jan@example.org"), ("password", "zgaduję")]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    for browser in [&mut a, &mut b] {
        let answer = browser.post("/logowanie", &[("email", "jan@example.org"), ("password", PASSWORD)]).await;
        assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "the eleventh attempt, right or wrong");
        assert_eq!(answer.header("retry-after"), "900");
        assert!(answer.text().contains("Za dużo prób"));
    }
    // Others are not held up, and after the span nobody is.
    account(&one, Role::Resident, "ala@example.org").await;
    a.post("/logowanie", &[("email", "ala@example.org"), ("password", PASSWORD)]).await.leads();
    one.sql("update throttle set window_start = window_start - interval '16 minutes'").await;
    b.post("/logowanie", &[("email", "jan@example.org"), ("password", PASSWORD)]).await.leads();
}

#[tokio::test]
async fn answers_do_not_tell_who_has_an_account() {
    let (site, smtp) = demo_site_with_mail().await;
    account(&site, Role::Resident, "jan@example.org").await;
    let disabled = account(&site, Role::Resident, "byl@example.org").await;
    site.sql(&format!("update account set disabled_at = now() where id = {disabled}")).await;
    let mut browser = site.browser();
    browser.get("/logowanie").await;
    let masked = |text: String, email: &str| text.replace(email, "x@example.org");
    let mut answers = Vec::new();
    for email in ["jan@example.org", "ktos@example.org", "byl@example.org"] {
        let sign_in = browser.post("/logowanie", &[("email", email), ("password", "zgaduję to")]).await;
        let reset = browser.post("/haslo", &[("email", email)]).await;
        let fields = [("kind", "resident"), ("name", "Jan"), ("email", email), ("terms", "true")];
        let register = browser.post("/rejestracja", &fields).await;
        let texts = [sign_in, reset, register].map(|answer| (answer.status, masked(answer.text(), email)));
        answers.push(texts);
        assert_eq!(smtp.wait_for_nth(email, 2).await.to, email, "both forms send a mail to whatever address");
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0], answers[2]);
    let right = [("email", "byl@example.org"), ("password", PASSWORD)];
    assert_eq!(browser.post("/logowanie", &right).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn nobody_is_led_to_another_site() {
    let site = demo_site().await;
    account(&site, Role::Resident, "jan@example.org").await;
    for next in ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"] {
        let mut browser = site.browser();
        let encoded: String = form_urlencoded::byte_serialize(next.as_bytes()).collect();
        browser.get(&format!("/logowanie?dalej={encoded}")).await;
        let fields = [("email", "jan@example.org"), ("password", PASSWORD), ("dalej", next)];
        assert_eq!(browser.post("/logowanie", &fields).await.leads(), "/panel", "{next}");
    }
}

#[tokio::test]
async fn a_name_is_text_wherever_it_is_shown() {
    let (site, smtp) = demo_site_with_mail().await;
    let evil = "<script>alert(1)</script>\"'{{7*7}}";
    let mut browser = site.browser();
    browser.get("/rejestracja").await;
    let fields = [("kind", "resident"), ("name", evil), ("email", "zlo@example.org"), ("terms", "true")];
    browser.post("/rejestracja", &fields).await;
    let mail = smtp.wait_for("zlo@example.org").await;
    assert!(!mail.html.contains("<script>") && mail.html.contains("{{7*7}}"));
    let path = link(&smtp, "zlo@example.org", "/rejestracja/").await;
    browser.get(&path).await;
    browser.post(&path, &[("password", PASSWORD)]).await.leads();
    for path in ["/panel", "/konto", "/", "/oferty"] {
        let text = browser.get(path).await.text();
        assert!(!text.contains("<script>alert"), "{path}");
    }
    let header =
        [("kind", "resident"), ("name", "Jan\r\nBcc: all@example.org"), ("email", "a@example.org"), ("terms", "true")];
    let mut browser = site.browser();
    browser.get("/rejestracja").await;
    assert_eq!(browser.post("/rejestracja", &header).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn cookies_are_locked_down_behind_https() {
    let config = Config { base_url: Some("https://pes.example.org".to_owned()), ..demo_config().await };
    let site = Site::start(config).await;
    account(&site, Role::Resident, "jan@example.org").await;
    let mut browser = site.browser();
    let page = browser.get("/logowanie").await;
    let visit = page.header("set-cookie").to_owned();
    assert!(
        visit.starts_with("__Host-visit=")
            && visit.ends_with("; Path=/; Max-Age=43200; HttpOnly; SameSite=Lax; Secure")
    );
    let answer = browser.post("/logowanie", &[("email", "jan@example.org"), ("password", PASSWORD)]).await;
    answer.leads();
    let session = answer.header("set-cookie");
    assert!(
        session.starts_with("__Host-session=") && session.contains("; HttpOnly; SameSite=Lax; Secure"),
        "{session}"
    );
    // Pages without a form give nobody a cookie.
    assert_eq!(site.page("/oferty").await.header("set-cookie"), "");
}

#[tokio::test]
async fn a_session_ends_by_itself() {
    let site = demo_site().await;
    let id = account(&site, Role::Resident, "jan@example.org").await;
    for ended in ["idle_until = now()", "absolute_until = now()"] {
        let mut browser = site.signed_in(id).await;
        assert_eq!(browser.get("/konto").await.status, StatusCode::OK);
        site.sql(&format!("update session set {ended}")).await;
        assert_eq!(browser.get("/konto").await.status, StatusCode::SEE_OTHER, "{ended}");
    }
    // Use keeps a session awake, but only up to its absolute end.
    let mut browser = site.signed_in(id).await;
    site.sql("update session set last_seen_at = now() - interval '1 hour', idle_until = now() + interval '1 minute'")
        .await;
    browser.get("/konto").await;
    let left: bool = sqlx::query_scalar("select bool_or(idle_until > now() + interval '13 days') from session")
        .fetch_one(&site.app.pool)
        .await
        .expect("sessions");
    assert!(left);
    let (token, hashes): (String, Vec<Vec<u8>>) = (
        browser.cookie("session").expect("a session").to_owned(),
        sqlx::query_scalar("select token_hash from session").fetch_all(&site.app.pool).await.expect("hashes"),
    );
    assert!(hashes.iter().all(|hash| *hash != token.as_bytes()), "the database cannot be used to sign in");
}

#[tokio::test]
async fn a_body_that_is_no_form_is_refused() {
    let site = demo_site().await;
    let id = account(&site, Role::Resident, "jan@example.org").await;
    let mut browser = site.signed_in(id).await;
    let long = "x".repeat(600 * 1024);
    let answer = browser.post("/konto", &[("name", &long), ("mail_lang", "pl")]).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let many: Vec<(&str, &str)> = (0..600).map(|_| ("a", "b")).collect();
    assert_eq!(browser.post("/konto", &many).await.status, StatusCode::BAD_REQUEST);
    let json = browser.post_exactly("/konto", &[], &[("content-type", "application/json")]).await;
    assert_eq!(json.status, StatusCode::BAD_REQUEST);
}
