//! Checks of a form, field by field. All that is wrong is said at once, each in words and at its field.

use std::ops::RangeInclusive;

use time::Date;

use super::Lang;
use super::form::{Form, FormView};
use super::format::parse_iso_date;

/// A form that is being checked. A method that finds something wrong notes it and returns an empty value.
pub struct Check<'a> {
    form: &'a Form,
    lang: Lang,
    errors: Vec<(String, String)>,
}

impl<'a> Check<'a> {
    pub(super) fn new(form: &'a Form, lang: Lang) -> Self {
        Self { form, lang, errors: Vec::new() }
    }

    /// Notes that a field is wrong, in the words of a key.
    pub fn fail(&mut self, field: &str, key: &str) {
        self.fail_text(field, self.lang.t(key));
    }

    /// Notes that a field is wrong, in these words. The first thing that is wrong with a field counts.
    pub fn fail_text(&mut self, field: &str, text: String) {
        if !self.errors.iter().any(|(name, _)| name == field) {
            self.errors.push((field.to_owned(), text));
        }
    }

    /// A line of text of so many characters, trimmed; 0 as the least makes it optional.
    pub fn line(&mut self, field: &str, length: RangeInclusive<usize>) -> String {
        let text = self.form.value(field).trim();
        if text.chars().any(char::is_control) {
            self.fail(field, "form-error-characters");
            return String::new();
        }
        self.sized(field, text.to_owned(), length)
    }

    /// Text of so many characters in lines and paragraphs.
    pub fn text(&mut self, field: &str, length: RangeInclusive<usize>) -> String {
        let text = self.form.value(field).replace("\r\n", "\n");
        let text = text.trim();
        if text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
            self.fail(field, "form-error-characters");
            return String::new();
        }
        self.sized(field, text.to_owned(), length)
    }

    fn sized(&mut self, field: &str, text: String, length: RangeInclusive<usize>) -> String {
        let count = text.chars().count();
        if length.contains(&count) {
            return text;
        }
        let number = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        if count == 0 {
            self.fail(field, "form-error-required");
        } else if count < *length.start() {
            self.fail_text(field, self.lang.n("form-error-short", number(*length.start())));
        } else {
            self.fail_text(field, self.lang.n("form-error-long", number(*length.end())));
        }
        String::new()
    }

    /// One of these codes; none counts as wrong.
    pub fn choice<'c>(&mut self, field: &str, codes: &[&'c str]) -> &'c str {
        let value = self.form.value(field);
        codes.iter().find(|code| **code == value).copied().unwrap_or_else(|| {
            self.fail(field, "form-error-choice");
            ""
        })
    }

    /// Any of these codes, in the order of the list.
    pub fn choices(&mut self, field: &str, codes: &[&str]) -> Vec<String> {
        if self.form.values(field).any(|value| !value.is_empty() && !codes.contains(&value)) {
            self.fail(field, "form-error-choice");
        }
        codes
            .iter()
            .filter(|code| self.form.values(field).any(|value| value == **code))
            .map(|c| (*c).to_owned())
            .collect()
    }

    /// True when a box is ticked.
    pub fn flag(&self, field: &str) -> bool {
        !matches!(self.form.value(field), "" | "false")
    }

    /// A box that has to be ticked; `key` says why.
    pub fn must(&mut self, field: &str, key: &str) {
        if !self.flag(field) {
            self.fail(field, key);
        }
    }

    /// A number as people write it (`1 234,50`), in a range, with at most two decimals; empty = none.
    pub fn number(&mut self, field: &str, range: RangeInclusive<f64>) -> Option<f64> {
        let text: String = self.form.value(field).chars().filter(|c| !c.is_whitespace()).collect();
        if text.is_empty() {
            return None;
        }
        let text = text.trim_end_matches("zł").replace(',', ".");
        let plain = text.bytes().all(|c| c.is_ascii_digit() || c == b'.' || c == b'-');
        let decimals = text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
        match text.parse::<f64>() {
            Ok(number) if plain && decimals <= 2 && range.contains(&number) => return Some(number),
            Ok(number) if plain && decimals <= 2 && !range.contains(&number) => {
                let [from, to] = [*range.start(), *range.end()].map(|end| self.lang.number(end, 0));
                self.fail_text(field, self.lang.x("form-error-range", &format!("{from}–{to}")));
            }
            _ => self.fail(field, "form-error-number"),
        }
        None
    }

    /// A whole number in a range; empty = none.
    pub fn integer(&mut self, field: &str, range: RangeInclusive<i32>) -> Option<i32> {
        let text = self.form.value(field).trim();
        if text.is_empty() {
            return None;
        }
        match text.parse() {
            Ok(number) if range.contains(&number) => return Some(number),
            Ok(_) => {
                let span = format!("{}–{}", range.start(), range.end());
                self.fail_text(field, self.lang.x("form-error-range", &span));
            }
            Err(_) => self.fail(field, "form-error-integer"),
        }
        None
    }

    /// A day as a date field sends it, or as people write it (`21.11.2026`); empty = none.
    pub fn date(&mut self, field: &str) -> Option<Date> {
        let text = self.form.value(field).trim();
        if text.is_empty() {
            return None;
        }
        let parts: Vec<&str> = text.split('.').collect();
        let iso = match parts[..] {
            [day, month, year] => format!("{year}-{month:0>2}-{day:0>2}"),
            _ => text.to_owned(),
        };
        // Years that a database and people know.
        let date = parse_iso_date(&iso).filter(|date| (1900..2200).contains(&date.year()));
        if date.is_none() {
            self.fail(field, "form-error-date");
        }
        date
    }

    /// An e-mail address, in lower case.
    pub fn email(&mut self, field: &str) -> String {
        let text = self.form.value(field).trim().to_lowercase();
        if text.is_empty() {
            self.fail(field, "form-error-required");
        } else if !is_email(&text) {
            self.fail(field, "form-error-email");
        } else {
            return text;
        }
        String::new()
    }

    /// An e-mail address, in lower case, or nothing.
    pub fn email_if_given(&mut self, field: &str) -> String {
        if self.form.value(field).trim().is_empty() { String::new() } else { self.email(field) }
    }

    /// A longitude or latitude in degrees, with a point or a comma, rounded to a decimetre; empty = none.
    pub fn degrees(&mut self, field: &str, range: RangeInclusive<f64>) -> Option<f64> {
        let text = self.form.value(field).trim().replace(',', ".");
        if text.is_empty() {
            return None;
        }
        let plain = text.len() <= 24 && text.bytes().all(|c| c.is_ascii_digit() || c == b'.' || c == b'-');
        let degrees = text.parse::<f64>().ok().filter(|degrees| plain && range.contains(degrees));
        if degrees.is_none() {
            self.fail(field, "form-error-degrees");
        }
        degrees.map(|degrees| (degrees * 1e6).round() / 1e6)
    }

    /// A web address, empty or with its scheme; `https://` is put before one without.
    pub fn website(&mut self, field: &str) -> String {
        let text = self.line(field, 0..=300);
        if text.is_empty() {
            return text;
        }
        let lower = text.to_lowercase();
        let full = if lower.starts_with("http://") || lower.starts_with("https://") {
            text
        } else {
            format!("https://{text}")
        };
        let host =
            full.split_once("://").map_or("", |(_, rest)| rest.split(['/', '?', '#']).next().unwrap_or_default());
        let plain = !full.contains(|c: char| c.is_whitespace() || "<>\"'`\\".contains(c));
        if !plain || !host.contains('.') || host.contains('@') {
            self.fail(field, "form-error-website");
            return String::new();
        }
        full
    }

    /// Done: nothing is wrong, or the form as it is to be shown again.
    ///
    /// # Errors
    /// Something is wrong.
    pub fn finish(self) -> Result<(), FormView> {
        if self.errors.is_empty() {
            return Ok(());
        }
        Err(FormView { form: self.form.clone(), errors: self.errors })
    }
}

