//! Cells become values. Every function takes a trimmed, non-empty text and says in its error what would be right.

use std::borrow::Cow;

use time::Date;
use time::macros::format_description;

/// One line: every run of white space, also non-breaking, becomes one space.
pub fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Plain text with paragraphs: white space is tidied within lines, and at most one empty line stands between two.
pub fn prose(text: &str) -> String {
    let mut tidy = String::new();
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    for line in text.lines().map(one_line) {
        if !(line.is_empty() && (tidy.is_empty() || tidy.ends_with("\n\n"))) {
            tidy.push_str(&line);
            tidy.push('\n');
        }
    }
    tidy.truncate(tidy.trim_end().len());
    tidy
}

/// The first character that has no place in a text: a control character other than tab and line break.
pub fn stray_control(text: &str) -> Option<char> {
    text.chars().find(|c| c.is_control() && !c.is_whitespace())
}

/// What the reasons of codes that are none have in them.
pub const UNKNOWN_CODE: &str = "is not one of ";

/// A code out of a list.
pub fn code(list: &'static [&'static str]) -> impl Fn(&str) -> Result<&'static str, String> {
    move |text| {
        let found = list.iter().find(|code| **code == text).copied();
        found.ok_or_else(|| format!("{UNKNOWN_CODE}{}", list.join(", ")))
    }
}

/// Codes out of a list, separated by `;`, in the order given and without repeats.
pub fn codes(list: &'static [&'static str]) -> impl Fn(&str) -> Result<Vec<&'static str>, String> {
    move |text| {
        let mut found = Vec::new();
        for word in text.split(';').map(str::trim).filter(|word| !word.is_empty()) {
            let one = code(list)(word).map_err(|reason| format!("\"{word}\" {reason} (several are separated by ;)"))?;
            if !found.contains(&one) {
                found.push(one);
            }
        }
        Ok(found)
    }
}

/// `true` or `false`, in Polish `tak` or `nie`.
pub fn boolean(text: &str) -> Result<bool, String> {
    match text.to_lowercase().as_str() {
        "true" | "tak" => Ok(true),
        "false" | "nie" => Ok(false),
        _ => Err("is neither true nor false".to_owned()),
    }
}

/// A day: `YYYY-MM-DD`, or as it is written in Poland, `DD.MM.YYYY`. What has slashes could be either way round.
pub fn date(text: &str) -> Result<Date, String> {
    Date::parse(text, format_description!("[year]-[month]-[day]"))
        .or_else(|_| Date::parse(text, format_description!("[day padding:none].[month padding:none].[year]")))
        .map_err(|_| "is no date; write YYYY-MM-DD, as in 2026-05-31".to_owned())
}

/// A number as offices write them, `1 234,50`, with a dot and without the spaces.
fn dotted(text: &str) -> Cow<'_, str> {
    let spaced = text.contains(char::is_whitespace);
    if !spaced && !text.contains(',') {
        return Cow::Borrowed(text);
    }
    // A space groups three digits; anywhere else it parts two numbers. One comma marks decimals where no dot does.
    let whole = text.split([',', '.']).next().unwrap_or_default();
    let groups: Vec<&str> = whole.split_whitespace().collect();
    let grouped = !spaced
        || (text.chars().filter(|c| c.is_whitespace()).count() == groups.len() - 1
            && groups.iter().skip(1).all(|group| group.len() == 3)
            && groups.first().is_some_and(|group| group.len() <= 3));
    if !grouped || text.matches(',').count() > 1 || (text.contains(',') && text.contains('.')) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().filter(|c| !c.is_whitespace()).map(|c| if c == ',' { '.' } else { c }).collect())
}

