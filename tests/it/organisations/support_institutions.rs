//! Support institutions are edited by their editors.

use axum::http::StatusCode;
use pestor::access::Role;

use super::{is_wrong, text};
use crate::browser::hidden;
use crate::support::demo_site;

const EVIL: &str = "\"><script>alert(1)</script>";

#[tokio::test]
async fn an_editor_edits_their_own_institution() {
    let site = demo_site().await;
    let all = text(
        &site,
        "select string_agg(slug, ' ' order by id) from (select * from support_institution order by id limit 2) x",
    )
    .await;
    let (mine, others) = all.split_once(' ').expect("two institutions");
    let id = site.account(Role::Editor, "owes@example.org", None).await;
    site.sql(&format!("insert into institution_editor select {id}, id from support_institution where slug = '{mine}'"))
        .await;
    let mut editor = site.signed_in(id).await;
    let edit = format!("/wsparcie/{mine}/edytuj");
    let panel = editor.get("/panel").await.text();
    assert!(panel.contains(&edit) && !panel.contains(others), "the panel leads there");
    assert_eq!(editor.get(&format!("/wsparcie/{others}/edytuj")).await.status, StatusCode::FORBIDDEN);
    let stored = hidden(&editor.get(&edit).await.text(), "version").expect("a version");
    let form = |version: &str, tagline: &str| {
        let fields = [
            ("version", version),
            ("name", "OWES Próba"),
            ("kind", "owes"),
            ("services", "advice"),
            ("services", "rooms"),
            ("operator", EVIL),
            ("area_of_operation", EVIL),
            ("tagline", tagline),
            ("description", EVIL),
            ("street", "ul. Szeroka"),
            ("house_number", "1"),
            ("postal_code", "87-100"),
            ("city", "Toruń"),
            ("lon", "18.7"),
            ("lat", "53.2"),
            ("link_label_1", "Nabór"),
            ("link_url_1", "example.org/nabor"),
            ("link_label_3", EVIL),
            ("link_url_3", "https://example.org"),
            ("slug", "inny"),
            ("municipality_id", "9"),
            ("verified_by", "office"),
        ];
        fields.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
    };
    let borrowed = |fields: &[(String, String)]| -> Vec<(String, String)> { fields.to_vec() };
    let mut send = async |fields: Vec<(String, String)>| {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        editor.post(&edit, &fields).await
    };
    let mut half = borrowed(&form(&stored, "x"));
    half.retain(|(name, _)| name != "link_url_1");
    let half = send(half).await;
    assert_eq!(half.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(is_wrong(&half, "link_url_1"));
    assert_eq!(send(form(&stored, "Pierwszy tekst")).await.leads(), format!("/wsparcie/{mine}"));
    let late = send(form(&stored, "Drugi tekst")).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert!(late.text().contains("value=\"Drugi tekst\"") && late.text().contains("Pierwszy tekst"));
    let mut preview = form(&stored, "Trzeci tekst");
    preview.push(("action".to_owned(), "preview".to_owned()));
    assert!(send(preview).await.text().contains("id=\"podglad\""));
    for path in ["", "?fragment=1"] {
        let page = site.page(&format!("/wsparcie/{mine}{path}")).await.text();
        assert!(page.contains("OWES Próba") && page.contains("https://example.org/nabor"));
        assert!(page.contains("Dane potwierdzone") && page.contains("przez instytucję"));
        assert!(!page.contains("<script>alert"), "text stays text");
    }
    let links = format!(
        "select string_agg(position || label, ',' order by position) from support_link l join support_institution i on i.id = l.institution_id where slug = '{mine}'"
    );
    assert_eq!(text(&site, &links).await, format!("1Nabór,2{EVIL}"));
    assert!(text(&site, "select count(*) from audit_entry where thing = 'support_institution'").await == "1");
}
