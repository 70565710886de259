//! Conversations: who writes, who reads, who is told, who is kept out, and what came of them.

mod limits;

use axum::http::StatusCode;
use pestor::access::Role;
use pestor::contact::{self, Totals, queries};

use crate::browser::{Browser, hidden};
use crate::support::{Answer, Site, demo_site};

/// One text from the database.
async fn text(site: &Site, query: &'static str) -> String {
    sqlx::query_scalar(query).fetch_one(&site.app.pool).await.expect(query)
}

async fn number(site: &Site, query: &'static str) -> i64 {
    sqlx::query_scalar(query).fetch_one(&site.app.pool).await.expect(query)
}

/// A mail of the outbox.
#[derive(Debug, sqlx::FromRow)]
struct Mail {
    subject: String,
    body_text: String,
    body_html: String,
}

/// What was written to somebody, in order.
async fn mails(site: &Site, email: &str) -> Vec<Mail> {
    sqlx::query_as("select subject, body_text, body_html from mail_outbox where recipient = $1 order by id")
        .bind(email)
        .fetch_all(&site.app.pool)
        .await
        .expect("the outbox")
}

/// Path of the last link to a conversation in a mail.
fn link(mail: &Mail) -> String {
    let (_, link) = mail.body_text.rsplit_once("/wiadomosci/").expect("a link");
    format!("/wiadomosci/{}", link.split(['#', '\n']).next().expect("a key"))
}

/// An offer and a representative of the organisation that sells.
struct Stage {
    offer: String,
    organisation: String,
    rep: i64,
    resident: i64,
}

const OFFER: &str = "select f.slug from offer f order by f.id limit 1";
const SELLER: &str = "select o.slug from offer f join organisation o on o.id = f.organisation_id order by f.id limit 1";

async fn stage(site: &Site) -> Stage {
    let organisation = text(site, SELLER).await;
    let rep = site.account(Role::Representative, "pes@example.org", None).await;
    site.represents(rep, &organisation).await;
    let resident = site.account(Role::Resident, "jan@example.org", None).await;
    Stage { offer: format!("oferta:{}", text(site, OFFER).await), organisation, rep, resident }
}

/// Opens the form for a first message and sends it.
async fn begin(browser: &mut Browser<'_>, to: &str, voice: &str, words: &str) -> Answer {
    let page = browser.get(&format!("/wiadomosci/nowa?do={to}")).await.text();
    let key = hidden(&page, "form_key").unwrap_or_else(|| "x".repeat(43));
    browser.post("/wiadomosci/nowa", &[("do", to), ("as", voice), ("text", words), ("form_key", &key)]).await
}

/// Opens a conversation and writes in it.
async fn reply(browser: &mut Browser<'_>, thread: &str, words: &str) -> Answer {
    let page = browser.get(thread).await.text();
    let key = hidden(&page, "form_key").unwrap_or_else(|| "x".repeat(43));
    browser.post(thread, &[("text", words), ("form_key", &key)]).await
}

/// A conversation that the resident began and the representative answered: its path.
async fn talk(site: &Site, stage: &Stage) -> String {
    let mut jan = site.signed_in(stage.resident).await;
    let thread = begin(&mut jan, &stage.offer, "person", "Czy mogą Państwo dowieźć?").await.leads().to_owned();
    let mut pes = site.signed_in(stage.rep).await;
    reply(&mut pes, &thread, "Tak, w każdy wtorek.").await.leads();
    thread
}

async fn say_what_came(browser: &mut Browser<'_>, thread: &str, fields: &[(&str, &str)]) -> Answer {
    let page = browser.get(thread).await.text();
    let version = hidden(&page, "version").expect("the question is asked");
    let fields: Vec<(&str, &str)> = fields.iter().copied().chain([("version", version.as_str())]).collect();
    browser.post(&format!("{thread}/wynik"), &fields).await
}

