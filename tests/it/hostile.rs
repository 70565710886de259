//! Every form that any account can open, filled with what an attacker would try: no answer is a fault of ours, and no text ever
//! becomes markup.

use std::collections::BTreeSet;

use axum::http::{Method, StatusCode};
use pestor::access::Role;
use pestor::app;

use crate::accounts::town;
use crate::browser::Browser;
use crate::support::{Site, demo_site};

/// A mark that is found again wherever it comes out unescaped.
const MARKUP: &str = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>{{7*7}}";

/// What goes into every field, one after the other.
fn payloads() -> Vec<String> {
    let fixed = [
        "",
        " ",
        "\0",
        "a\0b",
        "\u{202e}\u{feff}\u{0}",
        "';drop table account;--",
        "%_\\",
        "../../../etc/passwd",
        "-1",
        "0",
        "99999999999999999999",
        "1e308",
        "NaN",
        "2026-02-30",
        "9999-12-31",
        "-0001-01-01",
        "\r\nSet-Cookie: x=y",
        "javascript:alert(1)",
        "${jndi:ldap://x}",
        MARKUP,
    ];
    fixed.iter().map(|text| (*text).to_owned()).chain(["ż".repeat(5000), "a".repeat(100_000)]).collect()
}

/// A form of a page: where it goes, whether it takes files, its fields with the values that it stands with.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Form {
    action: String,
    multipart: bool,
    fields: Vec<(String, String)>,
}

/// Attribute of a tag, with the entities that templates write.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let rest = tag.split(&format!(" {name}=\"")).nth(1)?;
    let raw = rest.split('"').next()?;
    Some(
        raw.replace("&#38;", "&")
            .replace("&amp;", "&")
            .replace("&#34;", "\"")
            .replace("&#39;", "'")
            .replace("&#60;", "<")
            .replace("&#62;", ">"),
    )
}

/// The forms of a page that change something.
fn forms(page: &str, path: &str) -> Vec<Form> {
    let mut found = Vec::new();
    for part in page.split("<form").skip(1) {
        let (head, body) = part.split_once('>').expect("the end of a tag");
        let head = format!("<form{head}");
        if attribute(&head, "method").as_deref() != Some("post") {
            continue;
        }
        let body = body.split("</form>").next().unwrap_or_default();
        let mut fields = Vec::new();
        for tag in body
            .split('<')
            .filter(|tag| ["input", "select", "textarea", "button"].iter().any(|name| tag.starts_with(name)))
        {
            if let Some(name) = attribute(tag, "name") {
                fields.push((name, attribute(tag, "value").unwrap_or_default()));
            }
        }
        let action = attribute(&head, "action").unwrap_or_else(|| path.to_owned());
        found.push(Form { action, multipart: head.contains("multipart/form-data"), fields });
    }
    found
}

async fn submit(browser: &mut Browser<'_>, form: &Form, fields: &[(&str, &str)]) -> crate::support::Answer {
    if form.multipart {
        browser
            .upload(&form.action, fields, &[("photo-1", "a.jpg", b"\xff\xd8\xff\xe0GIF89a<script>".as_slice())])
            .await
    } else {
        browser.post(&form.action, fields).await
    }
}

