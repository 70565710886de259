//! Posting and changing things: whose they are, drafts, photos, two people at once.

use axum::http::StatusCode;
use pestor::access::Role;

use super::{People, ask, last_loan};
use crate::browser::hidden;
use crate::exchange::{HEIC, PHOTO};

#[tokio::test]
async fn units_lend_and_borrow_and_other_offices_do_not_see_it() {
    let people = People::new().await;
    let official = people.official().await;
    let elsewhere = people.official_elsewhere().await;
    let mut office = people.site.signed_in(official).await;
    let mut far = people.site.signed_in(elsewhere).await;
    let mut borrower = people.site.signed_in(people.borrower).await;
    // The office posts a thing, and an organisation asks for it.
    let new = office.get("/sprzet/nowy").await.text();
    let category = people.category().await;
    let key = hidden(&new, "form_key").expect("a key");
    let fields = [
        ("form_key", key.as_str()),
        ("owner", "-unit"),
        ("name", "Scena plenerowa"),
        ("category", &category),
        ("mode", "lend"),
        ("quantity", "1"),
        ("description", "Podest 6 × 4 m z zadaszeniem."),
        ("do", "publish"),
    ];
    assert_eq!(office.post("/sprzet/nowy", &fields).await.leads(), "/sprzet/scena-plenerowa");
    ask(&mut borrower, &people, "scena-plenerowa", 1, 2, &[]).await.leads();
    let path = format!("/wypozyczenia/{}", last_loan(&people).await);
    assert_eq!(people.mails("urzad@example.org").await.len(), 1);
    assert_eq!(far.post(&path, &[("step", "accept")]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(far.get("/sprzet/scena-plenerowa/edytuj").await.status, StatusCode::FORBIDDEN);
    assert_eq!(far.post("/sprzet/scena-plenerowa/stan", &[("do", "hide")]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(borrower.get("/sprzet/scena-plenerowa/edytuj").await.status, StatusCode::FORBIDDEN);
    office.post(&path, &[("step", "accept")]).await.leads();
    // Another municipality's unit may borrow.
    ask(&mut far, &people, "scena-plenerowa", 10, 11, &[]).await.leads();
    let path = format!("/wypozyczenia/{}", last_loan(&people).await);
    office.post(&path, &[("step", "accept")]).await.leads();
    far.post(&path, &[("step", "cancel")]).await.leads();
    assert_eq!(people.mails("urzad@example.org").await.last().expect("mails"), "Odwołane: Scena plenerowa");
    // A colleague of another unit of that office has nothing to do with it.
    sqlx::query("update account set unit_name = 'Inny wydział' where id = $1")
        .bind(elsewhere)
        .execute(&people.site.app.pool)
        .await
        .expect("another unit");
    assert_eq!(far.get(&path).await.status, StatusCode::FORBIDDEN);
    let audited = people.number("select count(*) from audit_entry where thing = 'loan' and role = 'official'").await;
    assert!(audited >= 3, "{audited}");
}

#[tokio::test]
async fn drafts_are_nowhere_and_a_second_editor_keeps_the_text() {
    let people = People::new().await;
    let mut lender = people.site.signed_in(people.lender).await;
    let category = people.category().await;
    let evil = "<script>alert(1)</script>\"'";
    let key = hidden(&lender.get("/sprzet/nowy").await.text(), "form_key").expect("a key");
    let draft = |name: &'static str, key: &str, quantity: &'static str| {
        vec![
            ("form_key", key.to_owned()),
            ("owner", people.organisations[0].clone()),
            ("name", name.to_owned()),
            ("category", category.clone()),
            ("mode", "lend".to_owned()),
            ("quantity", quantity.to_owned()),
            ("description", format!("Opis dość długi {evil}")),
            ("terms", evil.to_owned()),
            ("state", "published".to_owned()),
            ("author_id", "1".to_owned()),
            ("do", "draft".to_owned()),
        ]
    };
    fn pairs<'a>(fields: &'a [(&'a str, String)]) -> Vec<(&'a str, &'a str)> {
        fields.iter().map(|(name, value)| (*name, value.as_str())).collect()
    }
    let fields = draft("Zgrzewarka tajemnicza", &key, "3");
    let path = lender.post("/sprzet/nowy", &pairs(&fields)).await.leads().to_owned();
    assert_eq!(lender.post("/sprzet/nowy", &pairs(&fields)).await.leads(), path, "a form sent twice makes one thing");
    assert_eq!(people.number("select count(*) from equipment where name like 'Zgrzewarka%'").await, 1);

    // A draft is nowhere but with its owner.
    let official = people.official().await;
    let mut office = people.site.signed_in(official).await;
    let mut stranger = people.site.signed_in(people.stranger).await;
    assert_eq!(lender.get(&path).await.status, StatusCode::OK);
    assert_eq!(people.site.page(&path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(stranger.get(&path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(office.get(&path).await.status, StatusCode::NOT_FOUND, "officials leave drafts alone");
    assert_eq!(stranger.get(&format!("{path}/edytuj")).await.status, StatusCode::FORBIDDEN);
    let mine = format!("/organizacje/{}", people.organisations[0]);
    for page in ["/sprzet?q=zgrzewarka", "/search?q=zgrzewarka", mine.as_str()] {
        let answer = people.site.page(page).await;
        assert!(!answer.text().contains("tajemnicza"), "{page}");
    }
    lender.get(&path).await;
    lender.post(&format!("{path}/stan"), &[("do", "publish")]).await.leads();
    let page = people.site.page(&path).await;
    assert!(page.text().contains("Zgrzewarka tajemnicza") && !page.text().contains("<script>alert"), "text stays text");
    assert!(people.site.page("/sprzet?q=zgrzewarka").await.text().contains("tajemnicza"));
    let reviews =
        "select count(*) from review where kind = 'first_post' and thing = 'equipment' and decided_at is null";
    assert_eq!(people.number(reviews).await, 1, "a first post is looked at");

    // Two people edit; the second is told and keeps the text.
    let edit = format!("{path}/edytuj");
    let version = hidden(&lender.get(&edit).await.text(), "version").expect("a version");
    let mut first = draft("Zgrzewarka pierwsza", "", "3");
    first.push(("version", version.clone()));
    let mut second = draft("Zgrzewarka druga", "", "3");
    second.push(("version", version));
    lender.post(&edit, &pairs(&first)).await.leads();
    let told = lender.post(&edit, &pairs(&second)).await;
    assert_eq!(told.status, StatusCode::CONFLICT);
    assert!(told.text().contains("Zgrzewarka druga") && told.text().contains("Zgrzewarka pierwsza"));

    // Fewer pieces than are promised there cannot be, nor a gift of what somebody waits for.
    let mut borrower = people.site.signed_in(people.borrower).await;
    let slug = path.trim_start_matches("/sprzet/").to_owned();
    ask(&mut borrower, &people, &slug, 1, 2, &[("pieces", "2")]).await.leads();
    let loan = format!("/wypozyczenia/{}", last_loan(&people).await);
    lender.post(&loan, &[("step", "accept")]).await.leads();
    let version = hidden(&lender.get(&edit).await.text(), "version").expect("a version");
    let mut fewer = draft("Zgrzewarka pierwsza", "", "1");
    fewer.push(("version", version.clone()));
    let refused = lender.post(&edit, &pairs(&fewer)).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().contains("obiecanych"));
    let mut gift = draft("Zgrzewarka pierwsza", "", "3");
    gift.push(("version", version));
    gift[4].1 = "give".to_owned();
    let refused = lender.post(&edit, &pairs(&gift)).await;
    assert!(refused.text().contains("Ktoś czeka na tę rzecz"), "{}", refused.text());

    // What an official took down only an official brings back.
    office.get(&path).await;
    office.post(&format!("{path}/stan"), &[("do", "hide")]).await.leads();
    assert_eq!(people.site.page(&path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(lender.post(&format!("{path}/stan"), &[("do", "publish")]).await.status, StatusCode::CONFLICT);
    office.post(&format!("{path}/stan"), &[("do", "show")]).await.leads();
    assert_eq!(people.site.page(&path).await.status, StatusCode::OK);
}

#[tokio::test]
async fn whose_it_is_the_form_cannot_say() {
    let people = People::new().await;
    let mut lender = people.site.signed_in(people.lender).await;
    let resident = people.site.account(Role::Resident, "jan@example.org", None).await;
    let mut resident = people.site.signed_in(resident).await;
    let key = hidden(&lender.get("/sprzet/nowy").await.text(), "form_key").expect("a key");
    for owner in [people.organisations[1].as_str(), "-unit", ""] {
        let fields = [
            ("form_key", key.as_str()),
            ("owner", owner),
            ("name", "Cudza rzecz"),
            ("mode", "lend"),
            ("quantity", "1"),
            ("description", "Opis dość długi."),
            ("do", "publish"),
        ];
        assert_eq!(lender.post("/sprzet/nowy", &fields).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{owner}");
        assert_eq!(resident.post("/sprzet/nowy", &fields).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert_eq!(people.number("select count(*) from equipment where name = 'Cudza rzecz'").await, 0);
}

#[tokio::test]
async fn photos_come_with_words_and_a_refused_one_loses_nothing() {
    let people = People::new().await;
    let mut lender = people.site.signed_in(people.lender).await;
    let category = people.category().await;
    let key = hidden(&lender.get("/sprzet/nowy").await.text(), "form_key").expect("a key");
    let fields = |words: &'static str| {
        [
            ("form_key", key.as_str()),
            ("owner", people.organisations[0].as_str()),
            ("name", "Rzutnik do kina letniego"),
            ("category", category.as_str()),
            ("mode", "lend"),
            ("quantity", "1"),
            ("description", "Jasny, z kablem i ekranem."),
            ("photo-alt-1", words),
            ("photo-alt-2", "Ekran"),
            ("do", "publish"),
        ]
    };
    let files = [("photo-1", "a.webp", PHOTO), ("photo-2", "b.heic", HEIC)];
    let refused = lender.upload("/sprzet/nowy", &fields("Rzutnik na stole"), &files).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let text = refused.text();
    let photo = hidden(&text, "photo").expect("the photo that was taken is kept");
    assert!(text.contains("HEIC") && text.contains("Rzutnik na stole") && text.contains("Jasny, z kablem"));
    let words = format!("alt-{photo}");
    let mut again = fields("").to_vec();
    again.extend([("photo", photo.as_str()), (words.as_str(), "Rzutnik na stole")]);
    let path = lender.upload("/sprzet/nowy", &again, &[]).await.leads().to_owned();
    let page = people.site.page(&path).await.text();
    assert!(page.contains(&photo) && page.contains("alt=\"Rzutnik na stole\""));
    assert!(people.site.page("/sprzet?q=rzutnik").await.text().contains(&photo), "the card shows it");
    // Somebody else's photo is not for one's own thing.
    let mut stranger = people.site.signed_in(people.stranger).await;
    let key = hidden(&stranger.get("/sprzet/nowy").await.text(), "form_key").expect("a key");
    again[0].1 = key.as_str();
    again[1].1 = people.organisations[2].as_str();
    let other = stranger.upload("/sprzet/nowy", &again, &[]).await.leads().to_owned();
    assert!(!people.site.page(&other).await.text().contains(&photo));
}
