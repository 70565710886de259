//! The equipment bank: posting, lending, bringing back, giving away, and what must never happen.

use axum::http::StatusCode;
use pestor::access::Role;
use pestor::exchange::loans;
use time::{Date, Duration};

use crate::browser::{Browser, hidden};
use crate::support::{Answer, Site, demo_site};

/// Organisations of the demo data: two that lend and borrow, and one that has nothing to do with either.
struct People {
    site: Site,
    lender: i64,
    borrower: i64,
    stranger: i64,
    organisations: [String; 3],
}

impl People {
    async fn new() -> Self {
        let site = demo_site().await;
        let organisations: Vec<String> = sqlx::query_scalar("select slug from organisation order by id limit 3")
            .fetch_all(&site.app.pool)
            .await
            .expect("organisations");
        let organisations: [String; 3] = organisations.try_into().expect("three organisations");
        let mut accounts = Vec::new();
        for (email, organisation) in
            ["lender@example.org", "borrower@example.org", "stranger@example.org"].iter().zip(&organisations)
        {
            let id = site.account(Role::Representative, email, None).await;
            site.represents(id, organisation).await;
            accounts.push(id);
        }
        Self { lender: accounts[0], borrower: accounts[1], stranger: accounts[2], organisations, site }
    }

    /// A thing of the lender, shown to everybody; its key.
    async fn thing(&self, slug: &str, mode: &str, quantity: i32) -> i64 {
        sqlx::query_scalar(
            "insert into equipment (municipality_id, organisation_id, slug, name, category, mode, quantity)
             select o.municipality_id, o.id, $2, 'Namiot ' || $2, (select code from category order by 1 limit 1), $3, $4
             from organisation o where o.slug = $1 returning id",
        )
        .bind(&self.organisations[0])
        .bind(slug)
        .bind(mode)
        .bind(quantity)
        .fetch_one(&self.site.app.pool)
        .await
        .expect("a thing")
    }

    async fn number(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(&self.site.app.pool).await.expect("a number")
    }

    /// Subjects of the mails to an address, oldest first.
    async fn mails(&self, email: &str) -> Vec<String> {
        sqlx::query_scalar("select subject from mail_outbox where recipient = $1 order by id")
            .bind(email)
            .fetch_all(&self.site.app.pool)
            .await
            .expect("mails")
    }

    async fn today(&self) -> Date {
        sqlx::query_scalar("select current_date").fetch_one(&self.site.app.pool).await.expect("today")
    }

    /// Another municipality with an official.
    async fn official_elsewhere(&self) -> i64 {
        let id: i64 = sqlx::query_scalar(
            "insert into municipality (teryt, name, boundary)
             values ('0415011', 'Gdzie Indziej', st_multi(st_makeenvelope(17, 52, 17.1, 52.1, 4326))) returning id",
        )
        .fetch_one(&self.site.app.pool)
        .await
        .expect("a municipality");
        self.site.account(Role::Official, "daleko@example.org", Some(id)).await
    }

    async fn official(&self) -> i64 {
        let here = self.number("select id from municipality where teryt = '0463011'").await;
        self.site.account(Role::Official, "urzad@example.org", Some(here)).await
    }
}

fn day(day: Date) -> String {
    pestor::web::format::iso_date(day)
}

/// Asks for a thing from a day of the future to another, for the first organisation that the form offers.
async fn ask(
    browser: &mut Browser<'_>,
    people: &People,
    slug: &str,
    from: i64,
    to: i64,
    more: &[(&str, &str)],
) -> Answer {
    let page = browser.get(&format!("/sprzet/{slug}")).await;
    let text = page.text();
    let form = text.split("/prosba\"").nth(1).expect("a form for asking").to_owned();
    let (key, who) = (hidden(&form, "form_key").expect("a key"), hidden(&form, "who").expect("for whom"));
    let today = people.today().await;
    let (from, to) = (day(today + Duration::days(from)), day(today + Duration::days(to)));
    let mut fields = vec![("form_key", key.as_str()), ("who", &who), ("from", &from), ("to", &to)];
    fields.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
    fields.extend_from_slice(more);
    browser.post(&format!("/sprzet/{slug}/prosba"), &fields).await
}

