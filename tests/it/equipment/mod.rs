//! The equipment bank: posting, lending, bringing back, giving away, and what must never happen.

mod lending;
mod posting;

use pestor::access::Role;
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

    /// A category.
    async fn category(&self) -> String {
        let first = sqlx::query_scalar("select code from category order by 1 limit 1");
        first.fetch_one(&self.site.app.pool).await.expect("a category")
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
