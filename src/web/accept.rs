//! What a client takes.

use axum::http::{HeaderMap, header};

/// Whether the client takes a content coding (RFC 9110, 12.5.3): it names it, and not with the weight 0.
pub fn encoding(headers: &HeaderMap, wanted: &str) -> bool {
    headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok()).any(|value| {
        value.split(',').any(|coding| {
            let (name, parameters) = coding.split_once(';').unwrap_or((coding, ""));
            let refused = parameters.trim().strip_prefix("q=").and_then(|q| q.parse::<f32>().ok()) == Some(0.0);
            name.trim().eq_ignore_ascii_case(wanted) && !refused
        })
    })
}
