//! schema.org descriptions (JSON-LD) inside a page.

use serde_json::Value;

/// The text of a `<script type="application/ld+json">`. What could end the element or start another is written as a
/// JSON escape, so that no text from the data leaves it (HTML Living Standard, 4.12.1.3).
pub fn script(value: &Value) -> String {
    let text = value.to_string();
    text.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

/// Leaves out what is empty: absent is better than blank.
pub fn prune(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let kept = map.into_iter().map(|(key, value)| (key, prune(value)));
            Value::Object(kept.filter(|(_, value)| !is_blank(value)).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(prune).filter(|value| !is_blank(value)).collect()),
        other => other,
    }
}

fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.keys().all(|key| key == "@type"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn text_stays_in_the_element() {
        let text = script(&json!({ "name": "</script><script>alert(1)</script><!-- & -->" }));
        assert!(!text.contains(['<', '>', '&']));
        let back: Value = serde_json::from_str(&text).expect("still JSON");
        assert_eq!(back["name"], "</script><script>alert(1)</script><!-- & -->");
    }

    #[test]
    fn blanks_are_left_out() {
        let pruned = prune(json!({ "a": "", "b": null, "c": { "@type": "Place" }, "d": [""], "e": 0 }));
        assert_eq!(pruned, json!({ "e": 0 }));
    }
}
