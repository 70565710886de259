//! Notices: saved searches, what they find new, and the mails, with servers that race and die, at given moments.

use axum::http::StatusCode;
use pestor::access::Role;
use pestor::app::App;
use pestor::{db, notices};
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use crate::support::{Answer, Site, demo_site};

/// Saturday, 27 March 2027, noon in Poland; the night after it summer time begins.
const SATURDAY: OffsetDateTime = datetime!(2027-03-27 11:00 UTC);

#[derive(Debug, sqlx::FromRow)]
struct Mail {
    recipient: String,
    subject: String,
    body_text: String,
    body_html: String,
    unsubscribe_url: Option<String>,
}

impl Mail {
    /// Path of the unsubscribe link.
    fn link(&self) -> &str {
        let url = self.unsubscribe_url.as_deref().expect("an unsubscribe link");
        &url[url.find("/wypisz/").expect("the link's path")..]
    }
}

/// The town of the tests: an organisation in each of two districts, and two more accounts.
struct Town {
    site: Site,
    here: String,
    there: String,
    resident: i64,
}

impl Town {
    async fn new() -> Self {
        let site = demo_site().await;
        let districts: Vec<(String, String)> = sqlx::query_as(
            "select d.slug, d.name from district d join organisation o on o.district_id = d.id
             group by d.id order by count(*) desc, d.id limit 2",
        )
        .fetch_all(&site.app.pool)
        .await
        .expect("two districts");
        for (name, (slug, _)) in ["Tutejsza", "Tamtejsza"].into_iter().zip(&districts) {
            sqlx::query(
                "insert into organisation (municipality_id, name, legal_form, point)
                 select municipality_id, $1, 'foundation', st_pointonsurface(area) from district where slug = $2",
            )
            .bind(name)
            .bind(slug)
            .execute(&site.app.pool)
            .await
            .expect("an organisation");
        }
        let resident = site.account(Role::Resident, "ola@example.org", None).await;
        let town = Self { here: districts[0].0.clone(), there: districts[1].0.clone(), site, resident };
        town.run(SATURDAY - Duration::days(1)).await;
        town
    }

    fn app(&self) -> &App {
        &self.site.app
    }

    async fn run(&self, now: OffsetDateTime) {
        notices::run_due_at(self.app(), now).await.expect("done");
    }

    /// Adds an offer of one of the two organisations, seen at once.
    async fn offer(&self, organisation: &str, name: &str) -> i64 {
        self.thing(organisation, name, "published").await
    }

    async fn thing(&self, organisation: &str, name: &str, state: &str) -> i64 {
        sqlx::query_scalar(
            "insert into offer (municipality_id, organisation_id, kind, name, category, state)
             select municipality_id, id, 'service', $2, (select min(code) from category), $3 from organisation where slug = $1
             returning id",
        )
        .bind(organisation)
        .bind(name)
        .bind(state)
        .fetch_one(&self.app().pool)
        .await
        .expect("an offer")
    }

    /// Saves a search through its form.
    async fn save(&self, account: i64, list: &str, filters: &str, rhythm: &str) -> Answer {
        let mut browser = self.site.signed_in(account).await;
        let fields = [("rodzaj", list), ("filtry", filters), ("name", "Moje wyszukiwanie"), ("rhythm", rhythm)];
        browser.post("/powiadomienia/nowe", &fields).await
    }

    async fn saved(&self, account: i64, list: &str, filters: &str, rhythm: &str) {
        assert_eq!(self.save(account, list, filters, rhythm).await.leads(), "/powiadomienia?zapisano=1");
    }

    async fn mails(&self) -> Vec<Mail> {
        sqlx::query_as("select recipient, subject, body_text, body_html, unsubscribe_url from mail_outbox order by id")
            .fetch_all(&self.app().pool)
            .await
            .expect("the outbox")
    }

    /// Runs, and says what mails there are since the last time.
    async fn mails_at(&self, now: OffsetDateTime) -> Vec<Mail> {
        let before = self.mails().await.len();
        self.run(now).await;
        self.mails().await.split_off(before)
    }

    async fn search_of(&self, account: i64) -> i64 {
        sqlx::query_scalar("select id from saved_search where account_id = $1 order by id limit 1")
            .bind(account)
            .fetch_one(&self.app().pool)
            .await
            .expect("a search")
    }
}

