//! Saved searches as forms: whose they are, what they may ask for, how one has done with them.

use super::*;

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
