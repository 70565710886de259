//! Offers from draft to archive.

use axum::http::StatusCode;

use super::{HEIC, OTHER_PHOTO, PHOTO, key_of, offer, post_offer, press, town};
use crate::browser::hidden;

const NAME: &str = "Pierogi prababci Wiesi";

#[tokio::test]
async fn an_offer_lives_from_draft_to_archive() {
    let town = town().await;
    let (site, [(id, slug), _]) = (&town.site, &town.organisations);
    let mut owner = site.signed_in(town.representatives[0]).await;
    let key = key_of(&mut owner, "/oferty/nowa").await;
    let other = [("photo-alt-1", "Talerz pierogów"), ("photo-alt-2", "Lepienie")];
    let files: [(&str, &str, &[u8]); 2] = [("photo-1", "a.webp", PHOTO), ("photo-2", "b.jpg", OTHER_PHOTO)];
    let path = owner.upload("/oferty/nowa", &offer(&key, slug, &other), &files).await.leads().to_owned();
    assert_eq!(path, "/oferty/pierogi-prababci-wiesi");

    let others =
        [None, Some(town.representatives[1]), Some(town.resident), Some(town.official), Some(town.foreign_official)];
    let seen_by_others = async |path: &str| {
        let mut seen = Vec::new();
        for account in others {
            let mut browser = match account {
                Some(id) => site.signed_in(id).await,
                None => site.browser(),
            };
            let answer = browser.get(path).await;
            let fragment = browser.get(&format!("{path}?fragment=1")).await;
            assert_eq!(answer.status, fragment.status);
            seen.push(answer.status == StatusCode::OK);
        }
        seen
    };
    let found = async || {
        let mut found = Vec::new();
        for page in
            ["/oferty?sort=newest", "/oferty?q=pierogi", &format!("/organizacje/{slug}"), "/api/v1/search?q=prababci"]
        {
            found.push(site.page(page).await.text().contains(NAME));
        }
        found
    };
    // A draft is nowhere, but its organisation sees it as it will be.
    let draft = owner.get(&path).await;
    assert!(draft.text().contains("Widzi to tylko organizacja") && draft.text().contains("Talerz pierogów"));
    assert!(!draft.text().contains("ld+json") && draft.text().contains("noindex"));
    assert_eq!(seen_by_others(&path).await, [false; 5]);
    assert_eq!(found().await, [false; 4]);
    assert_eq!(town.on_map(*id).await, (0, 0, false, false));
    assert!(owner.get("/panel/gielda").await.text().contains(NAME));

    assert_eq!(press(&mut owner, &path, "publish").await.leads(), path);
    assert_eq!(seen_by_others(&path).await, [true; 5]);
    assert_eq!(found().await, [true; 4]);
    assert_eq!(town.on_map(*id).await, (1, 0, true, false));
    let page = site.page(&path).await.text();
    assert!(page.contains("ld+json") && page.contains("24,50\u{a0}zł / kg") && page.contains("całe miasto"), "{page}");
    assert!(!page.contains("/stan\""), "strangers get no buttons");
    let photo = page.split("\"/zdjecia/").nth(1).and_then(|rest| rest.split('"').next()).expect("a photo");
    assert_eq!(site.get(&format!("/zdjecia/{photo}")).await.status, StatusCode::OK);
    // The first photo is on the cards of the list and of the organisation's page, for the map's panel too.
    let first = town.one("select key from media m join offer_photo p on p.media_id = m.id where position = 1").await;
    for page in ["/oferty?q=pierogi", &format!("/organizacje/{slug}?fragment=1")] {
        let text = site.page(page).await.text();
        assert!(text.contains(&format!("/zdjecia/{first}/small.jpg")) && text.contains("Talerz pierogów"), "{page}");
    }
    // Nobody knows this account yet: an official looks at its first post afterwards.
    assert_eq!(town.one("select kind || ' ' || thing from review").await, "first_post offer");

    assert_eq!(press(&mut owner, &path, "archive").await.leads(), path);
    assert_eq!((seen_by_others(&path).await, found().await), (vec![false, false, false, true, false], vec![false; 4]));
    assert_eq!(town.on_map(*id).await, (0, 0, false, false));
    assert_eq!(press(&mut owner, &path, "delete").await.status, StatusCode::CONFLICT, "others may have seen it");
    assert_eq!(press(&mut owner, &path, "publish").await.leads(), path);
    assert_eq!(found().await, [true; 4]);
}

