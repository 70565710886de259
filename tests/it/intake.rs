//! `/urzad/import`: files that officials bring in through the browser.

use axum::http::StatusCode;
use encoding_rs::WINDOWS_1250;
use pestor::access::Role;
use pestor::intake;

use crate::accounts::{other_municipality, town};
use crate::browser::Browser;
use crate::support::{Answer, Site, demo_site};

/// What a form would send if nobody touched it: the fields of the first form of `<main>` that posts to a path.
fn fields(html: &str, action: &str) -> Vec<(String, String)> {
    let begin = html.find(&format!("action=\"{action}\"")).unwrap_or_else(|| panic!("no form for {action}: {html}"));
    let form = html[begin..].split("</form>").next().expect("a form");
    let attribute = |tag: &str, name: &str| {
        let value = tag.split(&format!(" {name}=\"")).nth(1)?.split('"').next()?;
        Some(value.replace("&#34;", "\"").replace("&#38;", "&").replace("&#39;", "'"))
    };
    let mut fields = Vec::new();
    for piece in form.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').unwrap_or((piece, ""));
        let name = attribute(tag, "name").unwrap_or_default();
        if tag.starts_with("input ") && !name.is_empty() && name != "csrf" {
            let choice = tag.contains("type=\"radio\"") || tag.contains("type=\"checkbox\"");
            if !choice || tag.ends_with(" checked") {
                fields.push((name, attribute(tag, "value").unwrap_or_default()));
            }
        } else if tag.starts_with("select ") {
            fields.push((name, String::new()));
        } else if tag.starts_with("option") && tag.ends_with(" selected") {
            let value = attribute(tag, "value").unwrap_or_else(|| text.to_owned());
            fields.last_mut().expect("a select").1 = value;
        }
    }
    fields
}

/// The same with other values.
fn with(mut fields: Vec<(String, String)>, changes: &[(&str, &str)]) -> Vec<(String, String)> {
    for (name, value) in changes {
        fields.retain(|(known, _)| known != name);
        fields.push(((*name).to_owned(), (*value).to_owned()));
    }
    fields
}

struct Desk<'a> {
    site: &'a Site,
    browser: Browser<'a>,
    /// `/urzad/import/1`
    path: String,
}

impl<'a> Desk<'a> {
    async fn new(site: &'a Site) -> Self {
        let official = site.account(Role::Official, "import@example.org", Some(town(site).await)).await;
        let mut browser = site.signed_in(official).await;
        browser.get("/urzad/import").await;
        Self { site, browser, path: String::new() }
    }

    /// Uploads a file and lets the program read it; its page.
    async fn upload(&mut self, kind: &str, name: &str, bytes: &[u8]) -> String {
        let answer = self.browser.upload("/urzad/import", &[("kind", kind)], &[("file", name, bytes)]).await;
        self.path = answer.leads().to_owned();
        self.work().await
    }

    /// Lets the program do what it was asked for; the page of the file.
    async fn work(&mut self) -> String {
        while intake::work::run_due(&self.site.app).await.expect("the database answers") {}
        self.page().await
    }

    async fn page(&mut self) -> String {
        let answer = self.browser.get(&self.path.clone()).await;
        assert_eq!(answer.status, StatusCode::OK);
        answer.text()
    }

    async fn send(&mut self, step: &str, fields: &[(String, String)]) -> Answer {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.browser.post(&format!("{}/{step}", self.path), &fields).await
    }

    /// Sends the form of the columns as it stands, with changes, and lets the program try the file.
    async fn check(&mut self, changes: &[(&str, &str)]) -> String {
        let form = fields(&self.page().await, &format!("{}/kolumny", self.path));
        let answer = self.send("kolumny", &with(form, changes)).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
        self.work().await
    }

    async fn write(&mut self) -> String {
        self.send("zapisz", &[]).await;
        self.work().await
    }

    async fn count(&self, what: &str) -> i64 {
        let statement = format!("select count(*) from {what}");
        sqlx::query_scalar(sqlx::AssertSqlSafe(statement)).fetch_one(&self.site.app.pool).await.expect("a number")
    }
}

