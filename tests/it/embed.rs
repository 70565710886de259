//! The map in other people's pages: who may frame it, and the snippet that does.

use axum::http::StatusCode;

use crate::support::{Answer, Site, demo_config, demo_site};

fn directive(answer: &Answer, name: &str) -> String {
    let policy = answer.header("content-security-policy");
    let parts: Vec<&str> = policy.split(';').map(str::trim).filter(|part| part.starts_with(name)).collect();
    assert!(parts.len() < 2, "{name} twice: {policy}");
    parts.first().copied().unwrap_or_default().to_owned()
}

/// The snippet of a page, as text.
fn snippet(answer: &Answer) -> String {
    let text = answer.text();
    let code = text.split("<textarea").nth(1).and_then(|rest| rest.split_once('>')).expect("a snippet").1;
    let code = code.split("</textarea>").next().expect("its end");
    // What is in the page is escaped once more than what people copy.
    let entities = [("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#38;", "&")];
    entities.iter().fold(code.to_owned(), |code, (entity, character)| code.replace(entity, character))
}

/// Where its frame leads, on this site.
fn address(snippet: &str) -> String {
    let source = snippet.split("src=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("an address");
    source.strip_prefix("http://pestor.test").expect("on this site").replace("&amp;", "&")
}

#[tokio::test]
async fn only_the_embedded_map_may_be_framed_and_only_by_those_who_are_named() {
    let mut config = demo_config().await;
    config.embed_hosts = vec!["https://gmina.example".to_owned(), "https://ngo.example:8443".to_owned()];
    let site = Site::start(config.clone()).await;
    let frame = site.page("/embed").await;
    assert_eq!(frame.status, StatusCode::OK);
    assert_eq!(
        directive(&frame, "frame-ancestors"),
        "frame-ancestors 'self' https://gmina.example https://ngo.example:8443"
    );
    assert_eq!(directive(&frame, "default-src"), "default-src 'none'");
    assert_eq!(directive(&frame, "script-src"), "script-src 'self'");
    assert_eq!(frame.header("x-frame-options"), "");
    for path in ["/", "/lokale", "/osadz", "/logowanie", "/embed?layers=nic", "/embed/", "/nie-ma"] {
        let page = site.page(path).await;
        assert_eq!(directive(&page, "frame-ancestors"), "frame-ancestors 'none'", "{path}");
        assert_eq!(directive(&page, "frame-src"), if path == "/osadz" { "frame-src 'self'" } else { "" }, "{path}");
    }

    config.embed_hosts = vec!["*".to_owned()];
    let open = Site::start(config.clone()).await;
    assert_eq!(directive(&open.page("/embed").await, "frame-ancestors"), "frame-ancestors 'self' *");
    assert_eq!(directive(&open.page("/").await, "frame-ancestors"), "frame-ancestors 'none'");

    config.embed_hosts = Vec::new();
    let closed = Site::start(config).await;
    assert_eq!(directive(&closed.page("/embed").await, "frame-ancestors"), "frame-ancestors 'none'");
    let page = closed.page("/osadz").await.text();
    assert!(page.contains("osadzanie jest wyłączone") && !page.contains("<iframe class"), "said, not only refused");
}

#[tokio::test]
async fn the_snippet_shows_what_was_chosen() {
    let site = demo_site().await;
    let plain = snippet(&site.page("/osadz").await);
    assert_eq!(address(&plain), "/embed?lang=pl");
    assert!(plain.contains("title=\"") && plain.contains("height=\"480\"") && plain.starts_with("<iframe "), "{plain}");

    let form = "/osadz?layer=premises&layer=support&status=free&status=open_call&q=a%22%3E%3Cb%3E&height=600&area_min=";
    let chosen = snippet(&site.page(form).await);
    assert_eq!(
        address(&chosen),
        "/embed?status=free&status=open_call&q=a%22%3E%3Cb%3E&layers=support%2Cpremises&lang=pl"
    );
    assert!(chosen.contains("height=\"600\"") && !chosen.contains("<b>"), "{chosen}");
    let frame = site.page(&address(&chosen)).await;
    assert_eq!(frame.status, StatusCode::OK);
    let text = frame.text();
    assert!(text.contains("<noscript>") && text.contains("target=\"_blank\"") && !text.contains("site-header"));
    assert!(address(&snippet(&site.page("/osadz?lang=en").await)).ends_with("lang=en"));

    // From a link of the map: what it filters and where it looks, but not what was open in it.
    let link = "http://pestor.test/?status=free&near=18.6%2C53.01&radius_m=500&layers=premises&at=14%2F53.01%2F18.6&item=lokale%2Fx";
    let encoded: String = form_urlencoded::byte_serialize(link.as_bytes()).collect();
    let taken = site.page(&format!("/osadz?link={encoded}")).await;
    assert_eq!(taken.status, StatusCode::SEE_OTHER);
    let to = taken.header("location").to_owned();
    let shown = site.page(&to).await;
    let embedded = address(&snippet(&shown));
    let params = pestor::web::Params::parse(embedded.strip_prefix("/embed?").expect("the frame"));
    for (name, value) in [
        ("status", Some("free")),
        ("near", Some("18.6,53.01")),
        ("radius_m", Some("500")),
        ("layers", Some("premises")),
        ("at", Some("14/53.01/18.6")),
        ("item", None),
    ] {
        assert_eq!(params.one(name).expect("once"), value, "{name} in {embedded}");
    }
    assert!(shown.text().contains("data-remove-filter=\"near="), "the circle can be taken away");
    assert_eq!(site.page(&embedded).await.status, StatusCode::OK);

    for wrong in
        ["https://other.example/?status=free", "http://pestor.test/lokale?status=free", "mapa", "//pestor.test/"]
    {
        let encoded: String = form_urlencoded::byte_serialize(wrong.as_bytes()).collect();
        let answer = site.page(&format!("/osadz?link={encoded}")).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        assert!(answer.text().contains("To nie jest link do mapy") && answer.text().contains(wrong), "{wrong}");
    }
    for (path, parameter) in [
        ("/osadz?height=1", "height"),
        ("/osadz?height=x", "height"),
        ("/osadz?layer=roads", "layer"),
        ("/osadz?status=fre", "status"),
        ("/embed?status=fre", "status"),
        ("/embed?layers=roads", "layers"),
        ("/embed?near=1", "near"),
    ] {
        let answer = site.get(path).await;
        assert_eq!(
            (answer.status, &answer.json()["parameter"]),
            (StatusCode::BAD_REQUEST, &parameter.into()),
            "{path}"
        );
    }
}
