//! The query string as people and programs write it: repeated names are alternatives, a wrong value names its parameter.

use std::convert::Infallible;
use std::str::FromStr;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::error::{Error, Result};

/// More parameters than any honest request has.
const MOST: usize = 200;

/// Parameters of a query string, in order, percent-decoded. Empty values count as absent (forms send them), but where programs ask
/// they are refused ([`Params::only`]): whoever sends `status=` means something that we cannot know.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Params {
    given: Vec<(String, String)>,
    /// The first name that came without a value.
    empty: Option<String>,
}

impl Params {
    /// Reads a query string without its question mark.
    pub fn parse(query: &str) -> Self {
        let mut params = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let value = value.trim();
            if value.is_empty() {
                params.empty.get_or_insert_with(|| name.into_owned());
            } else if params.given.len() <= MOST {
                params.given.push((name.into_owned(), value.to_owned()));
            }
        }
        params
    }

    /// Name and value of every parameter.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.given.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Every value of a parameter.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.iter().filter(move |(n, _)| *n == name).map(|(_, value)| value)
    }

    /// The one value of a parameter.
    ///
    /// # Errors
    /// It is given twice.
    pub fn one<'a>(&'a self, name: &'a str) -> Result<Option<&'a str>> {
        let mut values = self.all(name);
        let first = values.next();
        if values.next().is_some() {
            return Err(Error::parameter(name, "is given more than once"));
        }
        first.map(|value| text(name, value)).transpose()
    }

    /// Every value of a parameter that takes any text.
    ///
    /// # Errors
    /// A value is no text.
    pub fn texts(&self, name: &str) -> Result<Vec<String>> {
        self.all(name).map(|value| text(name, value).map(str::to_owned)).collect()
    }

    /// The one value of a parameter, parsed; `expected` says what would be right.
    ///
    /// # Errors
    /// It is given twice or cannot be parsed.
    pub fn parsed<T: FromStr>(&self, name: &str, expected: &str) -> Result<Option<T>> {
        self.one(name)?
            .map(|value| value.parse().map_err(|_| Error::parameter(name, format!("“{value}” is not {expected}"))))
            .transpose()
    }

    /// Every value of a parameter that takes codes from a fixed list, without repeats, in the list's order.
    ///
    /// # Errors
    /// A value is not in the list.
    pub fn codes(&self, name: &str, known: &[&str]) -> Result<Vec<String>> {
        if let Some(value) = self.all(name).find(|value| !known.contains(value)) {
            return Err(Error::parameter(name, format!("“{value}” is not one of {}", known.join(", "))));
        }
        Ok(known
            .iter()
            .filter(|code| self.all(name).any(|value| value == **code))
            .map(|code| (*code).to_owned())
            .collect())
    }

    /// Refuses parameters that are not in any of the lists, and such without a value; `v` is known everywhere.
    ///
    /// # Errors
    /// A parameter is unknown or empty, or there are absurdly many.
    pub fn only(&self, known: &[&[&str]]) -> Result<()> {
        if let Some((name, _)) = self.given.get(MOST) {
            return Err(Error::parameter(name, format!("is one of more than {MOST} parameters")));
        }
        let names = self.iter().map(|(name, _)| name).chain(self.empty.as_deref());
        let mut unknown = names.filter(|name| *name != "v" && !known.iter().any(|list| list.contains(name)));
        if let Some(name) = unknown.next() {
            return Err(Error::parameter(name, "is not known here"));
        }
        match &self.empty {
            Some(name) => Err(Error::parameter(name, "is empty; leave it out, or give it a value")),
            None => Ok(()),
        }
    }

    /// The parameters with those for which `keep` is false left out, as a query string (no question mark).
    pub fn query(&self, keep: impl Fn(&str, &str) -> bool) -> String {
        let kept = self.iter().filter(|(name, value)| keep(name, value));
        form_urlencoded::Serializer::new(String::new()).extend_pairs(kept).finish()
    }

    /// The parameters with one set to a single value, or removed, as a query string.
    pub fn with(&self, name: &str, value: Option<&str>) -> String {
        let rest = self.iter().filter(|(n, _)| *n != name).chain(value.map(|value| (name, value)));
        form_urlencoded::Serializer::new(String::new()).extend_pairs(rest).finish()
    }
}

/// A value without NUL, which no text in the database has, and for which it refuses to look.
fn text<'a>(name: &str, value: &'a str) -> Result<&'a str> {
    if value.contains('\0') {
        return Err(Error::parameter(name, "has a character that no text has: NUL"));
    }
    Ok(value)
}

impl<S: Sync> FromRequestParts<S> for Params {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::parse(parts.uri.query().unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_decoded_and_empty_ones_absent() {
        let params = Params::parse("q=%C5%BC%C3%B3%C5%82w&status=&status=free&status=occupied");
        assert_eq!(params.one("q").expect("once"), Some("żółw"));
        assert_eq!(params.codes("status", &["occupied", "free"]).expect("known"), ["occupied", "free"]);
        assert!(params.one("status").is_err());
    }

    #[test]
    fn wrong_input_names_the_parameter() {
        let params = Params::parse("status=fre&area_min=x&colour=red");
        let texts = [
            params.codes("status", &["free"]).expect_err("unknown code").to_string(),
            params.parsed::<f64>("area_min", "a number").expect_err("no number").to_string(),
            params.only(&[&["status", "area_min"]]).expect_err("unknown name").to_string(),
        ];
        assert!(texts[0].contains("status") && texts[0].contains("fre"));
        assert!(texts[1].contains("area_min"));
        assert!(texts[2].contains("colour"));
        assert!(Params::parse("area_min=1&status=+").only(&[&["status", "area_min"]]).is_err_and(|error| {
            let text = error.to_string();
            text.contains("status") && text.contains("empty")
        }));
        assert!(Params::parse("colour=").only(&[&["status"]]).is_err_and(|error| error.to_string().contains("colour")));
        let nul = Params::parse("q=a%00b");
        assert!(nul.one("q").is_err() && nul.texts("q").is_err());
    }

    #[test]
    fn links_keep_the_rest() {
        let params = Params::parse("status=free&page=3&q=a+b");
        assert_eq!(params.with("page", None), "status=free&q=a+b");
        assert_eq!(params.with("page", Some("4")), "status=free&q=a+b&page=4");
        assert_eq!(params.query(|name, _| name == "q"), "q=a+b");
    }
}