/// The number under a heading of the preview.
fn number(html: &str, key: &str) -> i64 {
    let part = html.split(&format!("number-{key}\"")).nth(1).unwrap_or_else(|| panic!("no {key}: {html}"));
    let text = part.split("<dd>").nth(1).and_then(|rest| rest.split('<').next()).expect("a number");
    text.chars().filter(char::is_ascii_digit).collect::<String>().parse().expect("digits")
}

/// A register as an office has it: Windows-1250, semicolons, Polish headings and words, twelve of twenty rows with faults.
fn register() -> Vec<u8> {
    let mut text =
        "Lp.;Nazwa organizacji;Forma prawna;NIP;Ulica;Nr domu;Kod pocztowy;Miejscowość;Szerokość;Długość;Uwagi\r\n"
            .to_owned();
    for row in 1..=20 {
        let (name, form, nip, lat) = match row {
            1..=3 => (String::new(), "Fundacja", "", "53,0101"),
            4..=6 => (format!("Łączka {row}"), "Stowarzyszenie", "1234567890", "53,0102"),
            7..=9 => (format!("Łączka {row}"), "Fundacja", "", "5x,01"),
            10..=12 => (format!("Łączka {row}"), "Klub bokserski", "", "53,0103"),
            _ => (format!("Próba „Żółw” {row}"), "Stowarzyszenie", "", "53,0104"),
        };
        text.push_str(&format!("{row};{name};{form};{nip};Łąkowa;{row};87-100;Toruń;{lat};18,60{row:02};x\r\n"));
    }
    let (bytes, _, lost) = WINDOWS_1250.encode(&text);
    assert!(!lost, "every letter has a code");
    bytes.into_owned()
}

#[tokio::test]
async fn an_official_brings_in_a_register_with_twelve_bad_rows() {
    let site = demo_site().await;
    let mut desk = Desk::new(&site).await;
    let before = desk.count("organisation").await;
    let page = desk.upload("organisations", "organizacje 2026-11.csv", &register()).await;
    for part in ["Windows-1250", "20 wierszy", "Łąkowa", "„Klub bokserski”", "value=\"organizacje\""] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert_eq!(desk.count("organisation").await, before);
    // What the program recognised needs no touch.
    let form = fields(&page, &format!("{}/kolumny", desk.path));
    let value = |name: &str| form.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    assert_eq!((value("c-name"), value("c-legal_form"), value("c-lat")), (Some("1"), Some("2"), Some("8")));
    let page = desk.check(&[]).await;
    assert_eq!((number(&page, "intake-new"), number(&page, "intake-refused")), (8, 12), "{page}");
    assert!(page.contains("wiersz 2") && page.contains("Klub bokserski"), "{page}");
    assert_eq!(desk.count("organisation").await, before, "a preview writes nothing");
    let places = desk.browser.get(&format!("{}/miejsca.geojson", desk.path)).await.json();
    assert_eq!(places["features"].as_array().expect("features").len(), 8);
    assert_eq!(places["features"][0]["properties"]["what"], "new");
    let page = desk.browser.get(&format!("{}?lista=nowe", desk.path)).await.text();
    assert!(page.contains("Próba „Żółw” 13"), "{page}");

    let refused = desk.browser.get(&format!("{}/odrzucone.csv", desk.path)).await;
    assert_eq!(refused.header("content-type"), "text/csv; charset=utf-8");
    let table = refused.text();
    assert_eq!(table.lines().count(), 13, "{table}");

    let page = desk.write().await;
    assert!(page.contains("zapisano 8 rekordów"), "{page}");
    assert_eq!(desk.count("organisation").await, before + 8);
    let logged = desk
        .count("audit_entry where thing = 'organisation' and account_id = (select id from account where email = 'import@example.org')")
        .await;
    assert_eq!(logged, 8, "every change is in the log, under the official's name");
    assert_eq!(desk.count("import_upload where bytes is not null").await, 0, "the file itself is gone");
    assert_eq!(desk.count("organisation where edited_at is not null and source = 'organizacje'").await, 0);

    // The refused rows, corrected, are a file of their own.
    let corrected = table
        .replace("1234567890", "")
        .replace("5x,01", "53,01")
        .replace("Klub bokserski", "Stowarzyszenie")
        .lines()
        .map(|line| {
            let mut cells: Vec<&str> = line.split(',').collect();
            if cells[1].is_empty() {
                cells[1] = "Bez nazwy";
            }
            cells.join(",")
        })
        .collect::<Vec<_>>()
        .join("\n");
    desk.upload("organisations", "organizacje-odrzucone.csv", corrected.as_bytes()).await;
    let page = desk.check(&[("source", "organizacje")]).await;
    assert_eq!((number(&page, "intake-new"), number(&page, "intake-refused")), (12, 0), "{page}");
    desk.write().await;
    assert_eq!(desk.count("organisation").await, before + 20);
    let page = desk.browser.get("/urzad/import").await.text();
    assert!(page.contains("organizacje 2026-11.csv") && page.contains("zapisano: 12"), "{page}");
}

