//! Polish and English, from the Fluent files in `web/locales`.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use fluent_templates::fluent_bundle::FluentValue;
use fluent_templates::{LanguageIdentifier, Loader, langid, static_loader};

static_loader! {
    static LOCALES = {
        locales: "./web/locales",
        fallback_language: "pl",
        // The marks around inserted values confuse search engines and copying, and both languages run left to right.
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

static PL: LanguageIdentifier = langid!("pl");
static EN: LanguageIdentifier = langid!("en");

/// The language of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Lang {
    /// Polish, the language of the law and of most users.
    #[default]
    Pl,
    /// English.
    En,
}

impl Lang {
    /// BCP 47 tag.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Pl => "pl",
            Self::En => "en",
        }
    }

    /// The language of a tag that the site speaks.
    pub fn from_tag(tag: &str) -> Option<Self> {
        [Self::Pl, Self::En].into_iter().find(|lang| lang.tag() == tag)
    }

    fn id(self) -> &'static LanguageIdentifier {
        match self {
            Self::Pl => &PL,
            Self::En => &EN,
        }
    }

    /// The words behind a key. A key without words shows itself, which the tests look for.
    pub fn t(self, key: &str) -> String {
        LOCALES.try_lookup(self.id(), key).unwrap_or_else(|| format!("[{key}]"))
    }

    /// The words behind a key with a number in them: `{ $n }` chooses the plural.
    pub fn n(self, key: &str, n: i64) -> String {
        self.args(key, &[("n", FluentValue::from(n))])
    }

    /// The words behind a key with a text in them: `{ $x }`.
    pub fn x(self, key: &str, x: &str) -> String {
        self.args(key, &[("x", FluentValue::from(x))])
    }

    fn args(self, key: &str, args: &[(&'static str, FluentValue<'_>)]) -> String {
        let args: HashMap<Cow<'static, str>, FluentValue<'_>> =
            args.iter().map(|(name, value)| (Cow::Borrowed(*name), value.clone())).collect();
        LOCALES.try_lookup_with_args(self.id(), key, &args).unwrap_or_else(|| format!("[{key}]"))
    }

    /// The words of every key that begins with `prefix`, by the rest of the key: what a script needs.
    pub fn with_prefix(self, prefix: &str) -> BTreeMap<String, String> {
        // The keys stand in the Polish file; the tests see to it that every language has all of them.
        include_str!("../../web/locales/pl/map.ftl")
            .lines()
            .filter_map(|line| line.split_once(" ="))
            .filter_map(|(key, _)| key.strip_prefix(prefix).map(|rest| (rest.to_owned(), self.t(key))))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    fn files(dir: &str) -> Vec<(String, String)> {
        let mut found = Vec::new();
        let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(dir)];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    found.push((path.display().to_string(), std::fs::read_to_string(&path).unwrap()));
                }
            }
        }
        found
    }

    fn keys(lang: Lang) -> BTreeSet<String> {
        let mut keys = BTreeSet::new();
        for (file, text) in files(&format!("web/locales/{}", lang.tag())) {
            for key in text.lines().filter_map(|line| line.split_once(" =")).map(|(key, _)| key) {
                if key.starts_with(|c: char| c.is_ascii_lowercase()) {
                    assert!(keys.insert(key.to_owned()), "{file}: {key} is there twice");
                }
            }
        }
        keys
    }

    #[test]
    fn both_languages_have_the_same_words() {
        let (pl, en) = (keys(Lang::Pl), keys(Lang::En));
        assert_eq!(pl.difference(&en).collect::<Vec<_>>(), Vec::<&String>::new(), "only in Polish");
        assert_eq!(en.difference(&pl).collect::<Vec<_>>(), Vec::<&String>::new(), "only in English");
    }

    #[test]
    fn every_key_a_template_names_has_words() {
        let known = keys(Lang::Pl);
        let mut named = 0;
        for (file, text) in files("web/templates") {
            for call in ["page.t(\"", "page.n(\"", "page.x(\"", "lang.t(\""] {
                for key in text.split(call).skip(1).filter_map(|rest| rest.split('"').next()) {
                    assert!(known.contains(key), "{file}: no words for {key}");
                    named += 1;
                }
            }
        }
        assert!(named > 100, "only {named} keys were found in the templates");
    }

    #[test]
    fn plurals_are_polish() {
        let said = |n| Lang::Pl.n("premises-count", n);
        let distinct: BTreeSet<String> = [1, 2, 5].into_iter().map(|n| said(n).replace(char::is_numeric, "")).collect();
        assert_eq!(distinct.len(), 3, "{distinct:?}");
    }
}
