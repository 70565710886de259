//! What somebody might try with forms of the exchange.

use axum::http::StatusCode;

use super::{PDF, PHOTO, demand, key_of, offer, post_demand, post_offer, press, town};
use crate::browser::hidden;

const EVIL: &str = "\"'><img src=x onerror=alert(1)><script>alert(2)</script>{{7*7}}</textarea>";

/// Sees to it that the markup is nowhere, though its text is.
fn harmless(what: &str, text: &str) {
    assert!(text.contains("onerror=alert(1)"), "{what} does not show it: {text}");
    for markup in ["<img src=x", "<script>alert", "49</textarea>"] {
        assert!(!text.contains(markup), "{what} has {markup}");
    }
}

#[tokio::test]
async fn text_never_becomes_markup() {
    let town = town().await;
    let (site, [(_, slug), _]) = (&town.site, &town.organisations);
    let mut owner = site.signed_in(town.representatives[0]).await;
    let key = key_of(&mut owner, "/oferty/nowa").await;
    let short = &EVIL[..40];
    let other =
        [("name", EVIL), ("description", EVIL), ("price_unit", short), ("photo-alt-1", EVIL), ("do", "publish")];
    let files: [(&str, &str, &[u8]); 1] = [("photo-1", EVIL, PHOTO)];
    let path = owner.upload("/oferty/nowa", &offer(&key, slug, &other), &files).await.leads().to_owned();
    let mut pages = vec![
        path.clone(),
        format!("{path}?fragment=1"),
        "/oferty?sort=newest".to_owned(),
        format!("/organizacje/{slug}?fragment=1"),
    ];
    for page in &pages {
        harmless(page, &site.page(page).await.text());
    }
    for page in [format!("{path}/edytuj"), path.clone(), "/panel/gielda".to_owned()] {
        harmless(&page, &owner.get(&page).await.text());
    }
    // Wrong, and shown again.
    let again = owner
        .upload("/oferty/nowa", &offer(&key, slug, &[("name", EVIL), ("price_pln", EVIL), ("kind", EVIL)]), &[])
        .await;
    harmless("the form again", &again.text());

    site.sql("update account set match_mails = true").await;
    let mut official = site.signed_in(town.official).await;
    site.sql(&format!("update account set unit_name = '{}' where role = 'official'", EVIL.replace('\'', "''"))).await;
    let other = [("name", EVIL), ("description", EVIL), ("quantity", EVIL), ("do", "publish")];
    let path = post_demand(&mut official, "unit", &other).await;
    pages = vec![path.clone(), format!("{path}?fragment=1"), "/zapotrzebowanie?sort=newest".to_owned()];
    for page in &pages {
        harmless(page, &site.page(page).await.text());
    }
    harmless("the form", &official.get(&format!("{path}/edytuj")).await.text());
    let mail = town.one("select body_html from mail_outbox limit 1").await;
    harmless("the mail", &mail);
    let headers = town.one("select subject from mail_outbox limit 1").await;
    assert!(!headers.contains(['\r', '\n']));
}