#[tokio::test]
async fn two_sides_talk_without_seeing_an_address() {
    let site = demo_site().await;
    let stage = stage(&site).await;
    let mut seen = Vec::new();
    let mut jan = site.signed_in(stage.resident).await;
    let offer = jan.get(&format!("/{}", stage.offer.replace("oferta:", "oferty/"))).await.text();
    assert!(offer.contains(&format!("/wiadomosci/nowa?do={}", stage.offer)), "the offer's page leads to the form");
    seen.push(jan.get(&format!("/wiadomosci/nowa?do={}", stage.offer)).await.text());
    let thread = begin(&mut jan, &stage.offer, "person", "Dzień dobry!\n\nIle za 20 porcji?").await.leads().to_owned();

    let told = mails(&site, "pes@example.org").await;
    assert_eq!(told.len(), 1);
    assert!(told[0].body_text.contains("> Ile za 20 porcji?") && told[0].body_text.contains("jan (resident)"));
    assert_eq!(link(&told[0]), thread);
    assert!(mails(&site, "jan@example.org").await.is_empty(), "nobody is told of what they wrote themselves");

    // The mail's link asks who it is, and then leads to the conversation.
    let asked = site.browser().get(&thread).await;
    assert_eq!(asked.leads(), format!("/logowanie?dalej={}", thread.replace('/', "%2F")));
    let mut pes = site.signed_in(stage.rep).await;
    let list = pes.get("/wiadomosci").await.text();
    assert!(list.contains("1 rozmowa z nowymi") && list.contains("1 nowa"), "{list}");
    let page = pes.get(&thread).await.text();
    assert!(page.contains("Ile za 20 porcji?") && page.contains("Nowe wiadomości"));
    assert!(pes.get("/wiadomosci").await.text().contains("Wszystko przeczytane"));
    assert_eq!(reply(&mut pes, &thread, "300 zł razem z dowozem.").await.leads(), format!("{thread}#ostatnia"));
    let answer = mails(&site, "jan@example.org").await;
    assert_eq!(answer.len(), 1);
    assert!(answer[0].body_text.contains("> 300 zł razem z dowozem."));
    assert!(answer[0].body_html.contains("300 zł razem z dowozem."));
    assert_eq!(mails(&site, "pes@example.org").await.len(), 1);

    // A colleague of the organisation reads and answers too, and is told like everybody on that side.
    let colleague = site.account(Role::Representative, "ola@example.org", None).await;
    site.represents(colleague, &stage.organisation).await;
    let mut ola = site.signed_in(colleague).await;
    assert!(ola.get(&thread).await.text().contains("300 zł razem z dowozem."));
    reply(&mut jan, &thread, "Biorę.").await.leads();
    assert_eq!(mails(&site, "ola@example.org").await.len(), 1);
    assert_eq!(mails(&site, "pes@example.org").await.len(), 2);

    for stranger in [Role::Resident, Role::Representative, Role::Editor, Role::Administrator] {
        let id = site.account(stranger, &format!("{}@obcy.test", stranger.code()), None).await;
        let mut stranger = site.signed_in(id).await;
        for path in [thread.clone(), format!("{thread}/zgloszenie?wiadomosc=1")] {
            assert_eq!(stranger.get(&path).await.status, StatusCode::FORBIDDEN, "{path}");
        }
        for path in ["", "/zakoncz", "/wynik", "/zgloszenie", "/blokada"] {
            let answer = stranger.post(&format!("{thread}{path}"), &[("text", "x")]).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
        }
        assert!(stranger.get("/wiadomosci").await.text().contains("Nie masz jeszcze żadnych rozmów"));
    }
    assert_eq!(jan.get(&format!("{thread}x")).await.status, StatusCode::NOT_FOUND);

    for browser in [&mut jan, &mut pes, &mut ola] {
        for path in ["/wiadomosci", &thread] {
            seen.push(browser.get(path).await.text());
        }
    }
    for mail in mails(&site, "jan@example.org").await.into_iter().chain(mails(&site, "pes@example.org").await) {
        seen.extend([mail.subject, mail.body_text, mail.body_html]);
    }
    assert!(seen.iter().all(|text| !text.contains("@example.org")), "an address shows");
}

