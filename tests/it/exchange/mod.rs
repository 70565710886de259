//! The exchange as people use it: offers and demand from draft to the end, and what others try with them.

mod attacks;
mod demand;
mod matching;
mod offers;

use pestor::access::Role;

use crate::browser::{Browser, hidden};
use crate::decode;
use crate::support::{Answer, Site, demo_site};

pub const PHOTO: &[u8] = include_bytes!("../../fixtures/lossy.webp");
pub const OTHER_PHOTO: &[u8] = include_bytes!("../../fixtures/progressive.jpg");
pub const HEIC: &[u8] = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic\0\0\0\x08mdat";
pub const PDF: &[u8] =
    b"%PDF-1.4\n1 0 obj << /Type /Catalog >> endobj\ntrailer << /Root 1 0 R >>\nstartxref\n0\n%%EOF\n";

/// A town with people: two organisations with a representative each, a resident, an official here and one of another town.
pub struct Town {
    pub site: Site,
    /// Two organisations with a place: key and slug.
    pub organisations: [(i64, String); 2],
    pub representatives: [i64; 2],
    pub resident: i64,
    pub official: i64,
    pub foreign_official: i64,
}

pub async fn town() -> Town {
    let site = demo_site().await;
    site.sql(
        "insert into municipality (teryt, name, boundary) values
             ('0404043', 'Chełmża', st_multi(st_makeenvelope(18.5, 53.15, 18.7, 53.25, 4326)))",
    )
    .await;
    // Those that have nothing on the exchange yet are easiest to count.
    let rows: Vec<(i64, String)> = sqlx::query_as(
        "select id, slug from organisation o where point is not null
             and not exists (select from offer where organisation_id = o.id) and not exists (select from demand where organisation_id = o.id)
         order by id limit 2",
    )
    .fetch_all(&site.app.pool)
    .await
    .expect("organisations");
    let organisations: [(i64, String); 2] = rows.try_into().expect("two");
    let towns: Vec<i64> =
        sqlx::query_scalar("select id from municipality order by id").fetch_all(&site.app.pool).await.expect("towns");
    let mut representatives = [0; 2];
    for (place, (_, slug)) in organisations.iter().enumerate() {
        representatives[place] = site.account(Role::Representative, &format!("pes{place}@example.org"), None).await;
        site.represents(representatives[place], slug).await;
    }
    let resident = site.account(Role::Resident, "mieszkanka@example.org", None).await;
    let official = site.account(Role::Official, "urzad@example.org", Some(towns[0])).await;
    let foreign_official = site.account(Role::Official, "chelmza@example.org", Some(towns[1])).await;
    Town { site, organisations, representatives, resident, official, foreign_official }
}

impl Town {
    /// One text of the database.
    pub async fn one(&self, query: &str) -> String {
        let value: Option<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(format!("select ({query})::text")))
            .fetch_one(&self.site.app.pool)
            .await
            .unwrap_or_else(|error| panic!("{query}: {error}"));
        value.unwrap_or_default()
    }

    /// Waits until the map shows the rows as they are.
    pub async fn map_follows(&self) {
        let version: i64 = self
            .one("select sum(version)::bigint + to_char(current_date, 'J')::bigint from layer_version")
            .await
            .parse()
            .expect("a number");
        self.site.until("the map follows", async || self.site.app.map.data_version() == version).await;
    }

    /// What the map says an organisation has: offers and open demand; and whether `has=` finds it.
    pub async fn on_map(&self, organisation_id: i64) -> (u64, u64, bool, bool) {
        self.map_follows().await;
        let place = self
            .one(&format!("select st_x(point) || ' ' || st_y(point) from organisation where id = {organisation_id}"))
            .await;
        let (lon, lat) = place.split_once(' ').expect("a place");
        let (x, y) = pestor::geo::to_world(lon.parse().expect("degrees"), lat.parse().expect("degrees"));
        let [x, y] = [x, y].map(|axis| (axis * f64::from(1 << 14)) as u32);
        let feature = async |query: &str| {
            let answer = self.site.get(&format!("/tiles/organisations/14/{x}/{y}.mvt?{query}")).await;
            let layers =
                if answer.bytes.is_empty() { Vec::new() } else { decode::read(&answer.bytes).expect("a tile") };
            let mut features = layers.into_iter().flat_map(|layer| layer.features);
            features.find(|feature| feature.id == organisation_id.unsigned_abs())
        };
        let here = feature("").await.expect("the organisation is on the map");
        let count = |name: &str| here.number(name).expect("a number");
        let has = [feature("has=offers").await.is_some(), feature("has=demand").await.is_some()];
        (count("offers"), count("demand"), has[0], has[1])
    }

    /// How many mails are about something, and to whom.
    pub async fn mails(&self, words: &str) -> Vec<String> {
        sqlx::query_scalar(
            "select recipient from mail_outbox where subject || body_text like '%' || $1 || '%' order by id",
        )
        .bind(words)
        .fetch_all(&self.site.app.pool)
        .await
        .expect("mails")
    }
}

/// Opens a form and gives its key.
pub async fn key_of(browser: &mut Browser<'_>, path: &str) -> String {
    let page = browser.get(path).await;
    assert_eq!(page.status, 200, "{path}: {}", page.text());
    hidden(&page.text(), "form_key").expect("a form key")
}

/// The fields of a good offer, with others put in their place or added.
pub fn offer<'a>(key: &'a str, organisation: &'a str, other: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let usual = [
        ("form_key", key),
        ("organisation", organisation),
        ("kind", "product"),
        ("name", "Pierogi prababci Wiesi"),
        ("category", "catering"),
        ("description", "Ręcznie lepione, z kapustą i grzybami."),
        ("price_kind", "fixed"),
        ("price_pln", "24,50"),
        ("price_unit", "kg"),
        ("delivery_kind", "town"),
    ];
    with(&usual, other)
}

/// The fields of a good demand, the same way.
pub fn demand<'a>(key: &'a str, author: &'a str, other: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let usual = [
        ("form_key", key),
        ("author", author),
        ("name", "Obiady na półkolonii"),
        ("category", "catering"),
        ("description", "Trzydzieścioro dzieci, dwa tygodnie w lipcu."),
        ("quantity", "300 obiadów"),
        ("budget_min_pln", "4000"),
        ("budget_max_pln", "6 000,00"),
        ("deadline", "2190-01-31"),
    ];
    with(&usual, other)
}

fn with<'a>(usual: &[(&'a str, &'a str)], other: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let kept = usual.iter().filter(|(name, _)| !other.iter().any(|(changed, _)| changed == name));
    kept.chain(other).copied().collect()
}

/// Posts an offer; its path.
pub async fn post_offer(browser: &mut Browser<'_>, organisation: &str, other: &[(&str, &str)]) -> String {
    let key = key_of(browser, "/oferty/nowa").await;
    browser.upload("/oferty/nowa", &offer(&key, organisation, other), &[]).await.leads().to_owned()
}

/// Posts a demand; its path.
pub async fn post_demand(browser: &mut Browser<'_>, author: &str, other: &[(&str, &str)]) -> String {
    let key = key_of(browser, "/zapotrzebowanie/nowe").await;
    browser.upload("/zapotrzebowanie/nowe", &demand(&key, author, other), &[]).await.leads().to_owned()
}

/// Presses a button of a thing.
pub async fn press(browser: &mut Browser<'_>, path: &str, action: &str) -> Answer {
    browser.post(&format!("{path}/stan"), &[("do", action)]).await
}