#[tokio::test]
async fn fields_that_the_form_does_not_have_do_nothing() {
    let town = town().await;
    let (site, [(mine, slug), (_, theirs)]) = (&town.site, &town.organisations);
    let mut owner = site.signed_in(town.representatives[0]).await;
    let mut victim = site.signed_in(town.representatives[1]).await;
    let key = key_of(&mut owner, "/oferty/nowa").await;
    // For somebody else's organisation, by slug or by key.
    let refused = owner.upload("/oferty/nowa", &offer(&key, theirs, &[]), &[]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let other = [
        ("organisation_id", "1"),
        ("municipality_id", "2"),
        ("state", "published"),
        ("shown", "true"),
        ("slug", "wlasny"),
        ("author_id", "1"),
        ("id", "1"),
        ("source", "demo"),
        ("published_at", "2020-01-01"),
    ];
    let path = owner.upload("/oferty/nowa", &offer(&key, slug, &other), &[]).await.leads().to_owned();
    assert_eq!(path, "/oferty/pierogi-prababci-wiesi");
    let row = "select concat_ws(' ', organisation_id, state, author_id, source, published_at is null) from offer where slug like 'pierogi-prababci%'";
    assert_eq!(town.one(row).await, format!("{mine} draft {} manual t", town.representatives[0]));
    let edit = [other.as_slice(), &[("version", "1")]].concat();
    let edit = offer("", theirs, &edit);
    assert_eq!(owner.upload(&format!("{path}/edytuj"), &edit, &[]).await.leads(), path);
    assert_eq!(town.one(row).await, format!("{mine} draft {} manual t", town.representatives[0]));

    // A photo and a document of somebody else's cannot be taken, nor anything with a strange name.
    let victims = key_of(&mut victim, "/oferty/nowa").await;
    let files: [(&str, &str, &[u8]); 1] = [("photo-1", "a.webp", PHOTO)];
    victim.upload("/oferty/nowa", &offer(&victims, theirs, &[("photo-alt-1", "Ich zdjęcie")]), &files).await.leads();
    let photo = town.one("select key from media where kind = 'photo'").await;
    let stolen = format!("alt-{photo}");
    let mut fields = offer(&key, slug, &[("photo", &photo), (&stolen, "Moje"), ("version", "2")]);
    fields.extend([("photo", "\0"), ("photo", "../../etc/passwd")]);
    assert_eq!(owner.upload(&format!("{path}/edytuj"), &fields, &[]).await.leads(), path);
    assert_eq!(town.one("select string_agg(alternative_text, ', ') from offer_photo").await, "Ich zdjęcie");
    let author = format!("org-{theirs}");
    let documents: [(&str, &str, &[u8]); 1] = [("document-1", "umowa.pdf", PDF)];
    let victims = key_of(&mut victim, "/zapotrzebowanie/nowe").await;
    victim.upload("/zapotrzebowanie/nowe", &demand(&victims, &author, &[]), &documents).await.leads();
    let document = town.one("select key from media where kind = 'document'").await;
    post_demand(&mut owner, "person", &[("document", &document)]).await;
    assert_eq!(town.one("select count(*) from demand_attachment").await, "1");

    // Demand for a unit, for another's organisation, with a state.
    let key = key_of(&mut owner, "/zapotrzebowanie/nowe").await;
    for author in ["unit", &author, "org-", "", "person\0"] {
        let refused = owner.upload("/zapotrzebowanie/nowe", &demand(&key, author, &[]), &[]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{author:?}");
    }
    let mut resident = site.signed_in(town.resident).await;
    let other =
        [("state", "open"), ("by_person", "false"), ("unit_name", "Prezydent"), ("trusted", "true"), ("do", "open")];
    let path = post_demand(&mut resident, "person", &other).await;
    assert_eq!(
        town.one("select concat_ws(' ', state, unit_name, by_person) from demand order by id desc limit 1").await,
        "draft  t"
    );
    for action in ["open", "answered", "approve", "", "show", "hide", "settled", "publish\0"] {
        assert_eq!(press(&mut resident, &path, action).await.status, StatusCode::CONFLICT, "{action:?}");
    }
}

#[tokio::test]
async fn a_way_back_leads_nowhere_else() {
    let town = town().await;
    let (site, [(_, slug), _]) = (&town.site, &town.organisations);
    let mut owner = site.signed_in(town.representatives[0]).await;
    let path = post_offer(&mut owner, slug, &[]).await;
    for (back, leads) in
        [("https://evil.example", path.as_str()), ("//evil.example", &path), ("/panel/gielda", "/panel/gielda")]
    {
        press(&mut owner, &path, "draft").await;
        let answer = owner.post(&format!("{path}/stan"), &[("do", "publish"), ("dalej", back)]).await;
        assert_eq!(answer.leads(), leads);
    }
    // Without the token of this browser nothing happens.
    let forged = owner.post_exactly(&format!("{path}/stan"), &[("do", "archive"), ("csrf", "x")], &[]).await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN);
    let text = owner.get(&path).await.text();
    let csrf = hidden(&text, "csrf").expect("a token");
    let foreign = [("origin", "https://evil.example")];
    let forged = owner.post_exactly(&format!("{path}/stan"), &[("do", "archive"), ("csrf", &csrf)], &foreign).await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN);
    assert_eq!(site.page(&path).await.status, StatusCode::OK);
}

#[tokio::test]
async fn too_many_offers_in_a_day_are_refused() {
    let town = town().await;
    let (site, [(_, slug), _]) = (&town.site, &town.organisations);
    let mut owner = site.signed_in(town.representatives[0]).await;
    site.sql(&format!(
        "insert into throttle (key, window_start, count) values ('offer:{}', now(), 60)",
        town.representatives[0]
    ))
    .await;
    let key = key_of(&mut owner, "/oferty/nowa").await;
    let refused = owner.upload("/oferty/nowa", &offer(&key, slug, &[]), &[]).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
}