#[tokio::test]
async fn messages_within_minutes_are_told_together() {
    let site = demo_site().await;
    let stage = stage(&site).await;
    let mut jan = site.signed_in(stage.resident).await;
    let thread = begin(&mut jan, &stage.offer, "person", "pierwsza").await.leads().to_owned();
    for words in ["druga", "trzecia"] {
        reply(&mut jan, &thread, words).await.leads();
    }
    contact::run_due(&site.app).await.expect("nothing is due");
    assert_eq!(mails(&site, "pes@example.org").await.len(), 1);
    site.sql("update thread_reader set mailed_at = mailed_at - interval '10 minutes'").await;
    site.sql("update thread set notify_at = notify_at - interval '10 minutes'").await;
    // Two servers look at the same time.
    let (one, two) = tokio::join!(contact::run_due(&site.app), contact::run_due(&site.app));
    one.and(two).expect("told");
    let told = mails(&site, "pes@example.org").await;
    assert_eq!(told.len(), 2);
    let both = &told[1].body_text;
    assert!(both.contains("> druga") && both.contains("> trzecia") && !both.contains("> pierwsza"), "{both}");
    assert_eq!(number(&site, "select count(*) from thread where notify_at is not null").await, 0);
    // Whoever followed the mail hears of the next message at once.
    site.signed_in(stage.rep).await.get(&thread).await;
    reply(&mut jan, &thread, "czwarta").await.leads();
    assert_eq!(mails(&site, "pes@example.org").await.len(), 3);
    // A message that was read in the meantime is not told any more.
    reply(&mut jan, &thread, "piąta").await.leads();
    site.signed_in(stage.rep).await.get(&thread).await;
    site.sql("update thread_reader set mailed_at = mailed_at - interval '10 minutes'").await;
    site.sql("update thread set notify_at = notify_at - interval '10 minutes'").await;
    contact::run_due(&site.app).await.expect("nothing to tell");
    assert_eq!(mails(&site, "pes@example.org").await.len(), 3);
}

