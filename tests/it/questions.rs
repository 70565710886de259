//! Questions in public: asked, answered, taken back, reported.

use axum::http::StatusCode;
use pestor::access::Role;
use pestor::questions;

use crate::browser::{Browser, hidden};
use crate::support::{Answer, Site, demo_site};

/// A thing of the demo data with its organisation: kind's folder, slug of the thing, slug of the organisation.
async fn things(site: &Site) -> Vec<(&'static str, String, String)> {
    let mut found = Vec::new();
    for (folder, table) in [("oferty", "offer"), ("zapotrzebowanie", "demand"), ("sprzet", "equipment")] {
        let (slug, organisation): (String, String) = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "select t.slug, o.slug from {table} t join organisation o on o.id = t.organisation_id where t.shown order by t.id limit 1"
        )))
        .fetch_one(&site.app.pool)
        .await
        .expect("a thing");
        found.push((folder, slug, organisation));
    }
    found
}

async fn number(site: &Site, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(&site.app.pool).await.expect("a number")
}

async fn mails(site: &Site, email: &str) -> Vec<String> {
    sqlx::query_scalar("select subject from mail_outbox where recipient = $1 order by id")
        .bind(email)
        .fetch_all(&site.app.pool)
        .await
        .expect("mails")
}

async fn ask(browser: &mut Browser<'_>, path: &str, text: &str) -> Answer {
    let page = browser.get(path).await.text();
    let form = page.split("/pytania\"").nth(1).expect("a form for questions").to_owned();
    let key = hidden(&form, "form_key").expect("a key");
    browser.post(&format!("{path}/pytania"), &[("form_key", &key), ("text", text), ("who", "-person")]).await
}