#[tokio::test]
async fn only_its_organisation_and_the_office_change_an_offer() {
    let town = town().await;
    let (site, [(_, slug), _]) = (&town.site, &town.organisations);
    let mut owner = site.signed_in(town.representatives[0]).await;
    let path = post_offer(&mut owner, slug, &[("do", "publish")]).await;
    for stranger in [town.representatives[1], town.resident, town.foreign_official] {
        let mut browser = site.signed_in(stranger).await;
        assert_eq!(browser.get(&format!("{path}/edytuj")).await.status, StatusCode::FORBIDDEN);
        for action in ["archive", "draft", "hide", "delete"] {
            assert_eq!(press(&mut browser, &path, action).await.status, StatusCode::FORBIDDEN, "{action}");
        }
        let edit = browser.upload(&format!("{path}/edytuj"), &offer("", slug, &[("version", "1")]), &[]).await;
        assert_eq!(edit.status, StatusCode::FORBIDDEN);
    }
    let sign_in = site.browser().follow("/oferty/nowa").await.text();
    assert!(sign_in.contains("Logowanie") && sign_in.contains("value=\"/oferty/nowa\""), "and back afterwards");
    // A resident has nothing to offer for; the page says what to do.
    let mut resident = site.signed_in(town.resident).await;
    assert!(resident.get("/oferty/nowa").await.text().contains("Znajdź organizację"));
    let key = "x".repeat(43);
    let refused = resident.upload("/oferty/nowa", &offer(&key, slug, &[]), &[]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(town.one("select count(*) from offer where author_id is not null").await, "1");

    // The office takes down, and only the office brings back; it is in the audit.
    let mut official = site.signed_in(town.official).await;
    assert_eq!(press(&mut official, &path, "archive").await.status, StatusCode::CONFLICT);
    assert_eq!(press(&mut official, &path, "hide").await.leads(), path);
    assert_eq!(site.page(&path).await.status, StatusCode::NOT_FOUND);
    for action in ["publish", "show", "draft", "archive", "delete"] {
        assert_eq!(press(&mut owner, &path, action).await.status, StatusCode::CONFLICT, "{action}");
    }
    assert!(owner.get(&path).await.text().contains("Urząd zdjął tę ofertę"));
    assert_eq!(press(&mut official, &path, "show").await.leads(), path);
    let version = hidden(&official.get(&format!("{path}/edytuj")).await.text(), "version").expect("a version");
    let other = [("version", version.as_str()), ("name", "Pierogi (bez alkoholu)")];
    assert_eq!(official.upload(&format!("{path}/edytuj"), &offer("", slug, &other), &[]).await.leads(), path);
    let entry = "select string_agg(role || ' ' || (before ->> 'name') || ' → ' || (after ->> 'name'), ', ')
        from audit_entry where thing = 'offer' and before ? 'name'";
    assert_eq!(town.one(entry).await, "official Pierogi prababci Wiesi → Pierogi (bez alkoholu)");
    assert_eq!(town.one("select count(*) from audit_entry where after ? 'shown' or after ? 'search_text'").await, "0");

    // Decisions of the moderation queue.
    let id: i64 = town.one("select max(id) from offer").await.parse().expect("a key");
    for (approved, shown) in [(false, "false"), (false, "false"), (true, "true"), (true, "true")] {
        let mut connection = site.app.pool.acquire().await.expect("a connection");
        pestor::exchange::offers::queries::decided(&mut connection, id, approved).await.expect("decided");
        assert_eq!(town.one("select shown from offer order by id desc limit 1").await, shown);
    }
    let named = pestor::exchange::offers::queries::named(&site.app.pool, id).await.expect("asked");
    assert_eq!(named, Some(("Pierogi (bez alkoholu)".to_owned(), path)));
}

#[tokio::test]
async fn a_refused_photo_says_why_and_nothing_else_is_lost() {
    let town = town().await;
    let (site, [(_, slug), _]) = (&town.site, &town.organisations);
    let mut owner = site.signed_in(town.representatives[0]).await;
    let key = key_of(&mut owner, "/oferty/nowa").await;
    let other =
        [("photo-alt-1", "Talerz"), ("photo-alt-2", "Garnek"), ("description", "Opis, który ma zostać w formularzu.")];
    let files: [(&str, &str, &[u8]); 3] =
        [("photo-1", "a.webp", PHOTO), ("photo-2", "IMG_1.HEIC", HEIC), ("photo-3", "c.jpg", OTHER_PHOTO)];
    let again = owner.upload("/oferty/nowa", &offer(&key, slug, &other), &files).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    let text = again.text();
    // The refusal and the missing words are each at their field.
    let at = |field: &str| {
        let rest =
            text.split(&format!("id=\"e-{field}\"")).nth(1).unwrap_or_else(|| panic!("nothing at {field}: {text}"));
        rest.split("</span>").next().expect("words").to_owned()
    };
    assert!(at("photo-2").contains("HEIC"), "{}", at("photo-2"));
    let keys: Vec<&str> = text.split("name=\"photo\" value=\"").skip(1).map(|rest| &rest[..32]).collect();
    assert_eq!(keys.len(), 2, "two were taken");
    assert!(at(&format!("alt-{}", keys[1])).contains("Opisz"), "the third came without words");
    for kept in [
        "Opis, który ma zostać w formularzu.",
        "24,50",
        "value=\"Talerz\"",
        "value=\"Garnek\"",
        "Pierogi prababci Wiesi",
    ] {
        assert!(text.contains(kept), "{kept} is lost: {text}");
    }
    assert_eq!(town.one("select count(*) from offer where name like 'Pierogi prababci%'").await, "0");

    // The same form again: the kept photos in another order, one with words, and one left out.
    let (first, second) = (format!("alt-{}", keys[0]), format!("alt-{}", keys[1]));
    let (order, remove) = (format!("order-{}", keys[1]), format!("remove-{}", keys[0]));
    let key = hidden(&text, "form_key").expect("a key");
    let mut fields = offer(&key, slug, &[("photo", keys[0]), (&first, "Talerz"), (&second, "Kuchnia"), (&order, "1")]);
    fields.push(("photo", keys[1]));
    let path = owner.upload("/oferty/nowa", &fields, &[]).await.leads().to_owned();
    let words = "select string_agg(alternative_text, ', ' order by position) from offer_photo";
    assert_eq!(town.one(words).await, "Kuchnia, Talerz", "what moves forward gets before what was there");
    let (version, mut fields) = ("1", fields);
    fields.extend([("version", version), (&remove, "true")]);
    assert_eq!(owner.upload(&format!("{path}/edytuj"), &fields, &[]).await.leads(), path);
    assert_eq!(town.one(words).await, "Kuchnia");
    assert_eq!(town.one("select count(*) from media").await, "1", "a photo that nothing shows is deleted");
}

#[tokio::test]
async fn what_is_wrong_is_said_at_once_and_at_its_field() {
    let town = town().await;
    let (site, [(_, slug), _]) = (&town.site, &town.organisations);
    let mut owner = site.signed_in(town.representatives[0]).await;
    let key = key_of(&mut owner, "/oferty/nowa").await;
    let wrong = [
        ("kind", "person"),
        ("name", "x"),
        ("category", "weapons"),
        ("description", "za mało"),
        ("price_pln", "dużo"),
        ("delivery_kind", "radius"),
        ("delivery_radius_km", "0"),
    ];
    let again = owner.upload("/oferty/nowa", &offer(&key, slug, &wrong), &[]).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    for field in ["kind", "name", "category", "description", "price_pln", "delivery_radius_km"] {
        assert!(again.text().contains(&format!("id=\"e-{field}\"")), "{field}");
    }
    let wrong = [("delivery_kind", "districts"), ("districts", "nigdzie")];
    let again = owner.upload("/oferty/nowa", &offer(&key, slug, &wrong), &[]).await;
    assert!(again.text().contains("id=\"e-districts\""));
    for (kind, more, words) in [
        ("districts", ("districts", "bielany"), "Bielany"),
        ("radius", ("delivery_radius_km", "15"), "do 15 km od siedziby"),
    ] {
        let path = post_offer(&mut owner, slug, &[("delivery_kind", kind), more, ("do", "publish")]).await;
        assert!(site.page(&path).await.text().contains(words), "{words}");
        assert!(owner.get(&format!("{path}/edytuj")).await.text().contains(&format!("value=\"{}\"", more.1)));
    }
    let path = post_offer(&mut owner, slug, &[("price_kind", "arrangement"), ("do", "publish")]).await;
    assert!(site.page(&path).await.text().contains("do uzgodnienia"));
}

#[tokio::test]
async fn a_form_sent_twice_makes_one_offer() {
    let town = town().await;
    let (site, [(_, slug), _]) = (&town.site, &town.organisations);
    let mut one = site.signed_in(town.representatives[0]).await;
    let mut two = site.signed_in(town.representatives[0]).await;
    let key = key_of(&mut one, "/oferty/nowa").await;
    let fields = offer(&key, slug, &[("do", "publish")]);
    let (first, second) =
        tokio::join!(one.upload("/oferty/nowa", &fields, &[]), two.upload("/oferty/nowa", &fields, &[]));
    assert_eq!(first.leads(), second.leads());
    assert_eq!(one.upload("/oferty/nowa", &fields, &[]).await.leads(), first.leads());
    assert_eq!(town.one("select count(*) from offer where name like 'Pierogi prababci%'").await, "1");
    for key in ["", "short", &"ż".repeat(43)] {
        let answer = one.upload("/oferty/nowa", &offer(key, slug, &[]), &[]).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{key}");
    }
}

#[tokio::test]
async fn of_two_who_edit_an_offer_the_second_is_told_and_keeps_the_text() {
    let town = town().await;
    let (site, [(_, slug), _]) = (&town.site, &town.organisations);
    site.represents(town.representatives[1], slug).await;
    let mut one = site.signed_in(town.representatives[0]).await;
    let mut two = site.signed_in(town.representatives[1]).await;
    let path = post_offer(&mut one, slug, &[("do", "publish")]).await;
    let form = format!("{path}/edytuj");
    let version = hidden(&one.get(&form).await.text(), "version").expect("a version");
    assert_eq!(hidden(&two.get(&form).await.text(), "version").as_ref(), Some(&version));
    let mine = [("version", version.as_str()), ("name", "Pierogi pierwszej")];
    assert_eq!(one.upload(&form, &offer("", slug, &mine), &[]).await.leads(), path);
    let theirs = [("version", version.as_str()), ("name", "Pierogi drugiej"), ("description", "Tekst drugiej osoby.")];
    let files: [(&str, &str, &[u8]); 1] = [("photo-1", "a.webp", PHOTO)];
    let words = [theirs.as_slice(), &[("photo-alt-1", "Zdjęcie drugiej")]].concat();
    let told = two.upload(&form, &offer("", slug, &words), &files).await;
    assert_eq!(told.status, StatusCode::CONFLICT);
    let text = told.text();
    for shown in
        ["Ktoś inny zmienił", "Tekst drugiej osoby.", "Pierogi drugiej", "Pierogi pierwszej", "Zdjęcie drugiej"]
    {
        assert!(text.contains(shown), "{shown}: {text}");
    }
    // Whoever has compared may save: the form has the version of now.
    let now = hidden(&text, "version").expect("a version");
    let words = [("version", now.as_str()), ("name", "Pierogi obu")];
    assert_eq!(two.upload(&form, &offer("", slug, &words), &[]).await.leads(), path);
    assert!(site.page(&path).await.text().contains("Pierogi obu"));
}

#[tokio::test]
async fn offers_near_a_place() {
    let town = town().await;
    let (site, organisations) = (&town.site, &town.organisations);
    let mut paths = Vec::new();
    for (place, (_, slug)) in organisations.iter().enumerate() {
        let mut browser = site.signed_in(town.representatives[place]).await;
        paths.push(post_offer(&mut browser, slug, &[("do", "publish")]).await);
    }
    for (place, (id, _)) in organisations.iter().enumerate() {
        let here =
            town.one(&format!("select st_x(point) || ',' || st_y(point) from organisation where id = {id}")).await;
        let list = site.page(&format!("/oferty?q=prababci&sort=distance&near={here}")).await.text();
        let at = |path: &str| list.find(&format!("href=\"{path}\"")).unwrap_or_else(|| panic!("{path} is missing"));
        assert!(at(&paths[place]) < at(&paths[1 - place]), "the nearest first");
        assert!(list.contains("0\u{a0}m"), "its distance is said");
        let circle = site.page(&format!("/oferty?q=prababci&near={here}&radius_m=1")).await;
        assert_eq!(circle.total(), 1);
        assert!(circle.text().contains(&format!("href=\"{}\"", paths[place])));
    }
    let said = async |query: &str| site.page(&format!("/oferty?sort=distance{query}")).await.text();
    assert!(said("").await.contains("od środka miasta"));
    assert!(said("&within=bielany").await.contains("od środka osiedla Bielany"));
    for bad in ["near=1", "near=18,53&radius_m=-1", "radius_m=500", "near=18,53%00"] {
        assert_eq!(site.page(&format!("/oferty?{bad}")).await.status, StatusCode::BAD_REQUEST, "{bad}");
        assert_eq!(site.page(&format!("/zapotrzebowanie?{bad}")).await.status, StatusCode::BAD_REQUEST, "{bad}");
    }
}

#[tokio::test]
async fn a_draft_is_thrown_away_and_addresses_of_forms_stay_free() {
    let town = town().await;
    let (site, [(_, slug), _]) = (&town.site, &town.organisations);
    let mut owner = site.signed_in(town.representatives[0]).await;
    let path = post_offer(&mut owner, slug, &[("name", "Nowa")]).await;
    assert_eq!(path, "/oferty/nowa-2");
    assert_eq!(press(&mut owner, &path, "delete").await.leads(), "/panel/gielda");
    assert_eq!(owner.get(&path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(press(&mut owner, &path, "publish").await.status, StatusCode::NOT_FOUND);
}