#[tokio::test]
async fn an_office_answers_as_one_and_other_offices_read_nothing() {
    let site = demo_site().await;
    let stage = stage(&site).await;
    let town = number(&site, "select d.municipality_id from demand d where d.organisation_id is null limit 1").await;
    let slug = text(&site, "select slug from demand where organisation_id is null order by id limit 1").await;
    let unit = text(&site, "select unit_name from demand where organisation_id is null order by id limit 1").await;
    let own = site.account(Role::Official, "ula@example.org", Some(town)).await;
    sqlx::query("update account set unit_name = $2 where id = $1")
        .bind(own)
        .bind(&unit)
        .execute(&site.app.pool)
        .await
        .expect("a unit");
    let neighbour = site.account(Role::Official, "ewa@example.org", Some(town)).await;
    site.sql("insert into municipality (teryt, name, boundary) values ('0461011', 'Bydgoszcz', (select boundary from municipality limit 1))").await;
    let other_town = number(&site, "select id from municipality where teryt = '0461011'").await;
    let foreign = site.account(Role::Official, "obcy@example.org", Some(other_town)).await;

    let mut pes = site.signed_in(stage.rep).await;
    let to = format!("zapotrzebowanie:{slug}");
    let voice = format!("organisation:{}", stage.organisation);
    let thread = begin(&mut pes, &to, &voice, "Możemy to wykonać.").await.leads().to_owned();
    assert_eq!(mails(&site, "ula@example.org").await.len(), 1);
    assert!(mails(&site, "ewa@example.org").await.is_empty(), "mails go to the unit that is meant");
    let mut ewa = site.signed_in(neighbour).await;
    assert!(ewa.get(&thread).await.text().contains("Możemy to wykonać."));
    assert_eq!(site.signed_in(foreign).await.get(&thread).await.status, StatusCode::FORBIDDEN);
    reply(&mut ewa, &thread, "Proszę o ofertę.").await.leads();
    assert_eq!(mails(&site, "pes@example.org").await.len(), 1);
    // Whoever wrote belongs to the conversation from then on.
    reply(&mut pes, &thread, "Już wysyłamy.").await.leads();
    assert_eq!(mails(&site, "ewa@example.org").await.len(), 1);
    // A voice that is not one's own is refused.
    let mut jan = site.signed_in(stage.resident).await;
    for voice in [voice.as_str(), "unit", "", "organisation:", "person\0"] {
        assert_eq!(begin(&mut jan, &to, voice, "x").await.status, StatusCode::UNPROCESSABLE_ENTITY, "{voice}");
    }
    // An official writes for the unit, and a colleague reads the answer.
    let mut ula = site.signed_in(own).await;
    let order = begin(&mut ula, &stage.offer, "unit", "Zamawiamy.").await.leads().to_owned();
    assert!(ewa.get(&order).await.text().contains("Zamawiamy."));
    assert!(pes.get(&order).await.text().contains(&unit));
    assert_eq!(begin(&mut ula, &to, "unit", "Do siebie").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn what_people_write_stays_text() {
    let site = demo_site().await;
    let stage = stage(&site).await;
    let evil = "<script>alert(1)</script> {{7*7}} \"'><img src=x onerror=alert(1)>";
    site.sql("update account set name = E'Jan\\r\\nBcc: ofiara@evil.test <b>x</b>' where email = 'jan@example.org'")
        .await;
    site.sql("update offer set name = E'Obiady\\r\\nBcc: ofiara@evil.test\\r\\n\\r\\n<script>alert(2)</script>' where id = (select min(id) from offer)").await;
    let mut jan = site.signed_in(stage.resident).await;
    let thread = begin(&mut jan, &stage.offer, "person", evil).await.leads().to_owned();
    let mut pes = site.signed_in(stage.rep).await;
    let mut pages = Vec::new();
    for path in [
        thread.clone(),
        "/wiadomosci".to_owned(),
        format!("{thread}/zgloszenie?wiadomosc={}", number(&site, "select max(id) from message").await),
    ] {
        pages.push(pes.get(&path).await.text());
    }
    let told = mails(&site, "pes@example.org").await.remove(0);
    assert!(!told.subject.contains(['\r', '\n']), "{:?}", told.subject);
    pages.push(told.body_html);
    for page in &pages {
        assert!(page.contains("&#60;script&#62;alert(1)") || page.contains("&lt;script&gt;alert(1)"), "{page}");
        assert!(
            !page.contains("<script>alert") && !page.contains("<img src=x") && !page.contains("<b>x</b>"),
            "{page}"
        );
    }
    // Links in mails name the site as it is configured, not as a request called it.
    assert!(
        !told.body_text.contains("pestor.test") && told.body_text.contains(&site.app.absolute("/wiadomosci/")),
        "{}",
        told.body_text
    );
    // What is no text, or too much of it, comes back with its words.
    let long = "ż".repeat(5001);
    for words in ["", "   \n", "a\0b", &long, "http://a http://b http://c http://d http://e http://f"] {
        let answer = reply(&mut jan, &thread, words).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{words:?}");
        assert_eq!(answer.text().contains("najwyżej 5 linków"), words.starts_with("http"));
    }
    assert_eq!(number(&site, "select count(*) from message").await, 1);
}

#[tokio::test]
async fn a_form_sent_twice_says_it_once() {
    let site = demo_site().await;
    let stage = stage(&site).await;
    let mut jan = site.signed_in(stage.resident).await;
    let page = jan.get(&format!("/wiadomosci/nowa?do={}", stage.offer)).await.text();
    let key = hidden(&page, "form_key").expect("a key");
    let mut again = site.signed_in(stage.resident).await;
    let fields = [("do", stage.offer.as_str()), ("as", "person"), ("text", "raz"), ("form_key", key.as_str())];
    let (one, two) = tokio::join!(jan.post("/wiadomosci/nowa", &fields), again.post("/wiadomosci/nowa", &fields));
    assert_eq!(one.leads(), two.leads());
    let thread = one.leads().to_owned();
    let page = jan.get(&thread).await.text();
    let key = hidden(&page, "form_key").expect("a key");
    for _ in 0..2 {
        jan.post(&thread, &[("text", "dwa"), ("form_key", &key)]).await.leads();
    }
    assert_eq!(number(&site, "select count(*) from thread").await, 1);
    assert_eq!(number(&site, "select count(*) from message").await, 2);
    assert_eq!(mails(&site, "pes@example.org").await.len(), 1);
    for key in ["", "krótki", &"a".repeat(100_000), &format!("{}\0", "a".repeat(42))] {
        assert_eq!(jan.post(&thread, &[("text", "trzy"), ("form_key", key)]).await.status, StatusCode::BAD_REQUEST);
    }
    // Another person's key is none of one's own.
    let mut pes = site.signed_in(stage.rep).await;
    pes.post(&thread, &[("text", "odpowiedź"), ("form_key", &"b".repeat(43))]).await.leads();
    assert_eq!(number(&site, "select count(*) from message").await, 3);
}

/// As many offers of different organisations as are asked for, each with somebody who reads.
async fn sellers(site: &Site, count: i64) -> Vec<String> {
    let rows: Vec<(String, i64)> = sqlx::query_as(
        "select distinct on (organisation_id) slug, organisation_id from offer order by organisation_id, id limit $1",
    )
    .bind(count)
    .fetch_all(&site.app.pool)
    .await
    .expect("offers");
    for (i, (_, organisation_id)) in rows.iter().enumerate() {
        let rep = site.account(Role::Representative, &format!("pes{i}@sprzedaje.test"), None).await;
        sqlx::query("insert into representative values ($1, $2)")
            .bind(rep)
            .bind(organisation_id)
            .execute(&site.app.pool)
            .await
            .expect("a representative");
    }
    rows.into_iter().map(|(slug, _)| format!("oferta:{slug}")).collect()
}

#[tokio::test]
async fn nobody_is_flooded() {
    let site = demo_site().await;
    let offers = sellers(&site, 7).await;
    let id = site.account(Role::Resident, "spam@example.org", None).await;
    let mut spam = site.signed_in(id).await;
    for (i, to) in offers.iter().enumerate().take(4) {
        // Other spaces and capitals make no other text.
        let words = ["Kup  moje bilety", "kup moje bilety", "KUP MOJE\nBILETY", "kup moje bilety"][i];
        let answer = begin(&mut spam, to, "person", words).await;
        if i < 3 {
            answer.leads();
        } else {
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
            let page = answer.text();
            assert!(page.contains("do trzech odbiorców") && page.contains("kup moje bilety"), "the text is kept");
        }
    }
    for to in &offers[3..5] {
        begin(&mut spam, to, "person", &format!("Pytanie o {to}")).await.leads();
    }
    let sixth = begin(&mut spam, &offers[5], "person", "Szóste pytanie").await;
    assert_eq!(sixth.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(sixth.text().contains("Szóste pytanie"), "the text is kept");
    assert_eq!(number(&site, "select count(*) from thread").await, 5, "what was refused left nothing");
    // Once the hour is over it goes on, until twenty in a day.
    site.sql("update throttle set window_start = window_start - interval '61 minutes' where key like '% in 3600 s'")
        .await;
    begin(&mut spam, &offers[5], "person", "Szóste pytanie").await.leads();
    site.sql("update throttle set count = 20 where key like '% in 86400 s'").await;
    assert_eq!(begin(&mut spam, &offers[6], "person", "Siódme").await.status, StatusCode::TOO_MANY_REQUESTS);
    let thread = format!("/wiadomosci/{}", text(&site, "select key from thread order by id limit 1").await);
    reply(&mut spam, &thread, "W rozmowie wolno.").await.leads();
    site.sql("update throttle set count = 60 where key like 'messages of %'").await;
    let much = reply(&mut spam, &thread, "Za dużo").await;
    assert_eq!(much.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(much.text().contains("Za dużo"));
}
