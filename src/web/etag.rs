//! Entity tags.

use axum::http::{HeaderMap, HeaderValue, header};

/// Whether the client has this very representation (RFC 9110, 13.1.2: comparison is weak).
pub fn matches(headers: &HeaderMap, etag: &HeaderValue) -> bool {
    headers.get(header::IF_NONE_MATCH).is_some_and(|tag| tag == etag)
        || headers
            .get_all(header::IF_NONE_MATCH)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .map(str::trim)
            .any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag).as_bytes() == etag.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_tags_match() {
        let asked = |value| HeaderMap::from_iter([(header::IF_NONE_MATCH, HeaderValue::from_static(value))]);
        let known = |value| matches(&asked(value), &HeaderValue::from_static("\"abc\""));
        assert!(known("\"abc\"") && known("W/\"abc\"") && known("\"x\", \"abc\"") && known("*"));
        assert!(!known("\"abcd\"") && !known("abc"));
    }
}