/// A decimal that fits `numeric(digits + scale, scale)` and is not negative; it stays text, so nothing is rounded.
pub fn decimal(digits: usize, scale: usize) -> impl Fn(&str) -> Result<String, String> {
    move |text| {
        if text.starts_with('-') {
            return Err("must not be negative".to_owned());
        }
        let text = &*dotted(text);
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !plain(whole) || !plain(fraction) {
            return Err("is no number; write digits, and decimals after a dot or a comma".to_owned());
        }
        if whole.trim_start_matches('0').len() > digits {
            return Err(format!("is too large; at most {digits} digits stand before the dot"));
        }
        if fraction.trim_end_matches('0').len() > scale {
            return Err(format!("has more than {scale} decimals"));
        }
        Ok(text.to_owned())
    }
}

/// A whole number from 1.
pub fn count(text: &str) -> Result<i32, String> {
    let number = text.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| "is no whole number from 1 up".to_owned())
}

/// Degrees, as a decimal.
pub fn degrees(text: &str) -> Result<f64, String> {
    coordinate(text).map_err(|_| "is no number of degrees".to_owned())
}

/// A coordinate of a plane or of the globe.
pub fn coordinate(text: &str) -> Result<f64, String> {
    let number = dotted(text.trim()).parse::<f64>().ok().filter(|number| number.is_finite());
    number.ok_or_else(|| "is no number".to_owned())
}

fn digits(text: &str) -> Vec<u32> {
    text.chars().filter_map(|c| c.to_digit(10)).collect()
}

fn weighted(digits: &[u32], weights: &[u32]) -> u32 {
    digits.iter().zip(weights).map(|(digit, weight)| digit * weight).sum()
}

/// Only the digits; hyphens and spaces, as people group them, are dropped.
fn grouped(text: &str, lengths: &[usize]) -> Result<String, String> {
    let plain: String = text.chars().filter(|c| !matches!(c, '-' | ' ')).collect();
    let wanted = lengths.iter().map(usize::to_string).collect::<Vec<_>>().join(" or ");
    if !plain.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("must be {wanted} digits"));
    }
    if !lengths.contains(&plain.len()) {
        let lost = if plain.len() < lengths[0] { " (were zeros at the start lost in a spreadsheet?)" } else { "" };
        return Err(format!("has {} digits; must be {wanted}{lost}", plain.len()));
    }
    if plain.bytes().all(|byte| byte == b'0') {
        return Err("is all zeros; leave it empty where it is not known".to_owned());
    }
    Ok(plain)
}

