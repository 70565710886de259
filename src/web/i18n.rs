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
