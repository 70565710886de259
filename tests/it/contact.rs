//! Conversations: who writes, who reads, who is told, who is kept out, and what came of them.

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

#[tokio::test]
async fn a_blocked_account_is_told_so_and_gets_through_nowhere() {
    let site = demo_site().await;
    let stage = stage(&site).await;
    let thread = talk(&site, &stage).await;
    let mut jan = site.signed_in(stage.resident).await;
    let mut pes = site.signed_in(stage.rep).await;
    let of_jan = number(&site, "select min(id) from message").await.to_string();
    let of_pes = number(&site, "select max(id) from message").await.to_string();
    let block = format!("{thread}/blokada");
    for (message, status) in [(of_pes.as_str(), 404), ("0", 404), ("x", 404), ("99999999999999999999", 404)] {
        assert_eq!(pes.post(&block, &[("wiadomosc", message), ("block", "yes")]).await.status, status, "{message}");
    }
    assert_eq!(pes.post(&block, &[("wiadomosc", &of_jan), ("block", "maybe")]).await.status, StatusCode::BAD_REQUEST);
    let report = pes.get(&format!("{thread}/zgloszenie?wiadomosc={of_jan}")).await.text();
    assert!(report.contains("value=\"yes\"") && report.contains("Czy mogą Państwo dowieźć?"));
    for _ in 0..2 {
        pes.post(&block, &[("wiadomosc", &of_jan), ("block", "yes")]).await.leads();
    }
    let told = mails(&site, "pes@example.org").await.len();
    let refused = reply(&mut jan, &thread, "Halo?").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(refused.text().contains("nie przyjmuje wiadomości od tego konta") && refused.text().contains("Halo?"));
    // The whole organisation is behind it: not about another thing of theirs either.
    for to in [stage.offer.clone(), format!("organizacja:{}", stage.organisation)] {
        assert!(jan.get(&format!("/wiadomosci/nowa?do={to}")).await.text().contains("nie przyjmuje wiadomości"));
        assert_eq!(begin(&mut jan, &to, "person", "Halo?").await.status, StatusCode::FORBIDDEN);
    }
    assert_eq!(
        reply(&mut pes, &thread, "Proszę nie pisać.").await.status,
        StatusCode::CONFLICT,
        "to nobody who may answer"
    );
    assert_eq!(mails(&site, "pes@example.org").await.len(), told);
    // Others get through, and so does he once he is let in again.
    let other = site.account(Role::Resident, "inny@example.org", None).await;
    begin(&mut site.signed_in(other).await, &stage.offer, "person", "Dzień dobry").await.leads();
    pes.post(&block, &[("wiadomosc", &of_jan), ("block", "no")]).await.leads();
    reply(&mut jan, &thread, "Halo?").await.leads();
}