#[tokio::test]
async fn a_second_import_says_what_would_change_and_what_stays() {
    let site = demo_site().await;
    let mut desk = Desk::new(&site).await;
    let file = "source_id;name;legal_form;phone;lon;lat\na;Alfa próbna;foundation;56 111 11 11;18.60;53.01\n\
                b;Beta próbna;foundation;;18.61;53.01\nc;Gamma próbna;foundation;;18.62;53.01\n";
    desk.upload("organisations", "ngo.csv", file.as_bytes()).await;
    desk.check(&[]).await;
    desk.write().await;
    site.sql(
        "update organisation set tagline = 'Poprawione', edited_at = now() where source = 'ngo' and source_id = 'c'",
    )
    .await;
    let file = file.replace("56 111 11 11", "56 222 22 22").replace("Gamma", "Delta");
    desk.upload("organisations", "ngo.csv", file.as_bytes()).await;
    let page = desk.check(&[]).await;
    let numbers = ["intake-new", "intake-changed", "intake-unchanged", "intake-kept", "intake-refused"]
        .map(|key| number(&page, key));
    assert_eq!(numbers, [0, 1, 1, 1, 0], "{page}");
    assert!(page.contains("Telefon") && page.contains("<ins>56 222 22 22</ins>"), "the field and its value: {page}");
    // Told to, it writes over what people corrected; told to replace, it says what goes.
    desk.send("wroc", &[]).await;
    let page = desk.check(&[("overwrite_edited", "true"), ("mode", "replace")]).await;
    assert_eq!(number(&page, "intake-changed"), 2, "{page}");
    desk.send("wroc", &[]).await;
    // The same file again changes nothing, and there is nothing to say yes to.
    desk.write().await;
    let page = desk.check(&[("mode", "upsert")]).await;
    assert_eq!(number(&page, "intake-changed"), 1, "a yes without a preview writes nothing: {page}");
    desk.write().await;
    desk.upload("organisations", "ngo.csv", file.as_bytes()).await;
    let page = desk.check(&[]).await;
    assert!(page.contains("niczego nie zmienia") && !page.contains("/zapisz\""), "{page}");
}

#[tokio::test]
async fn what_a_file_does_not_say_is_asked_for() {
    let site = demo_site().await;
    let mut desk = Desk::new(&site).await;
    let file = "Nazwa;Forma prawna;X;Y\nAlfa;Fundacja;474320;573400\nBeta;Fundacja;474400;573500\n";
    desk.upload("organisations", "a.csv", file.as_bytes()).await;
    let form = fields(&desk.page().await, &format!("{}/kolumny", desk.path));
    let answer = desk.send("kolumny", &form).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text().contains("href=\"#f-srid\""), "{}", answer.text());
    // A needed column that is not there has to be chosen; what was chosen stays.
    let answer = desk.send("kolumny", &with(form, &[("c-legal_form", ""), ("srid", "2180")])).await;
    let text = answer.text();
    assert!(text.contains("href=\"#f-c-legal_form\"") && text.contains("value=\"2180\""), "{text}");
    let page = desk.check(&[("srid", "2180"), ("d-city", "Toruń")]).await;
    assert_eq!(number(&page, "intake-new"), 2, "{page}");
    // A file that cannot be read says why, and can be read otherwise.
    let (bytes, _, _) = WINDOWS_1250.encode("Nazwa;Forma prawna\nŻółw;Fundacja\n");
    let page = desk.upload("organisations", "b.csv", &bytes).await;
    assert!(page.contains("Żółw"), "found out: {page}");
    let page = desk.upload("organisations", "c.xls", b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 and so on").await;
    assert!(page.contains("alert-error") && page.contains(".xlsx"), "{page}");
    let form = fields(&page, &format!("{}/kolumny", desk.path));
    desk.send("odczyt", &with(form, &[("encoding", "ISO-8859-2")])).await;
    assert!(desk.work().await.contains("alert-error"), "still not");
    let page = desk.send("usun", &[]).await;
    assert_eq!(page.leads(), "/urzad/import?usunieto=1");
}

