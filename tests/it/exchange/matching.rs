//! Whoever can answer a demand is told of it, once, and can have done with it.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use pestor::access::Role;
use pestor::exchange::demand::{queries, run_due};

use super::{Town, post_demand, post_offer, press, town};

const SUBJECT: &str = "Ktoś tego potrzebuje";

/// Both organisations offer something that fits; the accounts of the demo data stay out of it.
async fn market() -> Town {
    let town = town().await;
    for (place, (_, slug)) in town.organisations.iter().enumerate() {
        let mut browser = town.site.signed_in(town.representatives[place]).await;
        post_offer(&mut browser, slug, &[("do", "publish")]).await;
    }
    town
}

#[tokio::test]
async fn each_account_is_told_once_whatever_nodes_do() {
    let town = market().await;
    let site = &town.site;
    // Both organisations have this one, too: still one mail.
    let both = site.account(Role::Representative, "oba@example.org", None).await;
    for (_, slug) in &town.organisations {
        site.represents(both, slug).await;
    }
    let quiet = site.account(Role::Representative, "cisza@example.org", None).await;
    let disabled = site.account(Role::Representative, "dawny@example.org", None).await;
    for account in [quiet, disabled] {
        site.represents(account, &town.organisations[0].1).await;
    }
    site.sql("update account set match_mails = false where email = 'cisza@example.org'").await;
    site.sql("update account set disabled_at = now() where email = 'dawny@example.org'").await;

    let mut official = site.signed_in(town.official).await;
    let mut other = site.signed_in(town.official).await;
    let path = post_demand(&mut official, "unit", &[]).await;
    assert_eq!(town.mails(SUBJECT).await, Vec::<String>::new(), "nobody hears of a draft");
    // Two tabs publish at once, and two nodes look for work.
    let (one, two, three, four) = tokio::join!(
        press(&mut official, &path, "publish"),
        press(&mut other, &path, "publish"),
        run_due(&site.app),
        run_due(&site.app)
    );
    for status in [one.status, two.status] {
        assert!([StatusCode::SEE_OTHER, StatusCode::CONFLICT].contains(&status), "{status}");
    }
    three.and(four).expect("done");
    run_due(&site.app).await.expect("done");
    let told = async || {
        let mut told = town.mails(SUBJECT).await;
        told.sort();
        told
    };
    assert_eq!(told().await, ["oba@example.org", "pes0@example.org", "pes1@example.org"]);
    // Nor by what happens to it later.
    for action in ["withdraw", "reopen", "answered", "reopen"] {
        press(&mut official, &path, action).await;
        run_due(&site.app).await.expect("done");
    }
    site.sql("update demand set matched_at = null where slug = 'obiady-na-polkolonii'").await;
    run_due(&site.app).await.expect("done");
    assert_eq!(told().await.iter().filter(|address| *address == "pes0@example.org").count(), 1);

    let mail = town.one("select body_text from mail_outbox where recipient = 'oba@example.org' limit 1").await;
    for said in ["Obiady na półkolonii", "Wydział Komunikacji Społecznej", "31.01.2190", &path, "/wypisz/"] {
        assert!(mail.contains(said), "{said}: {mail}");
    }
}

#[tokio::test]
async fn who_is_told_has_something_that_fits_and_did_not_ask() {
    let town = market().await;
    let (site, [(_, slug), _]) = (&town.site, &town.organisations);
    let mut owner = site.signed_in(town.representatives[0]).await;
    let author = format!("org-{slug}");
    // Its own organisation does not hear of it, the other does.
    post_demand(&mut owner, &author, &[("do", "publish")]).await;
    assert_eq!(town.mails("Obiady na półkolonii").await, ["pes1@example.org"]);
    // Another category, but an offer with such words.
    post_demand(&mut owner, &author, &[("do", "publish"), ("category", "printing"), ("name", "Pierogi od prababci")])
        .await;
    assert_eq!(town.mails("Pierogi od prababci").await, ["pes1@example.org"]);
    // Nothing of the kind.
    post_demand(&mut owner, &author, &[("do", "publish"), ("category", "printing"), ("name", "Zszywki XQZ")]).await;
    assert!(!town.mails("Zszywki XQZ").await.contains(&"pes1@example.org".to_owned()));
    // What is not offered any more does not count.
    site.sql("update offer set state = 'archived' where name like 'Pierogi prababci%'").await;
    post_demand(&mut owner, &author, &[("do", "publish"), ("name", "Podwieczorki")]).await;
    assert_eq!(town.mails("Podwieczorki").await, Vec::<String>::new());
}

#[tokio::test]
async fn what_an_official_approved_is_told_by_the_next_round() {
    let town = market().await;
    let site = &town.site;
    let mut resident = site.signed_in(town.resident).await;
    post_demand(&mut resident, "person", &[("do", "publish")]).await;
    run_due(&site.app).await.expect("done");
    assert_eq!(town.mails(SUBJECT).await, Vec::<String>::new(), "nobody hears of what waits for a check");
    let id: i64 = town.one("select max(id) from demand").await.parse().expect("a key");
    let mut tx = site.app.pool.begin().await.expect("a transaction");
    queries::decided(&mut tx, id, true).await.expect("decided");
    tx.commit().await.expect("committed");
    let (one, two) = tokio::join!(run_due(&site.app), run_due(&site.app));
    one.and(two).expect("done");
    assert_eq!(town.mails(SUBJECT).await, ["pes0@example.org", "pes1@example.org"]);
}

#[tokio::test]
async fn a_link_in_the_mail_ends_it() {
    let town = market().await;
    let site = &town.site;
    let mut official = site.signed_in(town.official).await;
    post_demand(&mut official, "unit", &[("do", "publish")]).await;
    let link = town.one("select unsubscribe_url from mail_outbox where recipient = 'pes0@example.org'").await;
    let path = &link[link.find("/wypisz/").expect("a path")..];
    let wants = async || town.one("select match_mails from account where email = 'pes0@example.org'").await;
    let page = site.page(path).await;
    assert!(page.status == StatusCode::OK && page.text().contains("Wypisz mnie"));
    assert_eq!(wants().await, "true", "looking changes nothing");
    // As mail programs do it (RFC 8058): no cookie, no token, from anywhere.
    let click = || {
        Request::post(path)
            .header(header::HOST, "pestor.test")
            .header(header::ORIGIN, "https://mail.example")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from("List-Unsubscribe=One-Click"))
            .expect("a request")
    };
    assert_eq!((site.answer(click()).await.status, wants().await.as_str()), (StatusCode::OK, "false"));
    assert_eq!(site.answer(click()).await.status, StatusCode::OK, "twice is once");
    post_demand(&mut official, "unit", &[("do", "publish"), ("name", "Kolacje")]).await;
    assert_eq!(town.mails("Kolacje").await, ["pes1@example.org"]);
    for wrong in ["/wypisz/x", &format!("/wypisz/{}", "0".repeat(32)), "/wypisz/%00"] {
        assert_eq!(site.page(wrong).await.status, StatusCode::NOT_FOUND, "{wrong}");
    }
    // In the panel they come back.
    let mut owner = site.signed_in(town.representatives[0]).await;
    assert!(owner.get("/panel/gielda").await.text().contains("Wysyłaj mi je"));
    assert_eq!(owner.post("/panel/gielda/powiadomienia", &[("do", "on")]).await.leads(), "/panel/gielda");
    assert_eq!(wants().await, "true");
}