#[tokio::test]
async fn a_reported_message_is_judged_alone_and_hidden() {
    let site = demo_site().await;
    let stage = stage(&site).await;
    let thread = talk(&site, &stage).await;
    let town = number(&site, "select municipality_id from offer order by id limit 1").await;
    let mut jan = site.signed_in(stage.resident).await;
    let mut pes = site.signed_in(stage.rep).await;
    reply(&mut jan, &thread, "Jesteście oszustami!").await.leads();
    let id = number(&site, "select max(id) from message").await;
    let form = format!("{thread}/zgloszenie");
    let path = format!("/wiadomosci/zgloszone/{id}");
    let official = site.account(Role::Official, "ula@example.org", Some(town)).await;
    let mut ula = site.signed_in(official).await;
    assert_eq!(ula.get(&path).await.status, StatusCode::NOT_FOUND, "nobody reported it yet");
    let fields = |note| [("wiadomosc", id.to_string()), ("note", note)];
    let send = async |browser: &mut Browser<'_>, note: &str| {
        let fields = fields(note.to_owned());
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        browser.post(&form, &fields).await
    };
    assert_eq!(send(&mut jan, "sam na siebie").await.status, StatusCode::NOT_FOUND);
    assert_eq!(send(&mut pes, "zły").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    for _ in 0..2 {
        assert_eq!(send(&mut pes, "Obraża nas <b>bez</b> powodu").await.leads(), format!("{thread}?stan=zgloszono"));
    }
    assert_eq!(
        number(&site, "select count(*) from review where kind = 'report' and thing = 'message' and decided_at is null")
            .await,
        1
    );
    let page = ula.get(&path).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(
        page.text().contains("Jesteście oszustami!") && !page.text().contains("dowieźć"),
        "that message and no other"
    );
    assert_eq!(ula.get(&thread).await.status, StatusCode::FORBIDDEN, "the conversation stays private");
    assert_eq!(pes.get(&path).await.status, StatusCode::OK);
    assert_eq!(jan.get(&path).await.status, StatusCode::FORBIDDEN);
    site.sql("insert into municipality (teryt, name, boundary) values ('0461011', 'Bydgoszcz', (select boundary from municipality limit 1))").await;
    let other_town = number(&site, "select id from municipality where teryt = '0461011'").await;
    let foreign = site.account(Role::Official, "obcy@example.org", Some(other_town)).await;
    assert_eq!(site.signed_in(foreign).await.get(&path).await.status, StatusCode::FORBIDDEN);
    for path in ["/wiadomosci/zgloszone/x", "/wiadomosci/zgloszone/99999999999999999999", "/wiadomosci/zgloszone/-1"] {
        assert_eq!(ula.get(path).await.status, StatusCode::NOT_FOUND);
    }
    let decide = async |browser: &mut Browser<'_>, decision: &str| {
        let queue = browser.get("/urzad/kolejka").await.text();
        assert!(queue.contains(&path), "the queue leads to the message: {queue}");
        let review = number(&site, "select max(id) from review").await;
        let fields = [("decision", decision), ("reason", "Sprawdzone.")];
        browser.post(&format!("/urzad/kolejka/{review}"), &fields).await.leads();
    };
    decide(&mut ula, "refuse").await;
    assert!(pes.get(&thread).await.text().contains("Jesteście oszustami!"));
    send(&mut pes, "Obraża nas znowu").await.leads();
    decide(&mut ula, "approve").await;
    for browser in [&mut jan, &mut pes] {
        for path in [thread.as_str(), "/wiadomosci"] {
            let page = browser.get(path).await.text();
            assert!(!page.contains("oszustami") && page.contains("ukryto po zgłoszeniu"), "{page}");
        }
    }
    assert!(!pes.get(&format!("{form}?wiadomosc={id}")).await.text().contains("oszustami"));
    // What is hidden before it was told is never told.
    reply(&mut jan, &thread, "Złodzieje!").await.leads();
    reply(&mut jan, &thread, "Złodzieje raz jeszcze!").await.leads();
    site.sql("update message set hidden_at = now() where text like 'Złodzieje raz%'").await;
    site.sql("update thread_reader set mailed_at = mailed_at - interval '10 minutes'").await;
    site.sql("update thread set notify_at = notify_at - interval '10 minutes'").await;
    contact::run_due(&site.app).await.expect("due");
    assert!(mails(&site, "pes@example.org").await.iter().all(|mail| !mail.body_text.contains("raz jeszcze")));
    // Of an official's own message, officials of the town do not judge.
    let order = begin(&mut ula, &stage.offer, "unit", "Urzędowe").await.leads().to_owned();
    let id = number(&site, "select max(id) from message").await.to_string();
    pes.post(&format!("{order}/zgloszenie"), &[("wiadomosc", &id), ("note", "niegrzeczne")]).await.leads();
    assert_eq!(ula.get(&format!("/wiadomosci/zgloszone/{id}")).await.status, StatusCode::FORBIDDEN);
    let admin = site.account(Role::Administrator, "admin@example.org", None).await;
    assert_eq!(site.signed_in(admin).await.get(&format!("/wiadomosci/zgloszone/{id}")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn both_sides_are_asked_once_what_came_of_it() {
    let site = demo_site().await;
    let stage = stage(&site).await;
    let town = number(&site, "select municipality_id from offer order by id limit 1").await;
    let thread = talk(&site, &stage).await;
    let mut jan = site.signed_in(stage.resident).await;
    let mut pes = site.signed_in(stage.rep).await;
    let silent = begin(&mut jan, &format!("organizacja:{}", stage.organisation), "person", "Bez odpowiedzi")
        .await
        .leads()
        .to_owned();
    contact::run_due(&site.app).await.expect("nothing is due");
    assert!(!pes.get(&thread).await.text().contains("Czym się skończyło"));
    assert_eq!(
        pes.post(&format!("{thread}/wynik"), &[("came_to_order", "no"), ("version", "1")]).await.status,
        StatusCode::NOT_FOUND
    );
    site.sql("update thread set last_message_at = now() - interval '13 days 23 hours'").await;
    contact::run_due(&site.app).await.expect("nothing is due");
    assert_eq!(number(&site, "select count(*) from outcome").await, 0);
    site.sql("update thread set last_message_at = now() - interval '14 days 1 hour'").await;
    for _ in 0..3 {
        let (one, two) = tokio::join!(contact::run_due(&site.app), contact::run_due(&site.app));
        one.and(two).expect("asked");
    }
    let asked = async |email| {
        mails(&site, email).await.iter().filter(|mail| mail.subject.starts_with("Czym się skończyło?")).count()
    };
    assert_eq!((asked("jan@example.org").await, asked("pes@example.org").await), (1, 1));
    assert_eq!(number(&site, "select count(*) from outcome").await, 2);
    assert!(!jan.get(&silent).await.text().contains("Czym się skończyło"), "there was no answer to ask about");

    let totals =
        async |municipality_id| queries::outcome::totals(&site.app.pool, municipality_id).await.expect("totals");
    let nothing = Totals { threads: 2, answered: 1, orders: 0, value_pln: 0.0, with_social_clause: 0 };
    assert_eq!(totals(Some(town)).await, nothing);
    for fields in [
        vec![("came_to_order", "perhaps")],
        vec![("came_to_order", "yes"), ("value_pln", "dużo"), ("social_clause", "yes")],
        vec![("came_to_order", "yes"), ("value_pln", "-1"), ("social_clause", "yes")],
        vec![("came_to_order", "yes"), ("value_pln", "100000001"), ("social_clause", "yes")],
        vec![("came_to_order", "yes"), ("value_pln", "100")],
    ] {
        assert_eq!(
            say_what_came(&mut pes, &thread, &fields).await.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{fields:?}"
        );
    }
    // The seller's figure counts until the buyer gives theirs; then that does, and never both.
    let answer = [("came_to_order", "yes"), ("value_pln", "1 300,50"), ("social_clause", "no")];
    say_what_came(&mut pes, &thread, &answer).await.leads();
    assert_eq!(totals(Some(town)).await, Totals { orders: 1, value_pln: 1300.5, ..nothing.clone() });
    say_what_came(&mut jan, &thread, &[("came_to_order", "not_yet")]).await.leads();
    assert_eq!(totals(None).await, Totals { orders: 1, value_pln: 1300.5, ..nothing.clone() });
    let answer = [("came_to_order", "yes"), ("value_pln", "1200"), ("social_clause", "yes")];
    say_what_came(&mut jan, &thread, &answer).await.leads();
    let order = Totals { orders: 1, value_pln: 1200.0, with_social_clause: 1, ..nothing.clone() };
    assert_eq!(totals(Some(town)).await, order);
    assert_eq!(totals(Some(town + 1000)).await.threads, 0);
    assert!(jan.get(&thread).await.text().contains("1\u{a0}200,00"), "what was said shows");

    // Two people of a side at once: the second is told and keeps what they filled in.
    let late = [("came_to_order", "yes"), ("value_pln", "77"), ("social_clause", "no"), ("version", "1")];
    let late = pes.post(&format!("{thread}/wynik"), &late).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert!(late.text().contains("Ktoś inny zmienił") && late.text().contains("value=\"77\""));
    say_what_came(&mut jan, &thread, &[("came_to_order", "no"), ("value_pln", "5")]).await.leads();
    assert_eq!(totals(Some(town)).await, nothing, "no order has no value");

    let official = site.account(Role::Official, "ula@example.org", Some(town)).await;
    assert!(site.signed_in(official).await.get("/wiadomosci").await.text().contains("Co wynikło z rozmów"));
    assert!(!jan.get("/wiadomosci").await.text().contains("Co wynikło z rozmów"));
}

#[tokio::test]
async fn a_conversation_can_be_ended() {
    let site = demo_site().await;
    let stage = stage(&site).await;
    let mut jan = site.signed_in(stage.resident).await;
    let thread = begin(&mut jan, &stage.offer, "person", "Pytanie").await.leads().to_owned();
    let close = format!("{thread}/zakoncz");
    assert_eq!(jan.post(&close, &[]).await.status, StatusCode::CONFLICT, "nobody answered yet");
    let mut pes = site.signed_in(stage.rep).await;
    reply(&mut pes, &thread, "Odpowiedź").await.leads();
    assert!(jan.get(&format!("/wiadomosci/nowa?do={}", stage.offer)).await.text().contains("Masz już rozmowę"));
    for _ in 0..2 {
        jan.post(&close, &[]).await.leads();
    }
    let late = reply(&mut pes, &thread, "Jeszcze jedno").await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert!(late.text().contains("jest zakończona") && late.text().contains("Jeszcze jedno"));
    assert!(!jan.get(&format!("/wiadomosci/nowa?do={}", stage.offer)).await.text().contains("Masz już rozmowę"));
    contact::run_due(&site.app).await.expect("asked at once");
    assert!(pes.get(&thread).await.text().contains("Czym się skończyło"));
}

#[tokio::test]
async fn nobody_writes_where_nobody_reads() {
    let site = demo_site().await;
    let stage = stage(&site).await;
    let mut jan = site.signed_in(stage.resident).await;
    site.sql("delete from representative").await;
    site.sql("update organisation set phone = '56 123 45 67', email = 'biuro@fundacja.test'").await;
    let to = format!("organizacja:{}", stage.organisation);
    let page = jan.get(&format!("/wiadomosci/nowa?do={to}")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains("nikt nie ma teraz konta") && page.text().contains("56 123 45 67"));
    assert_eq!(begin(&mut jan, &to, "person", "Halo").await.status, StatusCode::CONFLICT);
    site.represents(stage.rep, &stage.organisation).await;
    let mut pes = site.signed_in(stage.rep).await;
    let own = pes.get(&format!("/organizacje/{}", stage.organisation)).await.text();
    assert!(!own.contains("/wiadomosci/nowa"), "one does not write to oneself");
    assert_eq!(begin(&mut pes, &to, "person", "Do siebie").await.status, StatusCode::FORBIDDEN);

    // Accounts go, what they wrote stays.
    let thread = talk(&site, &stage).await;
    sqlx::query("delete from account where id = $1")
        .bind(stage.resident)
        .execute(&site.app.pool)
        .await
        .expect("deleted");
    let page = pes.get(&thread).await.text();
    assert!(page.contains("konto usunięte") && page.contains("Czy mogą Państwo dowieźć?"));
    assert_eq!(reply(&mut pes, &thread, "Halo?").await.status, StatusCode::CONFLICT);
    site.sql("update thread set last_message_at = now() - interval '15 days'").await;
    contact::run_due(&site.app).await.expect("asks who is left");
    assert_eq!(number(&site, "select count(*) from thread").await, 1);
    site.sql("update thread_side set organisation_id = null").await;
    contact::run_due(&site.app).await.expect("forgets");
    assert_eq!(number(&site, "select count(*) from thread").await, 0, "nobody is left of it");
    for path in ["/wiadomosci/nowa", "/wiadomosci/nowa?do=", "/wiadomosci/nowa?do=a&do=b"] {
        assert_eq!(pes.get(path).await.status, StatusCode::BAD_REQUEST, "{path}");
    }
    for to in ["oferta:nie-ma", "oferta", "lokal:x", ":", "oferta:%00"] {
        assert!(pes.get(&format!("/wiadomosci/nowa?do={to}")).await.status.is_client_error(), "{to}");
        assert_eq!(pes.post("/wiadomosci/nowa", &[("do", to)]).await.status, StatusCode::NOT_FOUND, "{to}");
    }
    assert_eq!(pes.post("/wiadomosci/nowa", &[("do", "oferta:\0")]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(pes.get("/wiadomosci?page=0").await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_residents_demand_is_answered_to_the_resident() {
    let site = demo_site().await;
    let stage = stage(&site).await;
    let demand = "insert into demand (municipality_id, by_person, author_id, name, category, slug, state)
        select m.id, true, a.id, 'Szukam hydraulika', (select min(code) from category), 'szukam-hydraulika', 'open'
        from municipality m, account a where a.email = 'jan@example.org' limit 1";
    site.sql(demand).await;
    let to = "zapotrzebowanie:szukam-hydraulika";
    let mut pes = site.signed_in(stage.rep).await;
    let voice = format!("organisation:{}", stage.organisation);
    let thread = begin(&mut pes, to, &voice, "Mogę jutro.").await.leads().to_owned();
    assert_eq!(mails(&site, "jan@example.org").await.len(), 1);
    let mut jan = site.signed_in(stage.resident).await;
    assert_eq!(begin(&mut jan, to, "person", "Do siebie").await.status, StatusCode::FORBIDDEN);
    reply(&mut jan, &thread, "Proszę o 10.").await.leads();
    // The resident pays, so the resident's figure counts.
    jan.post(&format!("{thread}/zakoncz"), &[]).await.leads();
    contact::run_due(&site.app).await.expect("asked");
    let said = |value| [("came_to_order", "yes"), ("value_pln", value), ("social_clause", "no")];
    say_what_came(&mut jan, &thread, &said("150")).await.leads();
    say_what_came(&mut pes, &thread, &said("400")).await.leads();
    let totals = queries::outcome::totals(&site.app.pool, None).await.expect("totals");
    assert!((totals.value_pln - 150.0).abs() < 0.001, "{totals:?}");
    // What is not shown is not written about; where the person is gone, nobody is written to.
    assert!(pes.get(&thread).await.text().contains("/zapotrzebowanie/szukam-hydraulika"));
    site.sql("update demand set state = 'hidden' where slug = 'szukam-hydraulika'").await;
    assert!(
        !pes.get(&thread).await.text().contains("/zapotrzebowanie/szukam-hydraulika"),
        "no link to what is not shown"
    );
    assert_eq!(pes.get(&format!("/wiadomosci/nowa?do={to}")).await.status, StatusCode::NOT_FOUND);
    site.sql("update demand set state = 'open' where slug = 'szukam-hydraulika'").await;
    sqlx::query("delete from account where id = $1")
        .bind(stage.resident)
        .execute(&site.app.pool)
        .await
        .expect("deleted");
    assert!(pes.get(&format!("/wiadomosci/nowa?do={to}")).await.text().contains("konto usunięte"));
    assert_eq!(begin(&mut pes, to, &voice, "Halo?").await.status, StatusCode::CONFLICT);
    site.sql("update offer set state = 'archived' where id = (select min(id) from offer)").await;
    site.sql("update equipment set state = 'draft' where id = (select min(id) from equipment)").await;
    let mut other = site.signed_in(site.account(Role::Resident, "inny@example.org", None).await).await;
    let equipment = format!("sprzet:{}", text(&site, "select slug from equipment order by id limit 1").await);
    for to in [&stage.offer, &equipment] {
        assert_eq!(other.get(&format!("/wiadomosci/nowa?do={to}")).await.status, StatusCode::NOT_FOUND, "{to}");
    }
}