#[tokio::test]
async fn people_ask_and_those_whose_thing_it_is_answer() {
    let site = demo_site().await;
    let resident = site.account(Role::Resident, "jan@example.org", None).await;
    for (folder, slug, organisation) in things(&site).await {
        let path = format!("/{folder}/{slug}");
        let owner = format!("{folder}@example.org");
        let representative = site.account(Role::Representative, &owner, None).await;
        site.represents(representative, &organisation).await;
        let mut asker = site.signed_in(resident).await;
        let mut answerer = site.signed_in(representative).await;
        let evil = "Czy <script>alert(1)</script> wchodzi w grę?";
        assert_eq!(ask(&mut asker, &path, evil).await.leads(), format!("{path}#pytania"));
        let id = number(&site, "select max(id) from question").await;
        assert_eq!(mails(&site, &owner).await.len(), 1, "{folder}");
        for page in [path.clone(), format!("{path}?fragment=1")] {
            let text = site.page(&page).await.text();
            assert!(text.contains("jan (resident)") && text.contains("wchodzi w grę"), "{page}");
            assert!(!text.contains("<script>alert"), "{page}");
        }
        // Only they answer, and once.
        let answer = format!("/pytania/{id}/odpowiedz");
        assert_eq!(asker.post(&answer, &[("text", "Sam sobie")]).await.status, StatusCode::FORBIDDEN);
        assert_eq!(site.browser().post(&answer, &[("text", "Obcy")]).await.status, StatusCode::UNAUTHORIZED);
        answerer.get(&path).await;
        assert_eq!(answerer.post(&answer, &[("text", "  ")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        answerer.post(&answer, &[("text", "Tak, \"oczywiście\" <b>")]).await.leads();
        assert_eq!(answerer.post(&answer, &[("text", "Jednak nie")]).await.status, StatusCode::CONFLICT);
        let text = site.page(&path).await.text();
        assert!(text.contains("oczywiście") && !text.contains("Jednak nie") && !text.contains("oczywiście\" <b>"));
        // Answered, it stays.
        assert_eq!(asker.post(&format!("/pytania/{id}/usun"), &[]).await.status, StatusCode::FORBIDDEN);
        // Nobody asks themselves.
        let own = answerer.post(&format!("{path}/pytania"), &[("form_key", "x"), ("text", "Sam siebie?")]).await;
        assert_eq!(own.status, StatusCode::FORBIDDEN);
    }
    assert_eq!(mails(&site, "jan@example.org").await.len(), 3, "every answer came by mail");
    let bodies: Vec<String> = sqlx::query_scalar("select body_text || body_html from mail_outbox")
        .fetch_all(&site.app.pool)
        .await
        .expect("mails");
    assert!(bodies.iter().all(|body| !body.contains("@example.org")), "no addresses of others in mails");
}

#[tokio::test]
async fn an_unanswered_question_can_be_taken_back_by_whoever_asked() {
    let site = demo_site().await;
    let (folder, slug, _) = things(&site).await.remove(2);
    let path = format!("/{folder}/{slug}");
    let jan = site.account(Role::Resident, "jan@example.org", None).await;
    let ewa = site.account(Role::Resident, "ewa@example.org", None).await;
    let (mut jan, mut ewa) = (site.signed_in(jan).await, site.signed_in(ewa).await);
    ask(&mut jan, &path, "Czy to działa?").await.leads();
    let id = number(&site, "select max(id) from question").await;
    assert_eq!(ewa.post(&format!("/pytania/{id}/usun"), &[]).await.status, StatusCode::FORBIDDEN);
    jan.post(&format!("/pytania/{id}/usun"), &[]).await.leads();
    assert_eq!(number(&site, "select count(*) from question").await, 0);
    assert_eq!(jan.post(&format!("/pytania/{id}/usun"), &[]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(jan.post("/pytania/abc/usun", &[]).await.status, StatusCode::NOT_FOUND);
    // A form sent twice asks once; too short a text comes back with what was written.
    let page = jan.get(&path).await.text();
    let key = hidden(page.split("/pytania\"").nth(1).expect("a form"), "form_key").expect("a key");
    let twice = [("form_key", key.as_str()), ("text", "Ile to waży?")];
    jan.post(&format!("{path}/pytania"), &twice).await.leads();
    jan.post(&format!("{path}/pytania"), &twice).await.leads();
    assert_eq!(number(&site, "select count(*) from question").await, 1);
    let short = jan.post(&format!("{path}/pytania"), &[("form_key", "b"), ("text", "Ę?")]).await;
    assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(short.text().contains("Ę?</textarea>"));
    let long = "a".repeat(1001);
    let long = jan.post(&format!("{path}/pytania"), &[("form_key", "c"), ("text", &long)]).await;
    assert_eq!(long.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn ten_questions_an_hour_are_enough() {
    let site = demo_site().await;
    let (folder, slug, _) = things(&site).await.remove(2);
    let jan = site.account(Role::Resident, "jan@example.org", None).await;
    let mut jan = site.signed_in(jan).await;
    jan.get("/").await;
    let mut statuses = Vec::new();
    for n in 0..11 {
        let (key, text) = (format!("key {n}"), format!("Pytanie numer {n}?"));
        let fields = [("form_key", key.as_str()), ("text", text.as_str())];
        statuses.push(jan.post(&format!("/{folder}/{slug}/pytania"), &fields).await.status);
    }
    assert!(statuses[..10].iter().all(|status| *status == StatusCode::SEE_OTHER), "{statuses:?}");
    assert_eq!(statuses[10], StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn a_reported_question_is_taken_down_and_comes_back() {
    let site = demo_site().await;
    let (folder, slug, _) = things(&site).await.remove(2);
    let path = format!("/{folder}/{slug}");
    let jan = site.account(Role::Resident, "jan@example.org", None).await;
    let ewa = site.account(Role::Resident, "ewa@example.org", None).await;
    let (mut jan, mut ewa) = (site.signed_in(jan).await, site.signed_in(ewa).await);
    ask(&mut jan, &path, "Kup tanie zegarki!").await.leads();
    let id = number(&site, "select max(id) from question").await;
    assert_eq!(site.browser().post(&format!("/pytania/{id}/zglos"), &[]).await.status, StatusCode::UNAUTHORIZED);
    ewa.get(&path).await;
    for _ in 0..2 {
        let reported = ewa.post(&format!("/pytania/{id}/zglos"), &[("text", "To reklama")]).await;
        assert_eq!(reported.leads(), format!("{path}?sent=report#pytania"));
    }
    assert!(ewa.get(&format!("{path}?sent=report")).await.text().contains("Dziękujemy za zgłoszenie"));
    let open =
        "select count(*) from review where kind = 'report' and thing = 'question' and municipality_id is not null";
    assert_eq!(number(&site, open).await, 1, "one report of one person");
    assert!(site.page(&path).await.text().contains("zegarki"), "moderation comes after");
    let named = questions::queries::named(&site.app.pool, id).await.expect("the database").expect("a name");
    assert_eq!(named, ("Kup tanie zegarki!".to_owned(), format!("{path}#pytanie-{id}")));
    let mut connection = site.app.pool.acquire().await.expect("a connection");
    questions::queries::decided(&mut connection, id, false).await.expect("taken down");
    assert!(!site.page(&path).await.text().contains("zegarki"));
    assert_eq!(ewa.post(&format!("/pytania/{id}/zglos"), &[]).await.status, StatusCode::NOT_FOUND);
    questions::queries::decided(&mut connection, id, true).await.expect("back");
    assert!(site.page(&path).await.text().contains("zegarki"));
}

#[tokio::test]
async fn nobody_asks_about_what_is_not_shown() {
    let site = demo_site().await;
    let (folder, slug, _) = things(&site).await.remove(2);
    site.sql(&format!("update equipment set state = 'draft' where slug = '{slug}'")).await;
    let jan = site.account(Role::Resident, "jan@example.org", None).await;
    let mut jan = site.signed_in(jan).await;
    jan.get("/").await;
    let fields = [("form_key", "x"), ("text", "Czy ktoś to widzi?")];
    assert_eq!(jan.post(&format!("/{folder}/{slug}/pytania"), &fields).await.status, StatusCode::NOT_FOUND);
    assert_eq!(jan.post("/sprzet/nie-ma-takiego/pytania", &fields).await.status, StatusCode::NOT_FOUND);
    assert_eq!(number(&site, "select count(*) from question").await, 0);
}