#[tokio::test]
async fn an_offer_in_the_district_is_told_of_once() {
    let town = Town::new().await;
    town.offer("tutejsza", "Stary chleb").await;
    town.saved(town.resident, "oferty", &format!("within={}&page=2&sort=price", town.here), "at_once").await;
    let draft = town.thing("tutejsza", "Chleb na zakwasie", "draft").await;
    town.offer("tamtejsza", "Chleb skądinąd").await;
    assert!(town.mails_at(SATURDAY).await.is_empty(), "neither what was there, nor drafts, nor other districts");

    // Published by its representative, through the page.
    let representative = town.site.account(Role::Representative, "r@example.org", None).await;
    town.site.represents(representative, "tutejsza").await;
    town.saved(representative, "oferty", "", "at_once").await;
    let mut browser = town.site.signed_in(representative).await;
    let slug: String = sqlx::query_scalar("select slug from offer where id = $1")
        .bind(draft)
        .fetch_one(&town.app().pool)
        .await
        .expect("the offer");
    browser.get(&format!("/oferty/{slug}")).await;
    let done = browser.post(&format!("/oferty/{slug}/stan"), &[("do", "publish")]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());

    let mails = town.mails_at(SATURDAY).await;
    let [mail] = &mails[..] else { panic!("{mails:?}") };
    assert_eq!((mail.recipient.as_str(), mail.subject.as_str()), ("ola@example.org", "Nowa oferta: Chleb na zakwasie"));
    for body in [&mail.body_text, &mail.body_html] {
        assert!(body.contains("Moje wyszukiwanie") && body.contains(&format!("/oferty/{slug}")), "{body}");
        assert!(body.contains("Tutejsza") && body.contains("/powiadomienia") && body.contains(mail.link()), "{body}");
        assert!(!body.contains("Stary chleb") && !body.contains("skądinąd"), "{body}");
    }

    // Taken back and published again, it is no news; nor by another search.
    town.site.sql("update offer set state = 'archived' where name = 'Chleb na zakwasie'").await;
    town.site.sql("update offer set state = 'published' where name = 'Chleb na zakwasie'").await;
    town.saved(town.resident, "oferty", "q=zakwas", "at_once").await;
    town.site.sql("update offer set state = 'archived' where name = 'Chleb na zakwasie'").await;
    town.site.sql("update offer set state = 'published' where name = 'Chleb na zakwasie'").await;
    assert!(town.mails_at(SATURDAY + Duration::days(3)).await.is_empty());
    let told: i64 =
        sqlx::query_scalar("select count(*) from noticed").fetch_one(&town.app().pool).await.expect("a count");
    assert_eq!(told, 1, "the representative's own offer is no news to them");
}

#[tokio::test]
async fn what_was_hidden_meanwhile_is_not_told() {
    let town = Town::new().await;
    town.saved(town.resident, "oferty", "", "at_once").await;
    town.saved(town.resident, "zapotrzebowanie", "", "at_once").await;
    town.saved(town.resident, "sprzet", "", "at_once").await;
    town.offer("tutejsza", "Zdjęta").await;
    town.site.sql("update offer set state = 'hidden' where name = 'Zdjęta'").await;
    for state in ["draft", "pending", "hidden", "settled"] {
        town.site
            .sql(&format!(
                "insert into demand (municipality_id, unit_name, name, category, state)
                 select id, 'Wydział', 'Nie do pokazania {state}', (select min(code) from category), '{state}' from municipality limit 1"
            ))
            .await;
    }
    town.site
        .sql(
            "insert into demand (municipality_id, unit_name, name, category, deadline)
             select id, 'Wydział', 'Dawno po terminie', (select min(code) from category), '2020-01-01' from municipality limit 1",
        )
        .await;
    assert!(town.mails_at(SATURDAY).await.is_empty());
    town.site
        .sql(
            "insert into demand (municipality_id, unit_name, name, category, deadline)
             select id, 'Wydział Oświaty', 'Obiady', (select min(code) from category), current_date + 9 from municipality limit 1;
             insert into equipment (municipality_id, organisation_id, name, category, mode)
             select municipality_id, id, 'Namiot', (select min(code) from category), 'lend' from organisation where slug = 'tutejsza'",
        )
        .await;
    let mails = town.mails_at(SATURDAY).await;
    let [mail] = &mails[..] else { panic!("one mail holds all: {mails:?}") };
    assert_eq!(mail.subject, "2 nowe rzeczy z Twoich wyszukiwań");
    for word in ["Obiady", "Wydział Oświaty", "Namiot", "/sprzet/namiot", "/zapotrzebowanie/obiady"] {
        assert!(mail.body_text.contains(word), "{word} in {}", mail.body_text);
    }
    assert!(!mail.body_text.contains("Nie do pokazania"));
}

