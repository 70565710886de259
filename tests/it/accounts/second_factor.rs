//! The second factor: set up, asked for, not to be gone around.

use axum::http::StatusCode;
use data_encoding::BASE32_NOPAD;
use pestor::access::Role;
use pestor::config::Config;
use totp_rs::Builder;

use super::{PASSWORD, account};
use crate::browser::Browser;
use crate::support::{Site, demo_config};

/// The code that an app shows for the secret of a page, `later` steps from now.
fn code(page: &str, later: u64) -> String {
    let secret = page.split("class=\"secret\">").nth(1).and_then(|rest| rest.split('<').next()).expect("a secret");
    let secret = BASE32_NOPAD.decode(secret.replace(' ', "").as_bytes()).expect("Base32");
    let totp = Builder::new().with_secret(secret).build().expect("a factor");
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("time").as_secs();
    totp.generate(now + later * 30).to_string()
}

/// Signs in by password.
async fn sign_in<'a>(site: &'a Site, email: &str) -> Browser<'a> {
    let mut browser = site.browser();
    browser.get("/logowanie").await;
    browser.post("/logowanie", &[("email", email), ("password", PASSWORD), ("dalej", "/urzad")]).await.leads();
    browser
}

#[tokio::test]
async fn officials_need_a_second_factor() {
    let config = Config { second_factor_required: true, ..demo_config().await };
    let site = Site::start(config).await;
    let id = account(&site, Role::Official, "ewa@example.org").await;
    let mut browser = sign_in(&site, "ewa@example.org").await;
    // Before it is set up, nothing else can be done.
    for path in ["/urzad", "/panel", "/konto", "/urzad/kolejka"] {
        let led = browser.get(path).await;
        assert!(led.leads().starts_with("/konto/drugi-skladnik?dalej="), "{path}");
    }
    assert_eq!(browser.post("/konto", &[("name", "Ewa"), ("mail_lang", "pl")]).await.status, StatusCode::UNAUTHORIZED);
    let page = browser.get("/konto/drugi-skladnik").await.text();
    let wrong = browser.post("/konto/drugi-skladnik", &[("code", "000000")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(code(&wrong.text(), 0), code(&page, 0), "the secret stays while it is being set up");
    let mut elsewhere = sign_in(&site, "ewa@example.org").await;
    let before = browser.cookie("session").expect("a session").to_owned();
    let first = code(&page, 0);
    let done = browser.post("/konto/drugi-skladnik", &[("code", &first)]).await;
    let codes = done.text();
    let codes: Vec<&str> = codes.split("<li><code>").skip(1).filter_map(|rest| rest.split('<').next()).collect();
    assert_eq!(codes.len(), 10);
    assert_ne!(browser.cookie("session"), Some(before.as_str()), "a session with more rights has another token");
    assert_eq!(browser.get("/urzad").await.status, StatusCode::OK);
    assert_eq!(elsewhere.get("/urzad").await.leads(), "/logowanie?dalej=%2Furzad", "other sessions ended");
    // From now on the password alone leads to the question for a code.
    let mut browser = sign_in(&site, "ewa@example.org").await;
    assert!(browser.get("/urzad").await.leads().starts_with("/logowanie/kod?dalej="));
    assert_eq!(browser.get("/konto/drugi-skladnik").await.leads(), "/logowanie/kod?dalej=%2Fkonto%2Fdrugi-skladnik");
    browser.get("/logowanie/kod").await;
    let again = browser.post("/logowanie/kod", &[("code", &first)]).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "a code counts once");
    let fields = [("code", &*code(&page, 1)), ("dalej", "/urzad")];
    assert_eq!(browser.post("/logowanie/kod", &fields).await.leads(), "/urzad");
    assert_eq!(browser.get("/urzad").await.status, StatusCode::OK);
    // A code on paper works once.
    for expected in [StatusCode::SEE_OTHER, StatusCode::UNPROCESSABLE_ENTITY] {
        let mut browser = sign_in(&site, "ewa@example.org").await;
        browser.get("/logowanie/kod").await;
        assert_eq!(browser.post("/logowanie/kod", &[("code", codes[0])]).await.status, expected);
    }
    // The role needs it: it cannot be turned off.
    let mut browser = site.signed_in(id).await;
    let answer = browser.post("/konto/drugi-skladnik/usun", &[("password", PASSWORD)]).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn codes_cannot_be_guessed() {
    let site = Site::start(demo_config().await).await;
    let id = account(&site, Role::Resident, "jan@example.org").await;
    site.sql(&format!("update account set totp_secret = '\\x{}' where id = {id}", "ab".repeat(20))).await;
    let mut browser = sign_in(&site, "jan@example.org").await;
    browser.get("/logowanie/kod").await;
    for _ in 0..5 {
        let answer = browser.post("/logowanie/kod", &[("code", "123456")]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    // Signing in anew does not start the count anew.
    let mut browser = sign_in(&site, "jan@example.org").await;
    browser.get("/logowanie/kod").await;
    let answer = browser.post("/logowanie/kod", &[("code", "123456")]).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn others_may_have_one_and_turn_it_off() {
    let site = Site::start(demo_config().await).await;
    let id = account(&site, Role::Resident, "jan@example.org").await;
    let mut browser = site.signed_in(id).await;
    let page = browser.get("/konto/drugi-skladnik").await.text();
    browser.post("/konto/drugi-skladnik", &[("code", &code(&page, 0))]).await;
    assert!(browser.get("/konto").await.text().contains("Zostało 10 kodów zapasowych"));
    let wrong = browser.post("/konto/drugi-skladnik/usun", &[("password", "zgaduję")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    browser.post("/konto/drugi-skladnik/usun", &[("password", PASSWORD)]).await.leads();
    let mut browser = sign_in(&site, "jan@example.org").await;
    assert_eq!(browser.get("/panel").await.status, StatusCode::OK);
}
