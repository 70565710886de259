//! Editing a profile, its preview, its history.

use axum::http::StatusCode;
use pestor::access::Role;

use super::{PROFILE, is_wrong, official, official_elsewhere, slugs, text, with};
use crate::browser::{Browser, hidden};
use crate::support::{Site, demo_site};

/// A representative of the first organisation, its slug, and the path of its form.
async fn keeper(site: &Site) -> (Browser<'_>, String, String) {
    let slug = slugs(site, 1).await.remove(0);
    let id = site.account(Role::Representative, "pes@example.org", None).await;
    site.represents(id, &slug).await;
    let edit = format!("/organizacje/{slug}/edytuj");
    (site.signed_in(id).await, slug, edit)
}

async fn version(site: &Site, slug: &str) -> String {
    text(site, &format!("select version from organisation where slug = '{slug}'")).await
}

#[tokio::test]
async fn a_representative_edits_and_confirms_the_profile() {
    let site = demo_site().await;
    let (mut browser, slug, edit) = keeper(&site).await;
    let form = browser.get(&edit).await.text();
    let stored = hidden(&form, "version").expect("a version");
    let fields = with(&[("version", &stored), ("lon", "18,6041"), ("lat", "53.0137")]);
    assert_eq!(browser.post(&edit, &fields).await.leads(), format!("/organizacje/{slug}"));
    let page = site.page(&format!("/organizacje/{slug}")).await.text();
    for said in [
        "Spółdzielnia Socjalna „Nowy Początek Przy Moście”",
        "spółdzielnia socjalna",
        "0000123456",
        "8790177291",
        "biuro@example.org",
        "https://example.org",
        "data-activity=\"reintegration\"",
        "data-lon=\"18.6041\"",
        "Dane potwierdzone",
        "przez organizację",
    ] {
        assert!(page.contains(said), "{said}");
    }
    assert!(!page.contains(&edit) && page.contains("/przejmij"), "only keepers are offered to edit");
    let own = browser.get(&format!("/organizacje/{slug}")).await.text();
    assert!(own.contains(&edit) && own.contains("/zespol") && own.contains("/historia") && !own.contains("/przejmij"));
    assert_eq!(
        text(&site, &format!("select activities from organisation where slug = '{slug}'")).await,
        "{reintegration,education,culture}"
    );
}