#[tokio::test]
async fn premises_are_told_of_by_period() {
    let town = Town::new().await;
    town.saved(town.resident, "lokale", &format!("within={}&status=free", town.here), "at_once").await;
    let other = town.site.account(Role::Representative, "p@example.org", None).await;
    town.saved(other, "lokale", &format!("within={}", town.here), "at_once").await;
    town.site.sql("update account set mail_each = true").await;
    town.site
        .sql(&format!(
            "insert into premises (municipality_id, name, storey, area_m2, use, technical_condition, point)
             select municipality_id, 'ul. Próbna 1', 'ground', 37.8, 'office', 'good', st_pointonsurface(area) from district
             where slug = '{}';
             insert into premises_period (premises_id, status, valid)
             select id, 'occupied', daterange('2020-01-01', '2027-03-29') from premises where name = 'ul. Próbna 1';
             insert into premises_period (premises_id, status, valid)
             select id, 'free', daterange('2027-03-29', null) from premises where name = 'ul. Próbna 1'",
            town.here
        ))
        .await;
    assert!(town.mails_at(datetime!(2027-03-28 21:59 UTC)).await.is_empty(), "it is still let");
    let mails = town.mails_at(datetime!(2027-03-28 22:01 UTC)).await;
    let mut recipients: Vec<&str> = mails.iter().map(|mail| mail.recipient.as_str()).collect();
    recipients.sort_unstable();
    assert_eq!(recipients, ["ola@example.org", "p@example.org"]);
    assert_eq!(mails[0].subject, "Wolny lokal: ul. Próbna 1");
    assert!(mails[0].body_text.contains("37,80"), "{}", mails[0].body_text);

    // An import writes a period anew where its note changed: no news. An open call in its stead is news to whoever asked for it.
    let rewrite = |status: &str| {
        format!(
            "delete from premises_period where valid @> date '2027-05-01' and premises_id = (select id from premises where name = 'ul. Próbna 1');
             insert into premises_period (premises_id, status, valid, note)
             select id, '{status}', daterange('2027-03-29', null), 'od nowa' from premises where name = 'ul. Próbna 1'"
        )
    };
    town.site.sql(&rewrite("free")).await;
    assert!(town.mails_at(datetime!(2027-03-30 10:00 UTC)).await.is_empty());
    town.site.sql(&rewrite("open_call")).await;
    let mails = town.mails_at(datetime!(2027-03-30 11:00 UTC)).await;
    assert_eq!(mails.iter().map(|mail| mail.recipient.as_str()).collect::<Vec<_>>(), ["p@example.org"]);
}

#[tokio::test]
async fn daily_and_weekly_mails_keep_polish_time() {
    let town = Town::new().await;
    let weekly = town.site.account(Role::Resident, "w@example.org", None).await;
    town.saved(town.resident, "oferty", "", "daily").await;
    town.saved(weekly, "oferty", "", "weekly").await;
    town.offer("tutejsza", "Jeden").await;
    let to = |mails: Vec<Mail>| mails.into_iter().map(|mail| mail.recipient).collect::<Vec<_>>();
    assert_eq!(to(town.mails_at(SATURDAY).await), [""; 0]);
    // Summer time: on Sunday seven o'clock comes an hour earlier.
    assert_eq!(to(town.mails_at(datetime!(2027-03-28 04:59:59 UTC)).await), [""; 0]);
    assert_eq!(to(town.mails_at(datetime!(2027-03-28 05:00 UTC)).await), ["ola@example.org"]);
    assert_eq!(to(town.mails_at(datetime!(2027-03-29 04:59:59 UTC)).await), [""; 0]);
    assert_eq!(to(town.mails_at(datetime!(2027-03-29 05:00 UTC)).await), ["w@example.org"]);
    // What comes after seven waits for the next day, and a server that was away at seven makes up for it.
    town.offer("tutejsza", "Dwa").await;
    assert_eq!(to(town.mails_at(datetime!(2027-03-29 05:01 UTC)).await), [""; 0]);
    assert_eq!(to(town.mails_at(datetime!(2027-03-29 21:00 UTC)).await), [""; 0]);
    assert_eq!(to(town.mails_at(datetime!(2027-03-30 09:00 UTC)).await), ["ola@example.org"]);
    assert_eq!(to(town.mails_at(datetime!(2027-04-05 05:00 UTC)).await), ["w@example.org"]);
    // Winter time again: seven o'clock is at six.
    town.offer("tutejsza", "Trzy").await;
    assert_eq!(to(town.mails_at(datetime!(2027-10-30 12:00 UTC)).await), [""; 0]);
    assert_eq!(to(town.mails_at(datetime!(2027-10-31 05:59 UTC)).await), [""; 0]);
    assert_eq!(to(town.mails_at(datetime!(2027-10-31 06:00 UTC)).await), ["ola@example.org"]);
}

