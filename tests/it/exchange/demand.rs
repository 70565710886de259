//! Demand: who posts it, who checks it, how it ends.

use axum::http::StatusCode;
use pestor::access::Role;
use pestor::exchange::demand::{queries, run_due};

use super::{PDF, PHOTO, demand, key_of, post_demand, press, town};
use crate::browser::hidden;

const NAME: &str = "Obiady na półkolonii";

#[tokio::test]
async fn an_officials_demand_goes_its_way() {
    let town = town().await;
    let site = &town.site;
    let mut official = site.signed_in(town.official).await;
    let key = key_of(&mut official, "/zapotrzebowanie/nowe").await;
    let files: [(&str, &str, &[u8]); 1] = [("document-1", "Opis żłobka.pdf", PDF)];
    let fields = demand(&key, "unit", &[("district", "bielany")]);
    let path = official.upload("/zapotrzebowanie/nowe", &fields, &files).await.leads().to_owned();
    assert_eq!(path, "/zapotrzebowanie/obiady-na-polkolonii");
    // A unit's draft is seen by the officials of the town.
    for (account, status) in [
        (town.representatives[0], StatusCode::NOT_FOUND),
        (town.resident, StatusCode::NOT_FOUND),
        (town.foreign_official, StatusCode::NOT_FOUND),
        (town.official, StatusCode::OK),
    ] {
        assert_eq!(site.signed_in(account).await.get(&path).await.status, status);
    }
    let found = async || site.page("/zapotrzebowanie?q=obiady").await.text().contains(NAME);
    assert!(!found().await && !site.get("/api/v1/search?q=obiady").await.text().contains(NAME));
    assert_eq!(press(&mut official, &path, "publish").await.leads(), path);
    assert!(found().await && site.get("/api/v1/search?q=obiady").await.text().contains(NAME));
    let page = site.page(&path).await.text();
    for shown in
        ["Wydział Komunikacji Społecznej", "osiedle Bielany", "31.01.2190", "Opis żłobka.pdf", "300 obiadów", "ld+json"]
    {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    let document =
        page.split("href=\"/zalaczniki/").nth(1).and_then(|rest| rest.split('"').next()).expect("a document");
    let document = site.get(&format!("/zalaczniki/{document}")).await;
    assert_eq!((document.status, document.header("content-type")), (StatusCode::OK, "application/pdf"));
    assert_eq!(site.page("/zapotrzebowanie?within=bielany&q=obiady").await.total(), 1);
    assert_eq!(site.page("/zapotrzebowanie?within=wrzosy&q=obiady").await.total(), 0);

    for (action, words) in [
        ("answered", "są już odpowiedzi"),
        ("reopen", "czeka na oferty"),
        ("settle", "Sprawa jest załatwiona"),
        ("reopen", "czeka na oferty"),
        ("withdraw", "Autor wycofał to ogłoszenie"),
    ] {
        assert_eq!(press(&mut official, &path, action).await.leads(), path, "{action}");
        assert!(site.page(&path).await.text().contains(words), "{words}");
    }
    assert_eq!(official.get(&format!("{path}/edytuj")).await.status, StatusCode::CONFLICT, "it is over");
    let times = "select (answered_at is not null) || ' ' || (settled_at is null) || ' ' || (withdrawn_at is not null)
        from demand where slug = 'obiady-na-polkolonii'";
    assert_eq!(town.one(times).await, "true true true");
}

#[tokio::test]
async fn a_residents_first_demand_waits_for_a_check() {
    let town = town().await;
    let site = &town.site;
    let mut resident = site.signed_in(town.resident).await;
    assert!(resident.get("/zapotrzebowanie/nowe").await.text().contains("sprawdza urząd"));
    let path = post_demand(&mut resident, "person", &[("do", "publish")]).await;
    assert!(resident.get(&path).await.text().contains("czeka na sprawdzenie"));
    let seen = async || site.page(&path).await.status == StatusCode::OK;
    assert!(!seen().await);
    assert_eq!(
        town.one("select kind || ' ' || thing || ' ' || (thing_id = (select max(id) from demand)) from review").await,
        "first_post demand true"
    );
    // Its author may take it back before anybody decided, and nobody else may let it pass but by deciding.
    assert_eq!(press(&mut resident, &path, "draft").await.leads(), path);
    assert_eq!(town.one("select count(*) from review").await, "0");
    assert_eq!(press(&mut resident, &path, "publish").await.leads(), path);
    for (account, status) in [
        (town.representatives[0], StatusCode::FORBIDDEN),
        (town.foreign_official, StatusCode::FORBIDDEN),
        (town.official, StatusCode::CONFLICT),
    ] {
        let mut browser = site.signed_in(account).await;
        for action in ["publish", "show", "reopen"] {
            assert_eq!(press(&mut browser, &path, action).await.status, status, "{action}");
        }
    }
    let mut official = site.signed_in(town.official).await;
    assert!(official.get(&path).await.text().contains("czeka na sprawdzenie"), "who decides sees it");
    let id: i64 = town.one("select max(id) from demand").await.parse().expect("a key");
    let decide = async |approved: bool| {
        let mut connection = site.app.pool.acquire().await.expect("a connection");
        queries::decided(&mut connection, id, approved).await.expect("decided");
    };
    decide(true).await;
    assert!(seen().await && site.page(&path).await.text().contains("mieszkanka (resident)"));
    decide(false).await;
    assert!(!seen().await && resident.get(&path).await.text().contains("Urząd zdjął to ogłoszenie"));
    decide(true).await;
    let named = queries::named(&site.app.pool, id).await.expect("asked");
    assert_eq!(named, Some((NAME.to_owned(), path.clone())));
    // A deleted account takes its name along; the record stays.
    site.sql(&format!("delete from account where id = {}", town.resident)).await;
    let page = site.page(&path).await.text();
    assert!(page.contains("konto usunięte") && !page.contains("mieszkanka"));
    // Who is known posts at once.
    let known = site.account(Role::Resident, "znany@example.org", None).await;
    site.sql("update account set trusted = true where email = 'znany@example.org'").await;
    let mut known = site.signed_in(known).await;
    let path = post_demand(&mut known, "person", &[("do", "publish")]).await;
    assert_eq!(site.page(&path).await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_organisations_demand_is_on_the_map_while_it_is_open() {
    let town = town().await;
    let (site, [(id, slug), _]) = (&town.site, &town.organisations);
    let mut owner = site.signed_in(town.representatives[0]).await;
    let author = format!("org-{slug}");
    let path = post_demand(&mut owner, &author, &[]).await;
    assert_eq!(town.on_map(*id).await, (0, 0, false, false));
    assert_eq!(press(&mut owner, &path, "publish").await.leads(), path);
    assert_eq!(town.on_map(*id).await, (0, 1, false, true));
    assert_eq!(press(&mut owner, &path, "answered").await.leads(), path);
    assert_eq!(town.on_map(*id).await, (0, 1, false, true));
    assert!(site.page(&format!("/organizacje/{slug}")).await.text().contains(NAME));
    assert_eq!(site.page(&format!("/organizacje?has=demand&q={}", slug.replace('-', "%20"))).await.total(), 1);
    assert_eq!(press(&mut owner, &path, "settle").await.leads(), path);
    assert_eq!(town.on_map(*id).await, (0, 0, false, false));
    // Another organisation's people are strangers.
    let mut stranger = site.signed_in(town.representatives[1]).await;
    assert_eq!(press(&mut stranger, &path, "reopen").await.status, StatusCode::FORBIDDEN);
    assert_eq!(stranger.get(&format!("{path}/edytuj")).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_deadline_closes_demand_and_its_author_is_told_once() {
    let town = town().await;
    let (site, [(id, slug), _]) = (&town.site, &town.organisations);
    let mut owner = site.signed_in(town.representatives[0]).await;
    let author = format!("org-{slug}");
    let path = post_demand(&mut owner, &author, &[("do", "publish")]).await;
    assert_eq!(town.on_map(*id).await, (0, 1, false, true));
    // A night passes: the row is as it was, only the day is another.
    site.sql("alter table demand disable trigger demand_state").await;
    site.sql("update demand set deadline = current_date - 1 where slug = 'obiady-na-polkolonii'").await;
    site.sql("alter table demand enable trigger demand_state").await;
    let (one, two) = tokio::join!(run_due(&site.app), run_due(&site.app));
    one.and(two).expect("done");
    run_due(&site.app).await.expect("done");
    assert_eq!(town.one("select state from demand where slug = 'obiady-na-polkolonii'").await, "closed");
    assert_eq!(town.mails("Minął termin").await, ["pes0@example.org"]);
    assert_eq!(town.on_map(*id).await, (0, 0, false, false));
    assert!(site.page(&path).await.text().contains("Termin minął"));

    // Another day opens it again; a day that has passed is refused.
    let form = format!("{path}/edytuj");
    let version = hidden(&owner.get(&form).await.text(), "version").expect("a version");
    let fields = |day: &'static str| {
        demand("", "", &[("version", &version), ("deadline", day)])
            .iter()
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
            .collect::<Vec<_>>()
    };
    let mut send = async |day: &'static str| {
        let fields = fields(day);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        owner.upload(&form, &fields, &[]).await
    };
    let refused = send("2020-01-01").await;
    assert!(refused.status == StatusCode::UNPROCESSABLE_ENTITY && refused.text().contains("id=\"e-deadline\""));
    assert_eq!(send("1.2.2190").await.leads(), path);
    assert_eq!(town.on_map(*id).await, (0, 1, false, true));
}

#[tokio::test]
async fn what_is_wrong_with_a_demand_is_said_at_its_field() {
    let town = town().await;
    let site = &town.site;
    let mut resident = site.signed_in(town.resident).await;
    let key = key_of(&mut resident, "/zapotrzebowanie/nowe").await;
    let wrong = [
        ("name", ""),
        ("category", "weapons"),
        ("description", ""),
        ("budget_min_pln", "5"),
        ("budget_max_pln", "4"),
        ("deadline", "2020-01-01"),
        ("district", "nigdzie"),
        ("lat", "18,6"),
        ("lon", "53,01"),
    ];
    let files: [(&str, &str, &[u8]); 2] = [("document-1", "a.pdf", PHOTO), ("document-2", "dobry.pdf", PDF)];
    let again = resident.upload("/zapotrzebowanie/nowe", &demand(&key, "person", &wrong), &files).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    let text = again.text();
    for field in ["name", "category", "description", "budget_max_pln", "deadline", "district", "lat", "document-1"] {
        assert!(text.contains(&format!("id=\"e-{field}\"")), "{field}: {text}");
    }
    let kept = hidden(&text, "document").expect("the good document is kept");
    let fields = [("document", kept.as_str()), ("lat", "53.0105"), ("lon", "18,6035"), ("do", "publish")];
    let path = resident.upload("/zapotrzebowanie/nowe", &demand(&key, "person", &fields), &[]).await.leads().to_owned();
    let page = resident.get(&path).await.text();
    assert!(page.contains("dobry.pdf") && page.contains("data-lon=\"18.6035\""), "{page}");
    // Sent twice, it is one.
    assert_eq!(resident.upload("/zapotrzebowanie/nowe", &demand(&key, "person", &fields), &[]).await.leads(), path);
    // Of two who edit it, the second is told.
    let form = format!("{path}/edytuj");
    let version = hidden(&resident.get(&form).await.text(), "version").expect("a version");
    let first = demand("", "", &[("version", version.as_str()), ("name", "Obiady pierwsze")]);
    assert_eq!(resident.upload(&form, &first, &[]).await.leads(), path);
    let second = demand("", "", &[("version", version.as_str()), ("name", "Obiady drugie")]);
    let told = resident.upload(&form, &second, &[]).await;
    assert_eq!(told.status, StatusCode::CONFLICT);
    assert!(told.text().contains("Obiady pierwsze") && told.text().contains("Obiady drugie"));
}