#[tokio::test]
async fn no_form_breaks_and_no_text_becomes_markup() {
    let site = demo_site().await;
    let mut seen = BTreeSet::new();
    let mut sent = 0;
    let mut faults = Vec::new();
    for (role, office) in [
        (None, None),
        (Some(Role::Resident), None),
        (Some(Role::Representative), None),
        (Some(Role::Editor), None),
        (Some(Role::Official), Some(town(&site).await)),
        (Some(Role::Administrator), None),
    ] {
        let account = match role {
            Some(role) => Some(site.account(role, &format!("{}@example.org", role.code()), office).await),
            None => None,
        };
        if role == Some(Role::Representative) {
            let slug: String = sqlx::query_scalar(
                "select o.slug from organisation o join offer f on f.organisation_id = o.id
                 join equipment e on e.organisation_id = o.id order by o.id limit 1",
            )
            .fetch_one(&site.app.pool)
            .await
            .expect("an organisation with things");
            site.represents(account.expect("an account"), &slug).await;
        }
        if role == Some(Role::Editor) {
            site.sql(&format!(
                "insert into institution_editor select {}, id from support_institution order by id limit 1",
                account.expect("an account")
            ))
            .await;
        }
        let open = async || match account {
            Some(id) => site.signed_in(id).await,
            None => site.browser(),
        };
        let mut browser = open().await;
        for path in pages(&site).await {
            let page = browser.get(&path).await;
            if page.status != StatusCode::OK || !page.header("content-type").starts_with("text/html") {
                if page.status.is_server_error() {
                    faults.push(format!("{role:?} GET {path}: {}", page.status));
                }
                continue;
            }
            for form in forms(&page.text(), &path) {
                // The way out would end the run; ending sessions likewise.
                let known = seen.contains(&(role.map(Role::code), shape(&form)));
                if known || form.action == "/wyloguj" || form.action.starts_with("/konto/sesje") {
                    continue;
                }
                seen.insert((role.map(Role::code), shape(&form)));
                for payload in payloads() {
                    let all: Vec<(&str, &str)> = form
                        .fields
                        .iter()
                        .filter(|(name, _)| name != "csrf")
                        .map(|(name, value)| {
                            // What leads to the form's own thing stays, so that the text gets as far as it can.
                            let kept = ["version", "form_key", "do", "as", "organisation", "decision"]
                                .contains(&name.as_str());
                            (name.as_str(), if kept { value.as_str() } else { payload.as_str() })
                        })
                        .collect();
                    sent += 1;
                    let answer = submit(&mut browser, &form, &all).await;
                    check(&answer, &format!("{role:?} {} all={:?}", form.action, short(&payload)), &mut faults);
                }
                // One field at a time, the others as the form stood.
                for (i, (name, _)) in form.fields.iter().enumerate().filter(|(_, (name, _))| name != "csrf") {
                    for payload in ["\0", MARKUP, "99999999999999999999", "-1"] {
                        let mut fields: Vec<(&str, &str)> =
                            form.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
                        fields[i].1 = payload;
                        fields.retain(|(name, _)| *name != "csrf");
                        sent += 1;
                        let answer = submit(&mut browser, &form, &fields).await;
                        check(&answer, &format!("{role:?} {} {name}={:?}", form.action, short(payload)), &mut faults);
                    }
                }
                // Throttles would hide what lies behind them, and deleting an account ends its session.
                site.sql("delete from throttle").await;
                browser.get(&path).await;
            }
        }
        // Whatever was stored is text, wherever it is shown.
        let mut browser = open().await;
        for path in pages(&site).await {
            let page = browser.get(&path).await;
            check(&page, &format!("{role:?} GET {path}"), &mut faults);
        }
    }
    assert!(faults.is_empty(), "{} of {sent}:\n{}", faults.len(), faults.join("\n"));
    assert!(sent > 2000, "only {sent} forms were sent");
}

/// What makes a form another one: where it goes, numbers and names of things aside, and what it asks.
fn shape(form: &Form) -> String {
    let parts: Vec<&str> = form.action.split('?').next().unwrap_or_default().split('/').collect();
    let names: Vec<&str> = form.fields.iter().map(|(name, _)| name.as_str()).collect();
    format!(
        "{} {} {}",
        parts.get(1).unwrap_or(&""),
        parts.last().filter(|_| parts.len() > 3).unwrap_or(&""),
        names.join(",")
    )
}

fn short(text: &str) -> String {
    text.chars().take(40).collect()
}

fn check(answer: &crate::support::Answer, what: &str, faults: &mut Vec<String>) {
    if answer.status.is_server_error() {
        faults.push(format!("{what}: {}", answer.status));
    }
    if answer.header("content-type").starts_with("text/html") {
        let text = String::from_utf8_lossy(&answer.bytes).into_owned();
        if text.contains("<script>alert(1)") || text.contains("<img src=x onerror") {
            faults.push(format!("{what}: text became markup"));
        }
    }
}

/// Every page that has no secret in its path, with the first things of the demo where a path names one.
async fn pages(site: &Site) -> Vec<String> {
    let mut pages = Vec::new();
    for listed in app::listed().into_iter().filter(|listed| listed.method == Method::GET && listed.rule.looks) {
        if !listed.path.contains('{') {
            pages.push(listed.path.to_owned());
            continue;
        }
        let table = match listed.path.split('/').nth(1).unwrap_or_default() {
            "organizacje" => "organisation",
            "oferty" => "offer",
            "zapotrzebowanie" => "demand",
            "sprzet" => "equipment",
            "wsparcie" => "support_institution",
            "lokale" => "premises",
            _ => continue,
        };
        // The oldest and the newest: what the demo has, and what this run made.
        let slugs: Vec<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
            "(select slug from {table} order by id limit 3) union (select slug from {table} order by id desc limit 3)"
        )))
        .fetch_all(&site.app.pool)
        .await
        .expect("slugs");
        pages.extend(slugs.iter().map(|slug| listed.path.replace("{slug}", slug)));
    }
    pages
}
