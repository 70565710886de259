//! Headers that keep a page to itself.

use axum::http::HeaderValue;

use crate::config::{Basemap, BasemapKind, Config};

/// The Content-Security-Policy: only this site, and the origins of the basemaps that the configuration offers. Nobody shows it in a frame.
pub fn content_security_policy(config: &Config) -> HeaderValue {
    policy(config, "", "'none'")
}

/// The same for the map that other sites may show in a frame: those that the configuration allows.
pub fn embeddable(config: &Config) -> HeaderValue {
    match config.embed_hosts.as_slice() {
        [] => policy(config, "", "'none'"),
        hosts => policy(config, "", &format!("'self' {}", hosts.join(" "))),
    }
}

/// The same for the page that shows that map in a frame of its own.
pub fn framing(config: &Config) -> HeaderValue {
    policy(config, " frame-src 'self';", "'none'")
}

fn policy(config: &Config, frames: &str, ancestors: &str) -> HeaderValue {
    let list = |wanted: &dyn Fn(&Basemap) -> bool| {
        let mut origins: Vec<String> =
            config.basemaps.iter().filter(|b| wanted(b)).flat_map(Basemap::origins).collect();
        origins.sort();
        origins.dedup();
        origins.iter().map(|origin| format!(" {origin}")).collect::<String>()
    };
    let connect = list(&|_| true);
    let images = list(&|basemap| basemap.kind != BasemapKind::Pmtiles);
    let policy = format!(
        "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; font-src 'self'; \
         manifest-src 'self'; connect-src 'self'{connect}; img-src 'self' data: blob:{images}; \
         form-action 'self'; base-uri 'none';{frames} frame-ancestors {ancestors}"
    );
    // Origins are checked where the configuration is read, so this cannot fail; the closed policy is the safe answer.
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
}