async fn last_loan(people: &People) -> i64 {
    people.number("select max(id) from loan").await
}

#[tokio::test]
async fn a_thing_is_lent_and_comes_back() {
    let people = People::new().await;
    people.thing("namiot", "lend", 1).await;
    let mut borrower = people.site.signed_in(people.borrower).await;
    let mut lender = people.site.signed_in(people.lender).await;
    let asked = ask(&mut borrower, &people, "namiot", 0, 2, &[("note", "Na <b>festyn</b>")]).await;
    assert_eq!(asked.leads(), "/sprzet/namiot#prosby");
    let id = last_loan(&people).await;
    let path = format!("/wypozyczenia/{id}");
    assert_eq!(people.mails("lender@example.org").await, ["Prośba o wypożyczenie: Namiot namiot"]);
    let page = lender.get("/sprzet/namiot").await.text();
    assert!(page.contains("Na &#60;b&#62;festyn") && !page.contains("<b>festyn"), "the note, as text");

    // Nobody else sees it or has a hand in it.
    let mut stranger = people.site.signed_in(people.stranger).await;
    assert!(!stranger.get("/sprzet/namiot").await.text().contains("festyn"));
    assert!(!people.site.page("/sprzet/namiot").await.text().contains("festyn"));
    assert_eq!(stranger.get(&path).await.status, StatusCode::FORBIDDEN);
    assert_eq!(stranger.post(&path, &[("step", "accept")]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(borrower.post(&path, &[("step", "accept")]).await.status, StatusCode::FORBIDDEN, "not by oneself");
    assert!(people.site.page(&path).await.header("location").starts_with("/logowanie"));
    for missing in ["/wypozyczenia/0", "/wypozyczenia/abc", "/wypozyczenia/99999999999999999999"] {
        assert_eq!(lender.get(missing).await.status, StatusCode::NOT_FOUND, "{missing}");
    }

    // The owner goes on, step by step; a step that does not follow is refused.
    assert_eq!(lender.post(&path, &[("step", "return")]).await.status, StatusCode::CONFLICT);
    assert_eq!(lender.post(&path, &[("step", "steal")]).await.status, StatusCode::BAD_REQUEST);
    lender.post(&path, &[("step", "accept"), ("answer", "Odbiór po 10")]).await.leads();
    assert_eq!(lender.post(&path, &[("step", "accept")]).await.leads(), path, "the same button twice");
    assert!(borrower.get(&path).await.text().contains("Odbiór po 10"));
    let calendar = people.site.page("/sprzet/namiot").await.text();
    assert!(calendar.matches("day day-none").count() >= 3, "three days are taken");
    lender.post(&path, &[("step", "hand_over")]).await.leads();
    assert_eq!(borrower.post(&path, &[("step", "cancel")]).await.status, StatusCode::CONFLICT, "it is out already");
    lender.post(&path, &[("step", "return")]).await.leads();
    let subjects = people.mails("borrower@example.org").await;
    let said = ["Zgoda na wypożyczenie: Namiot namiot", "Sprzęt wydany: Namiot namiot", "Sprzęt oddany: Namiot namiot"];
    assert_eq!(subjects, said);
    assert!(!people.site.page("/sprzet/namiot").await.text().contains("day day-none"), "free again");
    let mine = borrower.get("/panel/wypozyczenia").await.text();
    assert!(mine.contains("Namiot namiot") && mine.contains("oddane"));
    assert!(!stranger.get("/panel/wypozyczenia").await.text().contains("Namiot namiot"));
}

#[tokio::test]
async fn of_twenty_promises_for_overlapping_days_one_is_kept() {
    let people = People::new().await;
    let thing = people.thing("namiot", "lend", 1).await;
    let today = people.today().await;
    let mut ids = Vec::new();
    for n in 0..20 {
        // All of them want the tenth day from now.
        let (first, last) = (today + Duration::days(10 - n % 5), today + Duration::days(10 + n % 3));
        let id: i64 = sqlx::query_scalar(
            "insert into loan (municipality_id, equipment_id, kind, state, organisation_id, days)
             select municipality_id, $1, 'lend', 'requested', id, daterange($3, $4, '[]') from organisation where slug = $2 returning id",
        )
        .bind(thing)
        .bind(&people.organisations[1])
        .bind(first)
        .bind(last)
        .fetch_one(&people.site.app.pool)
        .await
        .expect("a request");
        ids.push(id);
    }
    let mut browsers = Vec::new();
    for _ in &ids {
        browsers.push(people.site.signed_in(people.lender).await);
    }
    let answers =
        futures_util::future::join_all(browsers.iter_mut().zip(&ids).map(async |(browser, id)| {
            browser.post(&format!("/wypozyczenia/{id}"), &[("step", "accept")]).await.status
        }))
        .await;
    assert_eq!(answers.iter().filter(|status| **status == StatusCode::SEE_OTHER).count(), 1, "{answers:?}");
    assert_eq!(answers.iter().filter(|status| **status == StatusCode::CONFLICT).count(), 19, "{answers:?}");
    assert_eq!(people.number("select count(*) from loan where state = 'accepted'").await, 1);
    assert_eq!(people.number("select count(*) from mail_outbox").await, 1, "who was refused heard of no promise");
}

#[tokio::test]
async fn pieces_are_counted_by_days_not_by_number() {
    let people = People::new().await;
    people.thing("krzesla", "lend", 2).await;
    let mut borrower = people.site.signed_in(people.borrower).await;
    let mut stranger = people.site.signed_in(people.stranger).await;
    let mut lender = people.site.signed_in(people.lender).await;
    // One piece is out at the beginning, another at the end; a third loan fits between them although no single piece is free
    // all the time.
    for (from, to) in [(1, 3), (5, 7)] {
        ask(&mut borrower, &people, "krzesla", from, to, &[("pieces", "1")]).await.leads();
        let id = last_loan(&people).await;
        lender.post(&format!("/wypozyczenia/{id}"), &[("step", "accept")]).await.leads();
    }
    ask(&mut stranger, &people, "krzesla", 2, 6, &[("pieces", "1")]).await.leads();
    let third = format!("/wypozyczenia/{}", last_loan(&people).await);
    lender.post(&third, &[("step", "accept")]).await.leads();
    let calendar = people.site.page("/sprzet/krzesla").await.text();
    assert!(calendar.contains("day day-some") && calendar.contains("1 z 2"));
    // Nothing more on the days when both are out, and never more than there are.
    let full = ask(&mut borrower, &people, "krzesla", 3, 4, &[("pieces", "1")]).await;
    assert_eq!(full.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(full.text().contains("nie ma tylu wolnych sztuk"));
    let many = ask(&mut borrower, &people, "krzesla", 20, 21, &[("pieces", "3")]).await;
    assert_eq!(many.status, StatusCode::UNPROCESSABLE_ENTITY);
    ask(&mut borrower, &people, "krzesla", 4, 4, &[("pieces", "1")]).await.leads();
    // Days that the owner keeps count alike.
    let page = lender.get("/sprzet/krzesla").await.text();
    let form = page.split("/zajete\"").nth(1).expect("the owner's form");
    let key = hidden(form, "form_key").expect("a key");
    let today = people.today().await;
    let (from, to) = (day(today + Duration::days(30)), day(today + Duration::days(31)));
    let fields = [("form_key", key.as_str()), ("from", &from), ("to", &to), ("pieces", "2"), ("note", "przegląd")];
    lender.post("/sprzet/krzesla/zajete", &fields).await.leads();
    lender.post("/sprzet/krzesla/zajete", &fields).await.leads();
    assert_eq!(
        people.number("select count(*) from loan where kind = 'keep'").await,
        1,
        "a form sent twice counts once"
    );
    let kept = last_loan(&people).await;
    assert_eq!(
        ask(&mut borrower, &people, "krzesla", 31, 32, &[("pieces", "1")]).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(borrower.post("/sprzet/krzesla/zajete", &fields).await.status, StatusCode::FORBIDDEN);
    let taken =
        [("form_key", "other"), ("from", day(today + Duration::days(2)).as_str()), ("to", &from), ("pieces", "1")]
            .map(|(a, b)| (a, b.to_owned()));
    let taken: Vec<(&str, &str)> = taken.iter().map(|(a, b)| (*a, b.as_str())).collect();
    let promised = lender.post("/sprzet/krzesla/zajete", &taken).await;
    assert_eq!(promised.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(promised.text().contains("jest już obiecany"));
    assert!(!people.site.page("/sprzet/krzesla").await.text().contains("przegląd"), "why, only the owner sees");
    lender.post(&format!("/wypozyczenia/{kept}"), &[("step", "free")]).await.leads();
    ask(&mut borrower, &people, "krzesla", 31, 32, &[("pieces", "2")]).await.leads();
}

#[tokio::test]
async fn bad_days_and_foreign_organisations_are_refused() {
    let people = People::new().await;
    people.thing("namiot", "lend", 1).await;
    let mut borrower = people.site.signed_in(people.borrower).await;
    for (from, to, words) in
        [(-1, 1, "od dzisiaj"), (5, 4, "przed pierwszym"), (1, 100, "92 dni"), (400, 401, "rok naprzód")]
    {
        let answer = ask(&mut borrower, &people, "namiot", from, to, &[]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{from}..{to}");
        assert!(answer.text().contains(words), "{words}");
    }
    for days in ["", "wczoraj", "2026-02-30", "infinity", "0001-01-01", "9999-12-31"] {
        let answer = ask(&mut borrower, &people, "namiot", 1, 2, &[("from", days)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{days}");
    }
    // For whom one does not act, one does not ask; nor with somebody's unit.
    for who in [people.organisations[2].as_str(), people.organisations[0].as_str(), "-unit", ""] {
        let answer = ask(&mut borrower, &people, "namiot", 1, 2, &[("who", who)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{who}");
    }
    // What else is in the form has no effect.
    let stolen = [("state", "accepted"), ("account_id", "1"), ("organisation_id", "1"), ("kind", "keep")];
    ask(&mut borrower, &people, "namiot", 1, 2, &stolen).await.leads();
    assert_eq!(people.number("select count(*) from loan where state = 'requested' and kind = 'lend'").await, 1);
    let again = ask(&mut borrower, &people, "namiot", 2, 3, &[]).await;
    assert!(again.text().contains("już o to prosi"));
    let resident = people.site.account(Role::Resident, "jan@example.org", None).await;
    let mut resident = people.site.signed_in(resident).await;
    resident.get("/sprzet/namiot").await;
    assert_eq!(resident.post("/sprzet/namiot/prosba", &[("form_key", "x")]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(people.site.browser().post("/sprzet/namiot/prosba", &[]).await.status, StatusCode::UNAUTHORIZED);
    for (month, status) in [("2026-13", 400), ("x", 400), ("2027-01", 200), ("1900-01", 200), ("9999-12", 200)] {
        let page = people.site.page(&format!("/sprzet/namiot?month={month}")).await;
        assert_eq!(page.status.as_u16(), status, "{month}");
    }
}

#[tokio::test]
async fn a_form_sent_twice_asks_once() {
    let people = People::new().await;
    people.thing("namiot", "lend", 1).await;
    let mut borrower = people.site.signed_in(people.borrower).await;
    let page = borrower.get("/sprzet/namiot").await.text();
    let form = page.split("/prosba\"").nth(1).expect("a form").to_owned();
    let (key, who) = (hidden(&form, "form_key").expect("a key"), hidden(&form, "who").expect("for whom"));
    let today = day(people.today().await);
    let fields = [("form_key", key.as_str()), ("who", &who), ("from", &today), ("to", &today)];
    let first = borrower.post("/sprzet/namiot/prosba", &fields).await.leads().to_owned();
    assert_eq!(borrower.post("/sprzet/namiot/prosba", &fields).await.leads(), first);
    assert_eq!(people.number("select count(*) from loan").await, 1);
    assert_eq!(people.mails("lender@example.org").await.len(), 1);
    let without = [("who", who.as_str()), ("from", &today), ("to", &today)];
    assert_eq!(borrower.post("/sprzet/namiot/prosba", &without).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_gift_goes_to_one() {
    let people = People::new().await;
    people.thing("szafa", "give", 1).await;
    let mut borrower = people.site.signed_in(people.borrower).await;
    let mut stranger = people.site.signed_in(people.stranger).await;
    let mut lender = people.site.signed_in(people.lender).await;
    assert!(!people.site.page("/sprzet/szafa").await.text().contains("id=\"kalendarz\""), "a gift has no calendar");
    ask(&mut borrower, &people, "szafa", 0, 0, &[("note", "Do świetlicy")]).await.leads();
    let first = format!("/wypozyczenia/{}", last_loan(&people).await);
    ask(&mut stranger, &people, "szafa", 0, 0, &[]).await.leads();
    let second = format!("/wypozyczenia/{}", last_loan(&people).await);
    // Two colleagues choose at once, each another one.
    let mut colleague = people.site.signed_in(people.lender).await;
    let (a, b) = futures_util::future::join(
        lender.post(&first, &[("step", "accept")]),
        colleague.post(&second, &[("step", "accept")]),
    )
    .await;
    let mut statuses = [a.status.as_u16(), b.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 409]);
    let (chosen, other) = if a.status == StatusCode::SEE_OTHER {
        ("borrower@example.org", "stranger@example.org")
    } else {
        ("stranger@example.org", "borrower@example.org")
    };
    assert_eq!(people.mails(chosen).await, ["Ta rzecz jest dla Was: Namiot szafa"]);
    assert_eq!(people.mails(other).await, ["Odmowa: Namiot szafa"]);
    assert_eq!(people.number("select count(*) from equipment where slug = 'szafa' and state = 'archived'").await, 1);
    assert_eq!(people.site.page("/sprzet/szafa").await.status, StatusCode::NOT_FOUND, "it is off the lists");
}

#[tokio::test]
async fn both_sides_are_reminded_once() {
    let people = People::new().await;
    let thing = people.thing("namiot", "lend", 1).await;
    sqlx::query(
        "insert into loan (municipality_id, equipment_id, kind, state, organisation_id, days)
         select municipality_id, $1, 'lend', 'handed_over', id, daterange(current_date - 3, current_date) from organisation where slug = $2",
    )
    .bind(thing)
    .bind(&people.organisations[1])
    .execute(&people.site.app.pool)
    .await
    .expect("a loan");
    let runs = futures_util::future::join_all((0..4).map(|_| loans::run_due(&people.site.app))).await;
    assert!(runs.iter().all(Result::is_ok), "{runs:?}");
    loans::run_due(&people.site.app).await.expect("nothing is due");
    for email in ["lender@example.org", "borrower@example.org"] {
        assert_eq!(people.mails(email).await, ["Minął termin zwrotu: Namiot namiot"], "{email}");
    }
    let mut lender = people.site.signed_in(people.lender).await;
    assert!(lender.get("/panel/wypozyczenia").await.text().contains("po terminie"));
    assert!(people.site.page("/sprzet/namiot").await.text().contains("day day-none\" aria-current"), "it is out today");
}

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
    let category = people.site.app.pool.clone();
    let category: String = sqlx::query_scalar("select code from category order by 1 limit 1")
        .fetch_one(&category)
        .await
        .expect("a category");
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
    let category: String = sqlx::query_scalar("select code from category order by 1 limit 1")
        .fetch_one(&people.site.app.pool)
        .await
        .expect("a category");
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
    assert_eq!(lender.post(&format!("{path}/stan"), &[("do", "publish")]).await.status, StatusCode::FORBIDDEN);
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
        assert_eq!(resident.post("/sprzet/nowy", &fields).await.status, StatusCode::FORBIDDEN);
    }
    assert_eq!(people.number("select count(*) from equipment where name = 'Cudza rzecz'").await, 0);
}