/// NIP: ten digits, the last one a checksum modulo 11.
pub fn nip(text: &str) -> Result<String, String> {
    let text = grouped(text, &[10])?;
    let digits = digits(&text);
    let sum = weighted(&digits, &[6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11;
    if digits.last() == Some(&sum) { Ok(text) } else { Err("checksum does not match; is a digit mistyped?".to_owned()) }
}

/// REGON: 9 or 14 digits, the last one a checksum modulo 11; 14 contain a valid 9.
pub fn regon(text: &str) -> Result<String, String> {
    let text = grouped(text, &[9, 14])?;
    let digits = digits(&text);
    let short = weighted(&digits, &[8, 9, 2, 3, 4, 5, 6, 7]) % 11 % 10;
    let long = weighted(&digits, &[2, 4, 8, 5, 0, 9, 7, 3, 6, 1, 2, 4, 8]) % 11 % 10;
    if digits.get(8) == Some(&short) && digits.get(13).is_none_or(|last| *last == long) {
        Ok(text)
    } else {
        Err("checksum does not match; is a digit mistyped?".to_owned())
    }
}

/// KRS: ten digits.
pub fn krs(text: &str) -> Result<String, String> {
    grouped(text, &[10])
}

/// TERYT code of a gmina: seven digits.
pub fn teryt(text: &str) -> Result<String, String> {
    grouped(text, &[7])
}

/// SIMC code of a town or village: seven digits.
pub fn simc(text: &str) -> Result<String, String> {
    grouped(text, &[7])
}

/// ULIC code of a street's name: five digits.
pub fn ulic(text: &str) -> Result<String, String> {
    grouped(text, &[5])
}

/// TERYT code of a region: the country is 00, a voivodeship has two digits, a county four.
pub fn region_code(level: &str, text: &str) -> Result<String, String> {
    match level {
        "country" if text == "00" => Ok(text.to_owned()),
        "country" => Err("is not 00, the code of the country".to_owned()),
        "voivodeship" => grouped(text, &[2]),
        _ => grouped(text, &[4]),
    }
}

/// Polish postal code, `NN-NNN`.
pub fn postal_code(text: &str) -> Result<String, String> {
    let right = text.len() == 6
        && text.bytes().enumerate().all(|(i, byte)| if i == 2 { byte == b'-' } else { byte.is_ascii_digit() });
    if right { Ok(text.to_owned()) } else { Err("is no postal code; write NN-NNN, as in 87-100".to_owned()) }
}

/// CPV code with its check digit, `NNNNNNNN-N`.
pub fn cpv(text: &str) -> Result<String, String> {
    let right = text.len() == 10
        && text.bytes().enumerate().all(|(i, byte)| if i == 8 { byte == b'-' } else { byte.is_ascii_digit() });
    if right { Ok(text.to_owned()) } else { Err("is no CPV code; write NNNNNNNN-N".to_owned()) }
}

/// Code of a category: small letters, digits and `_`.
pub fn category_code(text: &str) -> Result<String, String> {
    let right = text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if right {
        Ok(text.to_owned())
    } else {
        Err("must be small letters a–z, digits and _, a letter first".to_owned())
    }
}

/// A web address with `http://` or `https://`: other schemes could run code when clicked.
pub fn url(text: &str) -> Result<String, String> {
    let lower = text.to_ascii_lowercase();
    let host = lower.strip_prefix("https://").or_else(|| lower.strip_prefix("http://"));
    match host {
        None => Err("is no web address; it must start with https:// or http://".to_owned()),
        Some(host) if host.is_empty() || host.starts_with(['/', '?', '#', ':']) => Err("names no host".to_owned()),
        Some(_) if text.contains(char::is_whitespace) => Err("contains a space; give one web address".to_owned()),
        Some(_) => Ok(text.to_owned()),
    }
}

/// An e-mail address, by its shape.
pub fn email(text: &str) -> Result<String, String> {
    let right = text.split_once('@').is_some_and(|(user, host)| {
        !user.is_empty()
            && host.contains('.')
            && host.split('.').all(|part| !part.is_empty())
            && !host.contains('@')
            && !text.contains(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '<' | '>'))
    });
    if right { Ok(text.to_owned()) } else { Err("is no e-mail address; write one, as in biuro@example.org".to_owned()) }
}

/// Name of a picture in the media folder.
pub fn file_name(text: &str) -> Result<String, String> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let right = text.bytes().next().is_some_and(plain)
        && text.bytes().all(|byte| plain(byte) || matches!(byte, b'.' | b'_' | b'-'));
    if right { Ok(text.to_owned()) } else { Err("is no file name of small letters, digits, . _ and -".to_owned()) }
}

