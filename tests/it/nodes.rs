//! Two servers on one database, and one of them dies.

use std::time::Duration;

use crate::exchange::{post_demand, post_offer, town};
use crate::smtp::{At, Do, Smtp};
use crate::support::serve;

#[tokio::test]
async fn a_demand_is_told_once_though_a_node_is_killed_while_it_tells() {
    let town = town().await;
    let site = &town.site;
    let smtp = Smtp::start().await;
    for (place, (_, slug)) in town.organisations.iter().enumerate() {
        let mut browser = site.signed_in(town.representatives[place]).await;
        post_offer(&mut browser, slug, &[("do", "publish")]).await;
    }
    let mut official = site.signed_in(town.official).await;
    let path = post_demand(&mut official, "unit", &[]).await;
    site.sql("delete from mail_outbox").await;

    smtp.misbehave(At::End, Do::Hang);
    let (mut first, url) = serve(&site.app.config, &smtp).await;
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
    let page = official.get(&path).await;
    let version = crate::browser::hidden(&page.text(), "version").unwrap_or_default();
    let fields = [("do", "publish"), ("version", version.as_str()), ("csrf", official.csrf.as_str())];
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(fields);
    let answer = client
        .post(format!("{url}{path}/stan"))
        .header("cookie", format!("session={}", official.cookie("session").expect("a session")))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form.finish())
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status(), 303, "{}", answer.text().await.unwrap_or_default());

    // The mail server keeps the first node waiting with one of the mails. Another node takes the other one; then the first is killed.
    site.until("a mail is on its way", async || smtp.hanging() == 1).await;
    smtp.behave();
    let (_second, _) = serve(&site.app.config, &smtp).await;
    site.until("one mail is there", async || smtp.messages().len() == 1).await;
    first.kill().await.expect("kill -9");
    for recipient in ["pes0@example.org", "pes1@example.org"] {
        smtp.wait_for(recipient).await;
    }
    let waiting = async || -> i64 {
        let waiting = sqlx::query_scalar("select count(*) from mail_outbox where sent_at is null");
        waiting.fetch_one(&site.app.pool).await.expect("counted")
    };
    site.until("all is sent", async || waiting().await == 0).await;
    // The job that looks for whom to tell runs every ten seconds: it finds nobody any more.
    tokio::time::sleep(Duration::from_secs(11)).await;
    for recipient in ["pes0@example.org", "pes1@example.org"] {
        assert_eq!(smtp.to(recipient).len(), 1, "{recipient}: {:?}", smtp.messages());
    }
    assert_eq!(smtp.messages().len(), 2, "and nobody else");
}