#[tokio::test]
async fn one_mail_a_day_unless_chosen_otherwise() {
    let town = Town::new().await;
    let each = town.site.account(Role::Official, "u@example.org", Some(1)).await;
    for account in [town.resident, each] {
        town.saved(account, "oferty", "", "at_once").await;
    }
    let mut browser = town.site.signed_in(each).await;
    assert_eq!(browser.post("/powiadomienia", &[("mail_each", "true")]).await.leads(), "/powiadomienia?zapisano=1");
    let to = |mails: &[Mail]| mails.iter().map(|mail| mail.recipient.clone()).collect::<Vec<_>>();

    town.offer("tutejsza", "Pierwsza").await;
    assert_eq!(town.mails_at(SATURDAY).await.len(), 2);
    town.offer("tutejsza", "Druga").await;
    assert_eq!(to(&town.mails_at(SATURDAY + Duration::minutes(1)).await), ["u@example.org"]);
    town.offer("tutejsza", "Trzecia").await;
    assert_eq!(to(&town.mails_at(SATURDAY + Duration::minutes(2)).await), ["u@example.org"]);
    assert!(town.mails_at(datetime!(2027-03-28 04:59 UTC)).await.is_empty(), "it waits until the next day's mail");
    let mails = town.mails_at(datetime!(2027-03-28 05:00 UTC)).await;
    assert_eq!(to(&mails), ["ola@example.org"]);
    assert!(mails[0].body_text.contains("Druga") && mails[0].body_text.contains("Trzecia"));
    assert!(!mails[0].body_text.contains("Pierwsza"));
    // A day without a mail: at once.
    town.offer("tutejsza", "Czwarta").await;
    assert_eq!(town.mails_at(datetime!(2027-03-30 13:00 UTC)).await.len(), 2);
}

#[tokio::test]
async fn two_servers_tell_everybody_once() {
    let town = Town::new().await;
    let mut accounts = Vec::new();
    for n in 0..25 {
        let account = town.site.account(Role::Resident, &format!("a{n}@example.org"), None).await;
        town.saved(account, "oferty", "", "at_once").await;
        town.saved(account, "oferty", &format!("within={}", town.here), "at_once").await;
        accounts.push(account);
    }
    // Everybody may be written to as often as there is something: only what was told keeps mails from being doubled.
    town.site.sql("update account set mail_each = true").await;
    let pool = db::pool(db::options(&town.app().config.database_url).expect("options"));
    let other = App::new((*town.app().config).clone(), pool);
    let node = async |app: &App| {
        for _ in 0..4 {
            notices::run_due_at(app, SATURDAY).await.expect("done");
        }
    };
    let publish = async {
        for n in 0..3 {
            town.offer("tutejsza", &format!("Oferta {n}")).await;
        }
    };
    tokio::join!(publish, node(town.app()), node(&other));
    town.run(SATURDAY).await;
    for n in 0..3 {
        let mails = town.mails().await;
        let mut told: Vec<&str> = mails
            .iter()
            .filter(|mail| mail.body_text.contains(&format!("Oferta {n}\n")))
            .map(|m| m.recipient.as_str())
            .collect();
        assert_eq!(told.len(), 25, "offer {n}: {told:?}");
        told.sort_unstable();
        told.dedup();
        assert_eq!(told.len(), 25, "offer {n} is told of once");
    }
}