#[tokio::test]
async fn strangers_edit_nothing() {
    let site = demo_site().await;
    let (_, slug, edit) = keeper(&site).await;
    let others = slugs(&site, 2).await.remove(1);
    let stranger = site.account(Role::Representative, "obca@example.org", None).await;
    site.represents(stranger, &others).await;
    let resident = site.account(Role::Resident, "jan@example.org", None).await;
    let editor = site.account(Role::Editor, "owes@example.org", None).await;
    let elsewhere = official_elsewhere(&site).await;
    let before = version(&site, &slug).await;
    let confirm = format!("/organizacje/{slug}/potwierdz");
    for account in [stranger, resident, editor, elsewhere] {
        let mut browser = site.signed_in(account).await;
        assert_eq!(browser.get(&edit).await.status, StatusCode::FORBIDDEN);
        assert_eq!(browser.get(&format!("/organizacje/{slug}/historia")).await.status, StatusCode::FORBIDDEN);
        assert_eq!(browser.post(&edit, &with(&[("version", &before)])).await.status, StatusCode::FORBIDDEN);
        assert_eq!(browser.post(&confirm, &[]).await.status, StatusCode::FORBIDDEN);
    }
    let mut nobody = site.browser();
    nobody.get("/logowanie").await;
    assert_eq!(nobody.post(&edit, &with(&[("version", &before)])).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(version(&site, &slug).await, before);
    let mut office = site.signed_in(official(&site).await).await;
    office.post(&edit, &with(&[("version", &before)])).await.leads();
    assert!(site.page(&format!("/organizacje/{slug}")).await.text().contains("przez urząd"));
}

#[tokio::test]
async fn a_form_changes_only_what_it_is_for() {
    let site = demo_site().await;
    let (mut browser, slug, edit) = keeper(&site).await;
    let columns =
        "select concat_ws('|', id, slug, municipality_id, source, source_id, licence, created_at, district_id is null)
        from organisation where slug = '";
    let before = text(&site, &format!("{columns}{slug}'")).await;
    let stored = version(&site, &slug).await;
    let lon = text(&site, &format!("select st_x(point) from organisation where slug = '{slug}'")).await;
    let lat = text(&site, &format!("select st_y(point) from organisation where slug = '{slug}'")).await;
    let fields = with(&[
        ("version", &stored),
        ("lon", &lon),
        ("lat", &lat),
        ("id", "1000"),
        ("slug", "inny"),
        ("municipality_id", "99"),
        ("source", "krs"),
        ("source_id", "x"),
        ("licence", "x"),
        ("verified_on", "2001-01-01"),
        ("verified_by", "office"),
        ("district_id", "1"),
        ("created_at", "2001-01-01"),
    ]);
    browser.post(&edit, &fields).await.leads();
    assert_eq!(text(&site, &format!("{columns}{slug}'")).await, before);
    let verified = text(
        &site,
        &format!("select (verified_on = current_date) || verified_by from organisation where slug = '{slug}'"),
    )
    .await;
    assert_eq!(verified, "trueorganisation");
}

#[tokio::test]
async fn the_second_of_two_editors_is_told_and_keeps_the_text() {
    let site = demo_site().await;
    let (mut first, slug, edit) = keeper(&site).await;
    let mut second = site.signed_in(official(&site).await).await;
    let stored = hidden(&first.get(&edit).await.text(), "version").expect("a version");
    first.post(&edit, &with(&[("version", &stored), ("tagline", "Pierwszy tekst")])).await.leads();
    let late = with(&[("version", &stored), ("tagline", "Drugi tekst")]);
    let conflict = second.post(&edit, &late).await;
    assert_eq!(conflict.status, StatusCode::CONFLICT);
    let page = conflict.text();
    assert!(
        page.contains("value=\"Drugi tekst\"") && page.contains("Pierwszy tekst") && page.contains("Ktoś inny zmienił")
    );
    assert!(site.page(&format!("/organizacje/{slug}")).await.text().contains("Pierwszy tekst"));
    let current = hidden(&page, "version").expect("a version");
    assert_ne!(current, stored);
    second.post(&edit, &with(&[("version", &current), ("tagline", "Drugi tekst")])).await.leads();
    assert!(site.page(&format!("/organizacje/{slug}")).await.text().contains("Drugi tekst"));
    assert_eq!(second.post(&edit, &with(&[("version", "x")])).await.status, StatusCode::BAD_REQUEST);
    // Who wrote the same has nothing to compare.
    first.post(&edit, &with(&[("version", &current), ("tagline", "Drugi tekst")])).await.leads();
    // A hand on the database counts as well.
    let stored = version(&site, &slug).await;
    site.sql(&format!("update organisation set phone = '1' where slug = '{slug}'")).await;
    assert_eq!(first.post(&edit, &with(&[("version", &stored)])).await.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn what_is_wrong_is_said_at_its_field() {
    let site = demo_site().await;
    let (mut browser, slug, edit) = keeper(&site).await;
    let stored = version(&site, &slug).await;
    let taken =
        text(&site, &format!("select krs from organisation where krs is not null and slug <> '{slug}' limit 1")).await;
    for (field, value, at) in [
        ("name", "", "name"),
        ("legal_form", "bank", "legal_form"),
        ("krs", "123", "krs"),
        ("krs", taken.as_str(), "krs"),
        ("nip", "8790177290", "nip"),
        ("regon", "123456789", "regon"),
        ("postal_code", "87100", "postal_code"),
        ("email", "biuro", "email"),
        ("website", "javascript:alert(1)", "website"),
        ("main_activity", "war", "main_activity"),
        ("lat", "53.01", "lon"),
        ("lat", "1000", "lat"),
        ("tagline", "a\u{0}b", "tagline"),
    ] {
        let answer = browser.post(&edit, &with(&[("version", &stored), (field, value)])).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}={value}");
        assert!(is_wrong(&answer, at), "{field}={value}");
    }
    let warsaw = with(&[("version", &stored), ("lon", "21.0"), ("lat", "52.2")]);
    let outside = browser.post(&edit, &warsaw).await;
    assert!(is_wrong(&outside, "lon") && outside.text().contains("poza gminą Toruń"));
    let long = "x".repeat(5001);
    assert!(is_wrong(
        &browser.post(&edit, &with(&[("version", &stored), ("description", &long)])).await,
        "description"
    ));
    assert_eq!(version(&site, &slug).await, stored);
}

#[tokio::test]
async fn text_stays_text_everywhere() {
    let site = demo_site().await;
    let (mut browser, slug, edit) = keeper(&site).await;
    const EVIL: &str = "\"><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}";
    let stored = version(&site, &slug).await;
    let fields = ["name", "tagline", "description", "street", "city", "opening_hours"];
    let mut evil: Vec<(&str, &str)> = fields.iter().map(|field| (*field, EVIL)).collect();
    evil.extend([
        ("house_number", "<b>1</b>"),
        ("phone", "\"><script>alert(1)</script>"),
        ("version", stored.as_str()),
        ("lon", "18.6"),
        ("lat", "53.01"),
    ]);
    let sane = |text: &str, place: &str| {
        for bad in ["<script>alert", "<img src=x", "<b>1</b>", "\"><script"] {
            assert!(!text.contains(bad), "{bad} in {place}");
        }
    };
    let preview = browser.post(&edit, &[with(&evil), vec![("action", "preview")]].concat()).await;
    assert_eq!(preview.status, StatusCode::OK);
    sane(&preview.text(), "the preview");
    browser.post(&edit, &with(&evil)).await.leads();
    for path in ["", "?fragment=1", "/edytuj", "/zespol", "/historia"] {
        let path = format!("/organizacje/{slug}{path}");
        let text = browser.get(&path).await.text();
        assert!(text.contains("&#60;script&#62;alert") || text.contains("alert(1)"), "{path} shows the text");
        sane(&text, &path);
    }
    sane(&browser.get("/moja-organizacja?q=alert").await.text(), "the search");
    sane(&browser.get("/panel").await.text(), "the panel");
    let page = browser.get(&format!("/organizacje/{slug}")).await.text();
    let jsonld = page.split("application/ld+json\">").nth(1).and_then(|rest| rest.split("</script>").next());
    let data: serde_json::Value = serde_json::from_str(jsonld.expect("a description")).expect("JSON");
    assert_eq!(data["name"], EVIL);
    // To colleagues by mail, too.
    let claimant = site.account(Role::Resident, "nowa@example.org", None).await;
    let mut new = site.signed_in(claimant).await;
    sane(&new.get(&format!("/organizacje/{slug}/przejmij")).await.text(), "the claim");
    new.post(&format!("/organizacje/{slug}/przejmij"), &[("position", EVIL), ("reason", EVIL)]).await.leads();
    sane(&browser.get(&format!("/organizacje/{slug}/zespol")).await.text(), "the team");
    sane(&text(&site, "select body_html from mail_outbox where recipient = 'pes@example.org'").await, "the mail");
}

#[tokio::test]
async fn a_preview_saves_nothing_and_an_address_is_found_in_our_own_data() {
    let site = demo_site().await;
    let (mut browser, slug, edit) = keeper(&site).await;
    let stored = version(&site, &slug).await;
    let shown = browser.post(&edit, &with(&[("version", &stored), ("action", "preview")])).await;
    assert_eq!(shown.status, StatusCode::OK);
    let page = shown.text();
    assert!(page.contains("id=\"podglad\"") && page.contains("detail-name\">Spółdzielnia Socjalna „Nowy"));
    assert_eq!(page.matches("<h1").count(), 1);
    assert_eq!(version(&site, &slug).await, stored);
    let known = text(&site, "select street || '|' || house_number || '|' || round(st_x(point)::numeric, 6) from premises order by id limit 1").await;
    let [street, number, lon] = known.split('|').collect::<Vec<_>>().try_into().expect("an address");
    let find = |street: &str, number: &str| {
        let fields = [
            ("version", stored.clone()),
            ("action", "find".to_owned()),
            ("street", street.to_owned()),
            ("house_number", number.to_owned()),
        ];
        fields.to_vec()
    };
    let bare = street.trim_start_matches("ul. ").to_uppercase();
    for (street, number, said) in [
        (bare.as_str(), number, "Znaleźliśmy ten adres"),
        (street, "99999", "Znamy tylko tę ulicę"),
        ("ul. Nieznana", "1", "Nie znamy tego adresu"),
    ] {
        let fields = find(street, number);
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let found = browser.post(&edit, &with(&fields)).await;
        assert_eq!(found.status, StatusCode::OK);
        let page = found.text();
        assert!(page.contains(said), "{street} {number}");
        if said.starts_with("Znaleźliśmy") {
            let found = format!("id=\"f-lon\" name=\"lon\" type=\"text\" value=\"{}", &lon[..7]);
            assert!(page.contains(&found), "{found}");
        }
    }
    assert_eq!(version(&site, &slug).await, stored);
}

#[tokio::test]
async fn history_tells_who_changed_what() {
    let site = demo_site().await;
    let (mut browser, slug, edit) = keeper(&site).await;
    let history = format!("/organizacje/{slug}/historia");
    assert!(browser.get(&history).await.text().contains("Nie ma jeszcze żadnych zmian"));
    let stored = version(&site, &slug).await;
    browser
        .post(
            &edit,
            &with(&[
                ("version", &stored),
                ("legal_form", "kis"),
                ("public_benefit", "true"),
                ("phone", "56 111 11 11"),
            ]),
        )
        .await
        .leads();
    let mut office = site.signed_in(official(&site).await).await;
    let current = version(&site, &slug).await;
    let fields =
        with(&[("version", &current), ("legal_form", "kis"), ("public_benefit", "true"), ("phone", "56 222 22 22")]);
    office.post(&edit, &fields).await.leads();
    office.post(&format!("/organizacje/{slug}/potwierdz"), &[]).await.leads();
    let page = office.get(&history).await.text();
    for said in [
        "pes (representative) (przedstawiciel)",
        "urzad (official) (urząd)",
        "klub integracji społecznej (KIS)",
        "56 111 11 11",
        "56 222 22 22",
        "Położenie na mapie",
    ] {
        assert!(page.contains(said), "{said}");
    }
    for hidden in ["pes@example.org", "urzad@example.org", "search_text", "district_id", "municipality_id"] {
        assert!(!page.contains(hidden), "{hidden}");
    }
    assert_eq!(page.matches("<time").count(), 2, "confirming on the same day changes nothing");
    assert_eq!(office.get(&format!("{history}?page=x")).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(PROFILE.len(), 18);
}