/// Pairs `left|right; left|right`; `right` holds for the right or the left half, as the column has it.
pub fn pairs(text: &str, halves: &str) -> Result<Vec<(String, String)>, String> {
    let words = text.split(';').map(str::trim).filter(|word| !word.is_empty());
    words
        .map(|word| match word.split_once('|') {
            Some((left, right)) if !left.trim().is_empty() && !right.trim().is_empty() => {
                Ok((one_line(left), one_line(right)))
            }
            _ => Err(format!("\"{word}\" is not \"{halves}\" (several are separated by ;)")),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn texts_are_tidied() {
        assert_eq!(one_line("  ul.\u{a0}Szeroka \t 5\n"), "ul. Szeroka 5");
        assert_eq!(prose("\r\n a\u{a0} b \r\n\r\n\r\n c\rd \n\n"), "a b\n\nc\nd");
        assert_eq!(prose(" \n "), "");
        assert_eq!(stray_control("a\tb\n"), None);
        assert_eq!(stray_control("a\0"), Some('\0'));
    }

    #[test]
    fn identifiers_have_checksums() {
        assert_eq!(nip("879-017-72-91").as_deref(), Ok("8790177291"));
        assert!(nip("8790177290").expect_err("refused").contains("checksum"));
        assert!(nip("879017729").expect_err("refused").contains("has 9 digits; must be 10 (were zeros"));
        assert!(nip("87901772911").expect_err("refused").contains("has 11 digits"));
        assert!(nip("0000000000").expect_err("refused").contains("all zeros"));
        assert_eq!(regon("123456785").as_deref(), Ok("123456785"));
        assert_eq!(regon("12345678512347").as_deref(), Ok("12345678512347"));
        assert!(regon("123456786").is_err() && regon("12345678512348").is_err() && regon("1234567890").is_err());
        assert!(krs("0000123456").is_ok() && krs("123456").is_err() && krs("KRS1234567").is_err());
    }

    #[test]
    fn numbers_keep_what_was_written() {
        let area = decimal(6, 2);
        for good in ["232.78", "0", "007.50", "999999.99", "1.500"] {
            assert_eq!(area(good).as_deref(), Ok(good));
        }
        assert_eq!(area("1 234,50").as_deref(), Ok("1234.50"));
        for (bad, part) in [
            ("-1", "negative"),
            ("1,234.5", "digits"),
            ("12 34", "digits"),
            ("1.", "digits"),
            ("1e3", "digits"),
            ("1.234", "2 decimals"),
            ("1000000", "large"),
        ] {
            assert!(area(bad).expect_err(bad).contains(part), "{bad}");
        }
        assert!(count("1").is_ok() && count("0").is_err() && count("1.5").is_err() && count("99999999999").is_err());
        assert!(
            degrees("18.6").is_ok()
                && degrees("18,6") == Ok(18.6)
                && degrees("18,6,1").is_err()
                && degrees("NaN").is_err()
        );
    }

    #[test]
    fn shapes_of_texts() {
        assert!(
            date("2024-02-29").is_ok()
                && date("2023-02-29").is_err()
                && date("1.5.2024") == date("2024-05-01")
                && date("1/5/2024").is_err()
        );
        assert!(postal_code("87-100").is_ok() && postal_code("87100").is_err() && postal_code("ż7-10").is_err());
        assert!(url("HTTPS://a.pl/x").is_ok() && url("javascript:alert(1)").is_err() && url("https://").is_err());
        assert!(url("www.a.pl").is_err() && url("https://a.pl b").is_err());
        assert!(email("a@b.pl").is_ok());
        for bad in ["a", "a@b", "@b.pl", "a@b.pl, c@d.pl", "a@.pl", "a@b@c.pl"] {
            assert!(email(bad).is_err(), "{bad}");
        }
        assert!(cpv("55520000-1").is_ok() && cpv("55520000").is_err());
        assert!(file_name("a-1.jpg").is_ok() && file_name("../a").is_err() && file_name("A.jpg").is_err());
    }

    #[test]
    fn lists() {
        assert_eq!(codes(&["a", "b"])("b; a;b;"), Ok(vec!["b", "a"]));
        assert!(codes(&["a"])("a;x").expect_err("refused").contains("\"x\" is not one of a"));
        assert_eq!(pairs("a|b; c | d", "x|y"), Ok(vec![("a".into(), "b".into()), ("c".into(), "d".into())]));
        assert!(pairs("a", "label|address").expect_err("refused").contains("label|address"));
    }

    proptest! {
        #[test]
        fn never_panics(text in ".{1,20}") {
            let _ = (nip(&text), regon(&text), date(&text), url(&text), email(&text), postal_code(&text), prose(&text));
        }
    }
}