/// True for an address that mail can go to.
fn is_email(text: &str) -> bool {
    text.len() <= 254
        && text.is_ascii()
        && text.rsplit_once('@').is_some_and(|(_, host)| host.contains('.') || host == "localhost")
        && text.parse::<lettre::Address>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(fields: &[(&'static str, &str)]) -> Form {
        Form::of(fields.iter().map(|(name, value)| (*name, (*value).to_owned())))
    }

    #[test]
    fn numbers_and_days_as_people_write_them() {
        let form = form(&[
            ("a", "1 234,50"),
            ("b", "12,345"),
            ("c", "-1"),
            ("d", "1.2.2026"),
            ("e", "31.02.2026"),
            ("f", "1e5"),
        ]);
        let mut check = form.check(Lang::Pl);
        assert_eq!(check.number("a", 0.0..=1e6), Some(1234.5));
        for field in ["b", "c", "f"] {
            assert_eq!(check.number(field, 0.0..=1e6), None, "{field}");
        }
        assert_eq!(check.date("d"), parse_iso_date("2026-02-01"));
        assert_eq!(check.date("e"), None);
        let view = check.finish().expect_err("four are wrong");
        assert_eq!(view.errors().iter().map(|(field, _)| field.as_str()).collect::<Vec<_>>(), ["b", "c", "f", "e"]);
    }

    #[test]
    fn addresses() {
        for (text, good) in [
            ("jan@example.org", true),
            ("JAN@Example.org", true),
            ("jan", false),
            ("jan@x", false),
            ("a b@example.org", false),
            ("a@example.org\r\nBcc: b@example.org", false),
            ("a@example.org,b@example.org", false),
            ("żółw@example.org", false),
        ] {
            let form = form(&[("email", text)]);
            assert_eq!(!form.check(Lang::Pl).email("email").is_empty(), good, "{text}");
        }
        for (text, good) in [
            ("example.org/a?b=c", "https://example.org/a?b=c"),
            ("http://example.org", "http://example.org"),
            ("javascript:alert(1)", ""),
            ("https://a\"onclick=x", ""),
            ("https://user@example.org", ""),
        ] {
            let form = form(&[("website", text)]);
            assert_eq!(form.check(Lang::Pl).website("website"), good, "{text}");
        }
    }

    #[test]
    fn degrees_come_with_a_point_or_a_comma() {
        let form = form(&[("a", " 53,0137948"), ("b", "18.6"), ("c", "1e1"), ("d", "NaN"), ("e", "91"), ("f", "")]);
        let mut check = form.check(Lang::Pl);
        let read: Vec<_> = ["a", "b", "c", "d", "e", "f"].map(|field| check.degrees(field, -90.0..=90.0)).into();
        assert_eq!(read, [Some(53.013_795), Some(18.6), None, None, None, None]);
        assert_eq!(check.finish().expect_err("three are wrong").errors().len(), 3);
    }

    #[test]
    fn secrets_are_not_shown_again() {
        let view = form(&[("password", "tajne"), ("name", "Jan")]).view();
        assert_eq!((view.value("password"), view.value("name")), ("", "Jan"));
    }
}
