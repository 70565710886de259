//! Profiles that nobody confirmed for long.

use axum::http::StatusCode;
use pestor::access::Role;
use pestor::organisations::verification::run_due;

use super::{mails, slugs, text};
use crate::support::{Site, demo_site};

/// The path of the link in the last mail to a representative.
async fn link(site: &Site) -> String {
    let mails = mails(site, "pes@example.org").await;
    let (_, body) = mails.last().expect("a mail");
    let token = body.split("/potwierdzenie/").nth(1).expect("a link").split_whitespace().next().expect("a token");
    format!("/potwierdzenie/{token}")
}

#[tokio::test]
async fn a_stale_profile_is_confirmed_by_one_click_but_not_by_looking() {
    let site = demo_site().await;
    let slugs = slugs(&site, 3).await;
    site.sql("update organisation set verified_on = current_date - 366, verified_by = null").await;
    site.sql(&format!("update organisation set verified_on = current_date - 365 where slug = '{}'", slugs[1])).await;
    let id = site.account(Role::Representative, "pes@example.org", None).await;
    site.represents(id, &slugs[0]).await;
    site.represents(id, &slugs[1]).await;
    // Two nodes at once, and again.
    let (one, other) = tokio::join!(run_due(&site.app), run_due(&site.app));
    one.and(other).expect("both are content");
    run_due(&site.app).await.expect("content");
    let told = mails(&site, "pes@example.org").await;
    assert_eq!(told.len(), 1, "only what is older than a year, once: {told:?}");
    assert_eq!(text(&site, "select count(*) from mail_outbox").await, "1", "nobody else is asked");
    let name = text(&site, &format!("select name from organisation where slug = '{}'", slugs[0])).await;
    assert!(told[0].0.contains(&name) && told[0].1.contains(&format!("/organizacje/{}/edytuj", slugs[0])));

    let path = link(&site).await;
    let verified = format!("select coalesce(verified_by, '') from organisation where slug = '{}'", slugs[0]);
    let mut browser = site.browser();
    let page = browser.get(&path).await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(page.header("cache-control"), "private, no-store");
    assert_eq!(text(&site, &verified).await, "", "a program that follows links confirms nothing");
    assert_eq!(site.browser().post(&path, &[]).await.status, StatusCode::FORBIDDEN, "nor does one without the form");
    browser.csrf = crate::browser::hidden(&page.text(), "csrf").expect("a token");
    for _ in 0..2 {
        assert_eq!(browser.post(&path, &[]).await.leads(), format!("/organizacje/{}", slugs[0]));
    }
    assert_eq!(text(&site, &verified).await, "organisation");
    assert!(browser.get(&path).await.text().contains("zostały już potwierdzone"));
    let logged = "select count(*) from audit_entry where thing = 'organisation' and account_id is not null";
    assert_eq!(text(&site, logged).await, "1");
    // Not again before 90 days, stale or not.
    site.sql("update organisation set verified_on = null, verified_by = null").await;
    site.sql("update verification_request set asked_at = asked_at - interval '89 days'").await;
    site.sql(&format!(
        "delete from representative where organisation_id = (select id from organisation where slug = '{}')",
        slugs[1]
    ))
    .await;
    run_due(&site.app).await.expect("content");
    assert_eq!(mails(&site, "pes@example.org").await.len(), 1);
    site.sql("update verification_request set asked_at = asked_at - interval '1 day'").await;
    run_due(&site.app).await.expect("content");
    assert_eq!(mails(&site, "pes@example.org").await.len(), 2);
    assert_eq!(browser.get(&path).await.status, StatusCode::GONE, "the old link");
}

#[tokio::test]
async fn a_link_is_worth_nothing_to_those_who_left() {
    let site = demo_site().await;
    let slug = &slugs(&site, 1).await[0];
    site.sql("update organisation set verified_on = null, verified_by = null").await;
    let id = site.account(Role::Representative, "pes@example.org", None).await;
    site.represents(id, slug).await;
    run_due(&site.app).await.expect("content");
    let path = link(&site).await;
    let mut browser = site.browser();
    browser.csrf = crate::browser::hidden(&browser.get(&path).await.text(), "csrf").expect("a token");
    site.sql("delete from representative").await;
    assert_eq!(browser.post(&path, &[]).await.status, StatusCode::GONE);
    assert_eq!(browser.get(&path).await.status, StatusCode::GONE);
    assert_eq!(browser.get("/potwierdzenie/nie-ma-takiego").await.status, StatusCode::GONE);
    assert_eq!(text(&site, "select count(*) from organisation where verified_on is not null").await, "0");
}

#[tokio::test]
async fn a_file_does_not_undo_what_people_wrote() {
    let site = demo_site().await;
    let slug = &slugs(&site, 1).await[0];
    site.sql(&format!(
        "do $$ begin perform set_config('pestor.account', '1', true);
         update organisation set tagline = 'Nasze słowa', verified_on = '2001-01-01', verified_by = 'organisation' where slug = '{slug}'; end $$"
    ))
    .await;
    let organisations = async || {
        let demo = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("data-import/demo");
        pestor::import::run_demo(
            &site.app.pool,
            |name| Some(std::fs::read(demo.join(name)).expect("the file").into()),
            None,
        )
        .await
    };
    organisations().await.expect("imported");
    let now = text(&site, &format!("select tagline || verified_by from organisation where slug = '{slug}'")).await;
    assert_eq!(now, "Nasze słowaorganisation");
    site.sql(&format!("update organisation set edited_at = null where slug = '{slug}'")).await;
    organisations().await.expect("imported");
    let now = text(&site, &format!("select (tagline = 'Nasze słowa')::text || coalesce(verified_by, '-') from organisation where slug = '{slug}'")).await;
    assert_eq!(now, "false-", "what nobody edited is as the file has it");
}