#[tokio::test]
async fn a_change_that_is_committed_late_is_not_missed() {
    let town = Town::new().await;
    town.saved(town.resident, "oferty", "", "at_once").await;
    town.saved(town.resident, "lokale", "", "at_once").await;
    town.site.sql("update account set mail_each = true").await;
    let mut late = town.app().pool.begin().await.expect("a transaction");
    sqlx::query(
        "insert into offer (municipality_id, organisation_id, kind, name, category)
         select municipality_id, id, 'service', 'Późna', (select min(code) from category) from organisation where slug = 'tutejsza'",
    )
    .execute(&mut *late)
    .await
    .expect("an offer");
    town.site
        .sql(
            "insert into premises (municipality_id, name, storey, area_m2, use, technical_condition, point)
             select municipality_id, 'Prędka 1', 'ground', 37.8, 'office', 'good', point from premises limit 1;
             insert into premises_period (premises_id, status, valid)
             select id, 'free', daterange('2027-03-01', null) from premises where name = 'Prędka 1'",
        )
        .await;
    let mails = town.mails_at(SATURDAY).await;
    assert!(mails.len() == 1 && mails[0].subject.ends_with("Prędka 1"), "{mails:?}");
    late.commit().await.expect("committed");
    let mails = town.mails_at(SATURDAY + Duration::minutes(1)).await;
    assert!(mails.len() == 1 && mails[0].subject.ends_with("Późna"), "{mails:?}");
}

#[tokio::test]
async fn a_server_that_dies_loses_and_doubles_nothing() {
    let town = Town::new().await;
    town.saved(town.resident, "oferty", "", "at_once").await;
    town.offer("tutejsza", "Chleb").await;
    // It stands still where it would write the mail, and is killed there.
    let mut wall = town.app().pool.begin().await.expect("a transaction");
    sqlx::query("lock table mail_outbox in exclusive mode").execute(&mut *wall).await.expect("locked");
    let app = town.app().clone();
    let dying = tokio::spawn(async move { notices::run_due_at(&app, SATURDAY).await });
    town.site
        .until("it waits for the outbox", async || {
            sqlx::query_scalar(
                "select exists (select from pg_locks where not granted and relation = 'mail_outbox'::regclass)",
            )
            .fetch_one(&town.app().pool)
            .await
            .expect("the locks")
        })
        .await;
    // Another server leaves the account alone meanwhile, and does not wait.
    tokio::time::timeout(std::time::Duration::from_secs(20), town.run(SATURDAY)).await.expect("it does not wait");
    dying.abort();
    dying.await.expect_err("killed");
    wall.rollback().await.expect("the wall is gone");
    town.site
        .until("what it had begun is undone", async || {
            sqlx::query_scalar(
                "select not exists (select from pg_locks l join pg_stat_activity a using (pid)
                 where a.datname = current_database() and l.relation = 'noticed'::regclass and a.pid <> pg_backend_pid())",
            )
            .fetch_one(&town.app().pool)
            .await
            .expect("the locks")
        })
        .await;
    let left: i64 =
        sqlx::query_scalar("select count(*) from noticed").fetch_one(&town.app().pool).await.expect("a count");
    assert_eq!((left, town.mails().await.len()), (0, 0));
    assert_eq!(town.mails_at(SATURDAY).await.len(), 1);
    assert_eq!(town.mails_at(SATURDAY + Duration::days(2)).await.len(), 0);
}

