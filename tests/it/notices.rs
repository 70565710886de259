//! Notices: saved searches, what they find new, and the mails, with servers that race and die, at given moments.

mod searches;

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
