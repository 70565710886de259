//! Organisations are claimed, proposed, edited and confirmed; and what strangers would like of it.

mod claims;
mod profiles;
mod proposals;
mod support_institutions;
mod verification;

use pestor::access::Role;

use crate::accounts::town;
use crate::support::{Answer, Site};

/// Slugs of the demo's first organisations, in the order of their keys.
pub async fn slugs(site: &Site, how_many: i64) -> Vec<String> {
    sqlx::query_scalar("select slug from organisation order by id limit $1")
        .bind(how_many)
        .fetch_all(&site.app.pool)
        .await
        .expect("organisations")
}

/// One text out of the database.
pub async fn text(site: &Site, query: &str) -> String {
    let query = format!("select coalesce(({query})::text, '')");
    sqlx::query_scalar(sqlx::AssertSqlSafe(query.clone())).fetch_one(&site.app.pool).await.expect(&query)
}

/// An official of the demo's town.
pub async fn official(site: &Site) -> i64 {
    site.account(Role::Official, "urzad@example.org", Some(town(site).await)).await
}

/// An official of another town.
pub async fn official_elsewhere(site: &Site) -> i64 {
    let other: i64 = sqlx::query_scalar(
        "insert into municipality (teryt, name, boundary)
         values ('0461011', 'Bydgoszcz', st_multi(st_makeenvelope(17.8, 53.0, 18.2, 53.2, 4326))) returning id",
    )
    .fetch_one(&site.app.pool)
    .await
    .expect("another town");
    site.account(Role::Official, "inny@example.org", Some(other)).await
}

/// Mails to somebody: subject and text of each, the first first.
pub async fn mails(site: &Site, to: &str) -> Vec<(String, String)> {
    sqlx::query_as("select subject, body_text from mail_outbox where recipient = $1 order by id")
        .bind(to)
        .fetch_all(&site.app.pool)
        .await
        .expect("mails")
}

/// A profile that is right, as a form sends it.
pub const PROFILE: [(&str, &str); 18] = [
    ("name", "Spółdzielnia Socjalna „Nowy Początek Przy Moście”"),
    ("legal_form", "social_cooperative"),
    ("social_enterprise", "true"),
    ("main_activity", "reintegration"),
    ("activities", "education"),
    ("activities", "culture"),
    ("krs", "0000 123 456"),
    ("nip", "879-017-72-91"),
    ("tagline", "Obiady i catering"),
    ("description", "Gotujemy.\n\nDowozimy."),
    ("street", "ul. Zmyślona"),
    ("house_number", "7"),
    ("postal_code", "87-100"),
    ("city", "Toruń"),
    ("phone", "56 000 00 00"),
    ("email", "Biuro@Example.org"),
    ("website", "example.org"),
    ("opening_hours", "pon.–pt. 9–16"),
];

/// A profile's form with other values of some fields; an empty value leaves a field out.
pub fn with<'a>(changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let kept = PROFILE.iter().copied().filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    kept.chain(changes.iter().copied().filter(|(_, value)| !value.is_empty())).collect()
}

/// The field that a page says is wrong.
pub fn is_wrong(answer: &Answer, field: &str) -> bool {
    answer.text().contains(&format!("id=\"e-{field}\""))
}