#[tokio::test]
async fn a_link_unsubscribes_and_looking_at_it_does_not() {
    let town = Town::new().await;
    town.saved(town.resident, "oferty", "", "at_once").await;
    town.saved(town.resident, "oferty", "q=ser", "at_once").await;
    town.site.sql("update account set mail_each = true").await;
    town.offer("tutejsza", "Chleb").await;
    let mail = town.mails_at(SATURDAY).await.pop().expect("a mail");
    let link = mail.link().to_owned();
    let paused = async || -> i64 {
        sqlx::query_scalar("select count(*) from saved_search where paused_at is not null")
            .fetch_one(&town.app().pool)
            .await
            .expect("a count")
    };
    let mut anybody = town.site.browser();
    let page = anybody.get(&link).await;
    assert!(page.status == StatusCode::OK && page.text().contains("Moje wyszukiwanie"), "{}", page.text());
    assert_eq!(paused().await, 0, "programs that look at links stop nothing");
    // One of them, from the page; somebody else's cannot be stopped with this link.
    let stranger = town.site.account(Role::Resident, "x@example.org", None).await;
    town.saved(stranger, "oferty", "", "at_once").await;
    let (own, foreign) = (town.search_of(town.resident).await, town.search_of(stranger).await);
    assert_eq!(anybody.post_exactly(&link, &[("search", &foreign.to_string())], &[]).await.status, StatusCode::OK);
    assert_eq!(paused().await, 0);
    assert_eq!(anybody.post_exactly(&link, &[("search", &own.to_string())], &[]).await.status, StatusCode::OK);
    assert_eq!(paused().await, 1);
    assert_eq!(anybody.post_exactly(&link, &[("search", "x")], &[]).await.status, StatusCode::BAD_REQUEST);
    // All, as mail programs do it (RFC 8058).
    let mut program = town.site.browser();
    let done = program.post_exactly(&link, &[("List-Unsubscribe", "One-Click")], &[]).await;
    assert_eq!(done.status, StatusCode::OK);
    assert_eq!(paused().await, 2, "the stranger's goes on");
    let consents: Vec<(i64, bool)> = sqlx::query_as(
        "select account_id, withdrawn_at is null from account_consent where text_code = 'mail_notices' order by account_id",
    )
    .fetch_all(&town.app().pool)
    .await
    .expect("consents");
    assert_eq!(consents, [(town.resident, false), (stranger, true)], "noted once each");
    town.offer("tutejsza", "Ser").await;
    let mails = town.mails_at(SATURDAY + Duration::days(1)).await;
    assert_eq!(mails.iter().map(|mail| mail.recipient.as_str()).collect::<Vec<_>>(), ["x@example.org"]);
    // Going on, one hears of what is new from then on.
    let mut browser = town.site.signed_in(town.resident).await;
    browser.post(&format!("/powiadomienia/{own}/wznow"), &[]).await.leads();
    assert!(town.mails_at(SATURDAY + Duration::days(2)).await.is_empty());
    town.offer("tutejsza", "Masło").await;
    assert_eq!(town.mails_at(SATURDAY + Duration::days(3)).await.len(), 2);
    for wrong in ["/wypisz/x", "/wypisz/00000000000000000000000000000000"] {
        assert_eq!(program.get(wrong).await.status, StatusCode::NOT_FOUND);
        assert_eq!(program.post_exactly(wrong, &[], &[]).await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn wrong_filters_are_refused_by_name() {
    let town = Town::new().await;
    for (list, filters, name) in [
        ("oferty", "kind=palace", "kind"),
        ("oferty", "within=nigdzie", "within"),
        ("oferty", "category=nic", "category"),
        ("zapotrzebowanie", "near=1", "near"),
        ("sprzet", "mode=steal", "mode"),
        ("sprzet", "area=abc", "area"),
        ("lokale", "status=occupied", "status"),
        ("lokale", "on=2027-01-01", "on"),
        ("lokale", "administrator=nikt", "administrator"),
        ("organizacje", "", "rodzaj"),
    ] {
        let mut browser = town.site.signed_in(town.resident).await;
        let shown = browser.get(&format!("/powiadomienia/nowe?rodzaj={list}&{filters}")).await;
        assert_eq!(shown.status, StatusCode::BAD_REQUEST, "{list} {filters}");
        assert!(shown.text().contains(&format!("<code>{name}</code>")), "{list} {filters}: {}", shown.text());
        let saved = town.save(town.resident, list, filters, "daily").await;
        assert_eq!(saved.status, StatusCode::BAD_REQUEST, "{list} {filters}");
    }
    for (name, rhythm) in
        [("", "daily"), ("a\r\nBcc: b@example.org", "daily"), (&"a".repeat(121), "daily"), ("a", "hourly")]
    {
        let mut browser = town.site.signed_in(town.resident).await;
        let fields = [("rodzaj", "oferty"), ("filtry", ""), ("name", name), ("rhythm", rhythm)];
        assert_eq!(
            browser.post("/powiadomienia/nowe", &fields).await.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{name}"
        );
    }
    let saved: i64 =
        sqlx::query_scalar("select count(*) from saved_search").fetch_one(&town.app().pool).await.expect("n");
    assert_eq!(saved, 0);
}

#[tokio::test]
async fn searches_are_ones_own_and_thirty() {
    let town = Town::new().await;
    for n in 0..30 {
        town.saved(town.resident, "oferty", &format!("q={n}"), "daily").await;
    }
    let refused = town.save(town.resident, "oferty", "q=30", "daily").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().contains("30 zapisanych"), "{}", refused.text());
    // The same filters in another order are the same search: it gets the new rhythm.
    town.saved(town.resident, "oferty", "page=3&q=7", "weekly").await;
    let rows: Vec<(String, i64)> = sqlx::query_as("select rhythm, count(*) from saved_search group by 1 order by 1")
        .fetch_all(&town.app().pool)
        .await
        .expect("n");
    assert_eq!(rows, [("daily".to_owned(), 29), ("weekly".to_owned(), 1)]);

    let id = town.search_of(town.resident).await;
    let stranger = town.site.account(Role::Administrator, "admin2@example.org", None).await;
    let mut browser = town.site.signed_in(stranger).await;
    let path = format!("/powiadomienia/{id}");
    assert_eq!(browser.get(&path).await.status, StatusCode::FORBIDDEN);
    for action in ["", "/wstrzymaj", "/wznow", "/usun"] {
        let fields = [("name", "Cudze"), ("rhythm", "daily")];
        assert_eq!(browser.post(&format!("{path}{action}"), &fields).await.status, StatusCode::FORBIDDEN, "{action}");
    }
    assert_eq!(browser.get("/powiadomienia/0").await.status, StatusCode::NOT_FOUND);
    assert_eq!(browser.get("/powiadomienia/x").await.status, StatusCode::NOT_FOUND);
    let mut nobody = town.site.browser();
    let sent = nobody.get("/powiadomienia/nowe?rodzaj=oferty&q=chleb").await;
    assert_eq!(sent.leads(), "/logowanie?dalej=%2Fpowiadomienia%2Fnowe%3Frodzaj%3Doferty%26q%3Dchleb");

    let mut browser = town.site.signed_in(town.resident).await;
    assert_eq!(browser.get(&path).await.status, StatusCode::OK);
    browser.post(&path, &[("name", "<b>Sery</b>"), ("rhythm", "weekly")]).await.leads();
    browser.post(&format!("{path}/wstrzymaj"), &[]).await.leads();
    let list = browser.get("/powiadomienia").await.text();
    assert!(list.contains("&#60;b&#62;Sery") && !list.contains("<b>Sery"), "{list}");
    browser.post(&format!("{path}/usun"), &[]).await.leads();
    assert_eq!(browser.get(&path).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn words_of_others_stay_words_and_long_mails_stay_short() {
    let town = Town::new().await;
    let english = town.site.account(Role::Resident, "e@example.org", None).await;
    town.site.sql("update account set lang = 'en' where email = 'e@example.org'").await;
    for account in [town.resident, english] {
        town.saved(account, "oferty", &format!("within={}&q=paczka", town.here), "at_once").await;
    }
    town.offer("tutejsza", "Paczka <script>alert(1)</script>\r\nBcc: x@example.org {{7*7}}").await;
    let mails = town.mails_at(SATURDAY).await;
    assert_eq!(mails.len(), 2);
    for mail in &mails {
        assert!(!mail.body_html.contains("<script") && mail.body_html.contains("{{7*7}}"), "{}", mail.body_html);
        assert!(
            mail.subject.ends_with("Paczka <script>alert(1)</script> Bcc: x@example.org {{7*7}}"),
            "{}",
            mail.subject
        );
    }
    assert!(mails.iter().any(|mail| mail.subject.starts_with("New offer: ")));

    for n in 0..27 {
        town.offer("tutejsza", &format!("Paczka numer {n}")).await;
    }
    let mails = town.mails_at(SATURDAY + Duration::days(1)).await;
    assert_eq!(mails.len(), 2);
    for mail in mails {
        assert_eq!(mail.body_text.matches("/oferty/paczka-numer-").count(), 20, "{}", mail.body_text);
        let (subject, more) = match mail.recipient.as_str() {
            "e@example.org" => ("27 new things from your searches", "and 7 more"),
            _ => ("27 nowych rzeczy z Twoich wyszukiwań", "i jeszcze 7"),
        };
        assert_eq!(mail.subject, subject);
        assert!(mail.body_text.contains(more), "{}", mail.body_text);
        assert!(mail.body_text.contains(&format!("/oferty?q=paczka&within={}", town.here)), "{}", mail.body_text);
    }
}

#[tokio::test]
async fn a_filter_that_is_gone_stops_its_search_alone() {
    let town = Town::new().await;
    town.saved(town.resident, "oferty", &format!("within={}", town.there), "at_once").await;
    town.saved(town.resident, "oferty", "q=chleb", "at_once").await;
    let there = &town.there;
    town.site.sql(&format!("update district set slug = 'inaczej' where slug = '{there}'")).await;
    town.offer("tutejsza", "Chleb").await;
    let mails = town.mails_at(SATURDAY).await;
    assert_eq!(mails.len(), 1);
    let mut browser = town.site.signed_in(town.resident).await;
    let list = browser.get("/powiadomienia").await.text();
    assert!(list.contains("Jednego z filtrów już nie ma"), "{list}");
    // Disabled accounts and those that are gone get nothing.
    town.site.sql("update account set disabled_at = now() where email = 'ola@example.org'").await;
    town.offer("tutejsza", "Chleb drugi").await;
    assert!(town.mails_at(SATURDAY + Duration::days(1)).await.is_empty());
    town.site.sql("select delete_account(id) from account where email = 'ola@example.org'").await;
    assert!(town.mails_at(SATURDAY + Duration::days(2)).await.is_empty());
}

#[tokio::test]
async fn lists_and_the_map_lead_to_notices() {
    let town = Town::new().await;
    for (list, filters, kept) in [
        ("oferty", "q=chleb&sort=price&page=1", "&#38;q=chleb"),
        ("zapotrzebowanie", "", ""),
        ("sprzet", "mode=lend", "&#38;mode=lend"),
        ("lokale", "status=occupied&status=free&on=2026-01-01&use=shop", "&#38;status=free&#38;use=shop"),
    ] {
        let page = town.site.page(&format!("/{list}?{filters}")).await.text();
        let link = format!("href=\"/powiadomienia/nowe?rodzaj={list}{kept}\"");
        assert!(page.contains(&link), "{link}");
    }
    assert!(!town.site.page("/organizacje").await.text().contains("/powiadomienia/nowe"));
    let bbox = "18.5,52.95,18.7,53.1";
    let results =
        town.site.page(&format!("/?fragment=results&bbox={bbox}&legal_form=foundation&status=free")).await.text();
    let bbox = bbox.replace(',', "%2C");
    for link in [format!("rodzaj=lokale&#38;bbox={bbox}&#38;status=free\""), format!("rodzaj=oferty&#38;bbox={bbox}\"")]
    {
        assert!(results.contains(&link), "{link} in {results}");
    }
    let mut browser = town.site.signed_in(town.resident).await;
    let page =
        browser.get(&format!("/powiadomienia/nowe?rodzaj=lokale&bbox={bbox}&status=free&within={}", town.here)).await;
    assert_eq!(page.status, StatusCode::OK);
    let text = page.text();
    assert!(text.contains("Wycinek mapy") && text.contains("value=\"Lokale"), "{text}");
}

/// A square around a place as `area` has it, five hundredths of a degree wide.
fn square(lon: f64, lat: f64) -> String {
    let step = |value: f64| {
        let value = (value * 1e5).round() as i64;
        let mut left = if value < 0 { !(value << 1) } else { value << 1 };
        let mut text = String::new();
        while left >= 32 {
            text.push(char::from(((left & 31) | 32) as u8 + 63));
            left >>= 5;
        }
        text.push(char::from(left as u8 + 63));
        text
    };
    let corners = [(lon - 0.025, lat - 0.025), (0.05, 0.0), (0.0, 0.05), (-0.05, 0.0)];
    corners.iter().map(|(x, y)| step(*x) + &step(*y)).collect()
}

#[tokio::test]
async fn drawn_areas_and_circles_mean_the_same_everywhere() {
    let town = Town::new().await;
    // Far from everything else, so that the numbers are these.
    for (slug, lon) in [("tutejsza", 19.5), ("tamtejsza", 19.51)] {
        town.site
            .sql(&format!(
                "update organisation set point = st_setsrid(st_makepoint({lon}, 53.5), 4326) where slug = '{slug}'"
            ))
            .await;
        town.offer(slug, "Chleb").await;
    }
    let query = |pairs: &[(&str, &str)]| form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    // A hundredth of a degree is about 664 metres here.
    for (filters, count) in [
        (query(&[("near", "19.5,53.5"), ("radius_m", "500")]), 1),
        (query(&[("near", "19.5,53.5"), ("radius_m", "700")]), 2),
        (query(&[("area", &square(19.5, 53.5))]), 2),
        (query(&[("area", &square(19.48, 53.5))]), 1),
        (query(&[("area", &square(19.48, 53.5)), ("near", "19.51,53.5"), ("radius_m", "100")]), 0),
    ] {
        for list in ["oferty", "organizacje"] {
            assert_eq!(town.site.get(&format!("/{list}?{filters}")).await.total(), count, "/{list}?{filters}");
        }
    }
    let filters = query(&[("area", &square(19.48, 53.5))]);
    town.saved(town.resident, "oferty", &filters, "at_once").await;
    town.offer("tutejsza", "W obszarze").await;
    town.offer("tamtejsza", "Poza nim").await;
    let mails = town.mails_at(SATURDAY).await;
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].subject, "Nowa oferta: W obszarze");
}
