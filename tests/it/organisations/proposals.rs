//! Organisations that are not in the register yet.

use axum::http::StatusCode;
use pestor::access::Role;

use super::{is_wrong, mails, official, official_elsewhere, slugs, text, with};
use crate::browser::hidden;
use crate::support::{Site, demo_site};

const NEW: &str = "/nowa-organizacja";
const POSITION: (&str, &str) = ("position", "prezes");

async fn review(site: &Site) -> String {
    format!("/urzad/kolejka/{}", text(site, "select id from review where kind = 'organisation'").await)
}

#[tokio::test]
async fn a_new_organisation_is_approved_and_represented() {
    let site = demo_site().await;
    let id = site.account(Role::Resident, "nowa@example.org", None).await;
    let mut browser = site.signed_in(id).await;
    let key = hidden(&browser.get(NEW).await.text(), "form_key").expect("a key");
    let wrong = browser.post(NEW, &[("form_key", &key), ("name", "x")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(is_wrong(&wrong, "name") && is_wrong(&wrong, "legal_form") && is_wrong(&wrong, "position"));
    assert!(wrong.text().contains(&key), "the form stays the same one");
    let fields = with(&[
        ("form_key", &key),
        POSITION,
        ("lon", "18.6"),
        ("lat", "53.01"),
        ("state", "approved"),
        ("source", "krs"),
    ]);
    // Sent twice, it is one proposal.
    for _ in 0..2 {
        assert_eq!(browser.post(NEW, &fields).await.leads(), "/moja-organizacja");
    }
    assert_eq!(text(&site, "select count(*) from organisation_proposal").await, "1");
    let proposal = format!("/nowa-organizacja/{}", text(&site, "select id from organisation_proposal").await);
    assert!(browser.get("/moja-organizacja").await.text().contains(&proposal));
    assert!(browser.get(&proposal).await.text().contains("czeka na decyzję"));
    // Nobody else sees it, in no list.
    let stranger = site.account(Role::Resident, "jan@example.org", None).await;
    let elsewhere = official_elsewhere(&site).await;
    for account in [stranger, elsewhere] {
        assert_eq!(site.signed_in(account).await.get(&proposal).await.status, StatusCode::FORBIDDEN);
    }
    assert!(!site.page("/organizacje?q=Przy+Mo%C5%9Bcie").await.text().contains("Nowy Początek Przy Moście"));

    let mut office = site.signed_in(official(&site).await).await;
    assert!(office.get("/urzad/kolejka").await.text().contains(&proposal));
    assert!(office.get(&proposal).await.text().contains("Spółdzielnia Socjalna „Nowy Początek Przy Moście”"));
    office.post(&review(&site).await, &[("decision", "approve")]).await.leads();
    let made = text(&site, "select slug from organisation where krs = '0000123456'").await;
    let page = site.page(&format!("/organizacje/{made}")).await.text();
    assert!(page.contains("Dane potwierdzone") && page.contains("data-lon=\"18.6\""));
    assert!(site.page("/organizacje?q=Przy+Mo%C5%9Bcie").await.text().contains(&made));
    assert_eq!(browser.get(&format!("/organizacje/{made}/edytuj")).await.status, StatusCode::OK);
    assert_eq!(text(&site, "select role from account where email = 'nowa@example.org'").await, "representative");
    assert_eq!(text(&site, &format!("select source from organisation where slug = '{made}'")).await, "manual");
    assert!(browser.get(&proposal).await.text().contains(&format!("/organizacje/{made}")));
    assert!(mails(&site, "nowa@example.org").await[0].0.contains("na mapie"));
    assert!(
        office.get(&format!("/organizacje/{made}/historia")).await.text().contains("Dodano organizację do rejestru")
    );
}

#[tokio::test]
async fn duplicates_are_found_before_anything_is_kept() {
    let site = demo_site().await;
    let slug = &slugs(&site, 1).await[0];
    let row =
        text(&site, &format!("select concat_ws('|', krs, name, street, city) from organisation where slug = '{slug}'"))
            .await;
    let [krs, name, street, city] = row.split('|').collect::<Vec<_>>().try_into().expect("a row");
    let id = site.account(Role::Representative, "nowa@example.org", None).await;
    let mut browser = site.signed_in(id).await;
    browser.get(NEW).await;
    let mine = format!("/organizacje/{slug}/przejmij");
    // The same number: it cannot be another one, whatever is said.
    let same =
        browser.post(NEW, &with(&[("form_key", "a"), POSITION, ("krs", krs), ("action", "none_of_these")])).await;
    assert_eq!(same.status, StatusCode::CONFLICT);
    assert!(
        same.text().contains(&mine) && same.text().contains("ten sam KRS") && !same.text().contains("Żadna z nich")
    );
    // Nearly the same name; and a shorter one in the same street.
    let misspelt = name.replacen('a', "", 1).to_uppercase();
    let half: String = name.chars().take(name.chars().count() * 6 / 10).collect();
    for fields in [
        with(&[("form_key", "b"), POSITION, ("name", &misspelt)]),
        with(&[("form_key", "b"), POSITION, ("name", &half), ("street", street), ("city", city)]),
    ] {
        let alike = browser.post(NEW, &fields).await;
        assert_eq!(alike.status, StatusCode::CONFLICT, "{fields:?}");
        assert!(alike.text().contains(&mine) && alike.text().contains("Żadna z nich"));
        assert!(alike.text().contains("value=\"prezes\""), "nothing that was typed is lost");
    }
    assert_eq!(text(&site, "select count(*) from organisation_proposal").await, "0");
    let fields = with(&[("form_key", "b"), POSITION, ("name", &misspelt), ("action", "none_of_these")]);
    browser.post(NEW, &fields).await.leads();
    let proposal = format!("/nowa-organizacja/{}", text(&site, "select id from organisation_proposal").await);
    let mut office = site.signed_in(official(&site).await).await;
    let page = office.get(&proposal).await.text();
    assert!(page.contains("Podobne w rejestrze") && page.contains(&format!("href=\"/organizacje/{slug}\"")));
    office.post(&review(&site).await, &[("decision", "refuse"), ("reason", "To ta sama fundacja.")]).await.leads();
    assert_eq!(text(&site, "select count(*) from organisation where krs = '0000123456'").await, "0");
    assert!(browser.get("/moja-organizacja").await.text().contains("To ta sama fundacja."));
}

#[tokio::test]
async fn a_number_that_is_taken_meanwhile_stops_the_approval() {
    let site = demo_site().await;
    let id = site.account(Role::Resident, "nowa@example.org", None).await;
    let mut browser = site.signed_in(id).await;
    browser.post(NEW, &with(&[("form_key", "a"), POSITION])).await.leads();
    site.sql("update organisation set krs = '0000123456' where id = (select min(id) from organisation)").await;
    let mut office = site.signed_in(official(&site).await).await;
    let answer = office.post(&review(&site).await, &[("decision", "approve")]).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(text(&site, "select state from organisation_proposal").await, "open");
    assert_eq!(text(&site, "select count(*) from review where decided_at is null").await, "1", "it still waits");
}

#[tokio::test]
async fn a_proposal_is_withdrawn_by_its_maker_alone() {
    let site = demo_site().await;
    let id = site.account(Role::Resident, "nowa@example.org", None).await;
    let mut browser = site.signed_in(id).await;
    assert_eq!(browser.post(NEW, &with(&[POSITION])).await.status, StatusCode::BAD_REQUEST, "without a key");
    browser.post(NEW, &with(&[("form_key", "a"), POSITION])).await.leads();
    let proposal = format!("/nowa-organizacja/{}", text(&site, "select id from organisation_proposal").await);
    let mut office = site.signed_in(official(&site).await).await;
    assert_eq!(office.post(&format!("{proposal}/wycofaj"), &[]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(office.post(NEW, &with(&[("form_key", "b"), POSITION])).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    browser.post(&format!("{proposal}/wycofaj"), &[]).await.leads();
    let evil = "\"><script>alert(1)</script>";
    let fields = with(&[
        ("form_key", "d"),
        ("position", evil),
        ("name", evil),
        ("tagline", evil),
        ("description", evil),
        ("krs", ""),
    ]);
    browser.post(NEW, &fields).await.leads();
    let evil = format!("/nowa-organizacja/{}", text(&site, "select max(id) from organisation_proposal").await);
    for path in [evil.as_str(), "/urzad/kolejka"] {
        let page = office.get(path).await.text();
        assert!(page.contains("alert(1)") && !page.contains("<script>alert"), "text stays text: {path}");
    }
    browser.post(&format!("{evil}/wycofaj"), &[]).await.leads();
    assert_eq!(text(&site, "select count(*) from review").await, "0");
    assert_eq!(site.browser().get(NEW).await.leads(), "/logowanie?dalej=%2Fnowa-organizacja");
    let wrong = browser.post(NEW, &with(&[("form_key", "c"), POSITION, ("municipality", "9999999")])).await;
    assert!(is_wrong(&wrong, "municipality") || wrong.status == StatusCode::UNPROCESSABLE_ENTITY);
}
