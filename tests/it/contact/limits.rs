//! Blocks, reports, what came of conversations, and where nobody can be written to.

use super::*;

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