#[tokio::test]
async fn files_that_are_none_and_wishes_that_make_no_sense_are_refused() {
    let site = demo_site().await;
    let mut desk = Desk::new(&site).await;
    let large = vec![b'a'; intake::MOST_BYTES + 1];
    for (kind, name, bytes, field) in [
        ("organisations", "a.csv", &b""[..], "file"),
        ("organisations", "a.csv", &large, "file"),
        ("municipalities", "a.csv", b"a;b\n1;2\n", "kind"),
        ("everything", "a.csv", b"a;b\n1;2\n", "kind"),
    ] {
        let answer = desk.browser.upload("/urzad/import", &[("kind", kind)], &[("file", name, bytes)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{kind}");
        assert!(answer.text().contains(&format!("href=\"#f-{field}\"")), "{kind}: {}", answer.text());
    }
    let mapping: &[u8] = b"[columns]\nnama = 'N'\n";
    let files = [("file", "a.csv", &b"a;b\n1;2\n"[..]), ("mapping", "m.toml", mapping)];
    let answer = desk.browser.upload("/urzad/import", &[("kind", "organisations")], &files).await;
    assert!(answer.text().contains("href=\"#f-mapping\""), "{}", answer.text());
    assert_eq!(desk.count("import_upload").await, 0, "nothing is left of any of them");
}

#[tokio::test]
async fn a_mapping_that_was_saved_serves_the_next_file() {
    let site = demo_site().await;
    let mut desk = Desk::new(&site).await;
    let file: &[u8] = b"N;F;T\nAlfa;Klub;x\nBeta;Fundacja;y\n";
    desk.upload("organisations", "x.csv", file).await;
    desk.check(&[("c-name", "0"), ("c-legal_form", "1"), ("d-city", "Toruń")]).await;
    desk.send("wroc", &[]).await;
    let page = desk.page().await;
    assert!(page.contains("„Klub”") && page.contains("„Fundacja”"), "words of the column that was chosen: {page}");
    let page = desk.check(&[("w-legal_form-0", "foundation"), ("w-legal_form-1", "sports_club")]).await;
    assert_eq!(number(&page, "intake-new"), 2, "{page}");
    let mapping = desk.browser.get(&format!("{}/mapowanie.toml", desk.path)).await.text();
    for line in ["name = \"N\"", "Klub = \"sports_club\"", "city = \"Toruń\""] {
        assert!(mapping.contains(line), "{line}: {mapping}");
    }
    let files = [("file", "y.csv", file), ("mapping", "m.toml", mapping.as_bytes())];
    let answer = desk.browser.upload("/urzad/import", &[("kind", "organisations")], &files).await;
    desk.path = answer.leads().to_owned();
    desk.work().await;
    assert_eq!(number(&desk.check(&[]).await, "intake-new"), 2);
}

#[tokio::test]
async fn an_office_writes_only_what_is_its_own() {
    let site = demo_site().await;
    other_municipality(&site).await;
    let other: String = sqlx::query_scalar("select teryt from municipality order by id desc limit 1")
        .fetch_one(&site.app.pool)
        .await
        .expect("another");
    let mut desk = Desk::new(&site).await;
    let file = format!("source_id;name;legal_form;municipality\na;Alfa;foundation;{other}\nb;Beta;foundation;\n");
    desk.upload("organisations", "a.csv", file.as_bytes()).await;
    let page = desk.check(&[("d-municipality", &other)]).await;
    assert_eq!((number(&page, "intake-new"), number(&page, "intake-refused")), (1, 1), "{page}");
    assert!(page.contains("to inna gmina"), "{page}");
    // Who is no official any more when the program gets to it writes nothing.
    desk.send("zapisz", &[]).await;
    site.sql("update account set role = 'resident', municipality_id = null, unit_name = '' where email = 'import@example.org'").await;
    while intake::work::run_due(&site.app).await.expect("the database answers") {}
    assert_eq!(desk.count("organisation where source = 'a'").await, 0);
    assert_eq!(desk.count("import_upload where state = 'mapping' and problem <> ''").await, 1);
}

#[tokio::test]
async fn an_administrator_of_all_says_whose_a_file_is() {
    let site = demo_site().await;
    let administrator = site.account(Role::Administrator, "wszystko@example.org", None).await;
    let mut browser = site.signed_in(administrator).await;
    browser.get("/urzad/import").await;
    let file: &[u8] = b"source_id;name;legal_form\na;Alfa;foundation\n";
    let answer = browser.upload("/urzad/import", &[("kind", "organisations")], &[("file", "a.csv", file)]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text().contains("href=\"#f-municipality\""), "{}", answer.text());
    let town = town(&site).await.to_string();
    let mut desk = Desk { site: &site, browser, path: String::new() };
    for (fields, name, file, new) in [
        (&[("kind", "organisations"), ("municipality", town.as_str())][..], "a.csv", file, 1),
        (&[("kind", "categories")][..], "c.csv", b"code;name_pl;name_en;cpv\nproba;Pr\xc3\xb3ba;Test;15000000-8\n", 1),
    ] {
        let answer = desk.browser.upload("/urzad/import", fields, &[("file", name, file)]).await;
        desk.path = answer.leads().to_owned();
        desk.work().await;
        let page = desk.check(&[]).await;
        assert_eq!((number(&page, "intake-new"), number(&page, "intake-refused")), (new, 0), "{page}");
        desk.write().await;
    }
    assert_eq!(desk.count("organisation where source = 'a'").await, 1);
    assert_eq!(desk.count("category where code = 'proba'").await, 1);
}

#[tokio::test]
async fn a_step_is_done_once_and_given_up_when_it_never_ends() {
    let site = demo_site().await;
    let mut desk = Desk::new(&site).await;
    let file = b"source_id;name;legal_form\na;Alfa;foundation\n";
    desk.upload("organisations", "a.csv", file).await;
    desk.check(&[]).await;
    desk.send("zapisz", &[]).await;
    let (first, second) = tokio::join!(intake::work::run_due(&site.app), intake::work::run_due(&site.app));
    first.and(second).expect("the database answers");
    assert_eq!(desk.count("organisation where source = 'a'").await, 1);
    assert!(desk.page().await.contains("zapisano 1 rekord"));
    // As after three servers that ended while they worked on it.
    desk.browser.upload("/urzad/import", &[("kind", "organisations")], &[("file", "b.csv", file)]).await;
    site.sql("update import_upload set attempts = 3 where file_name = 'b.csv'").await;
    while intake::work::run_due(&site.app).await.expect("the database answers") {}
    assert_eq!(desk.count("import_upload where file_name = 'b.csv' and state = 'mapping' and problem <> ''").await, 1);
    // A file that nobody went on with is gone the next day, what is said about an import after a month.
    site.sql("update import_upload set changed_at = now() - interval '25 hours'").await;
    intake::queries::forget(&site.app.pool, intake::work::REPORT_DAYS).await.expect("the database answers");
    assert_eq!(desk.count("import_upload").await, 1);
    site.sql("update import_upload set changed_at = now() - interval '31 days'").await;
    intake::queries::forget(&site.app.pool, intake::work::REPORT_DAYS).await.expect("the database answers");
    assert_eq!(desk.count("import_upload").await, 0);
}
