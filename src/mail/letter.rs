//! From a letter to its two forms, plain text and HTML.

use askama::Template;

use super::{Letter, Part};
use crate::error::{Error, Result};
use crate::web::i18n::Lang;

/// A letter as it will be sent.
#[derive(Debug)]
pub(super) struct Written {
    pub subject: String,
    pub text: String,
    pub html: String,
    pub unsubscribe_url: Option<String>,
}

/// Width of plain text: 78 characters (RFC 5322 section 2.1.1) with a quotation's mark and one more.
const WIDTH: usize = 76;

/// Longest subject, in characters.
const SUBJECT: usize = 200;

#[derive(Template)]
#[template(path = "mail/letter.html")]
struct Html<'a> {
    lang: Lang,
    subject: &'a str,
    letter: &'a Letter,
}

#[derive(Template)]
#[template(path = "mail/letter.txt")]
struct Text<'a> {
    lang: Lang,
    blocks: Vec<String>,
    reason: String,
    automatic: String,
    unsubscribe_url: Option<&'a str>,
}

/// Writes a letter out.
///
/// # Errors
/// A link is no absolute address.
pub(super) fn write(letter: &Letter) -> Result<Written> {
    let letter = clean(letter)?;
    let lang = letter.lang;
    let html = Html { lang, subject: &letter.subject, letter: &letter }.render()?;
    let text = Text {
        lang,
        blocks: letter.parts.iter().map(block).collect(),
        reason: wrapped(&letter.reason, "", ""),
        automatic: wrapped(&lang.t("mail-automatic"), "", ""),
        unsubscribe_url: letter.unsubscribe_url.as_deref(),
    };
    let text = format!("{}\n", text.render()?.trim_end());
    Ok(Written { subject: letter.subject, text, html, unsubscribe_url: letter.unsubscribe_url })
}

/// The letter with nothing in it that is no text, and only real links.
fn clean(letter: &Letter) -> Result<Letter> {
    let item = |item: &super::Item| {
        Ok(super::Item { title: line(&item.title), url: link(&item.url)?, text: line(&item.text) })
    };
    let part = |part: &Part| {
        Ok(match part {
            Part::Text(text) => Part::Text(lines(text)),
            Part::Quote(text) => Part::Quote(lines(text)),
            Part::Button { label, url } => Part::Button { label: line(label), url: link(url)? },
            Part::List(items) => Part::List(items.iter().map(item).collect::<Result<_>>()?),
        })
    };
    let mut subject = line(&letter.subject);
    if let Some((end, _)) = subject.char_indices().nth(SUBJECT) {
        subject.truncate(end);
        subject.push('…');
    }
    Ok(Letter {
        lang: letter.lang,
        subject: if subject.is_empty() { letter.lang.t("site-title") } else { subject },
        parts: letter.parts.iter().map(part).collect::<Result<_>>()?,
        reason: line(&letter.reason),
        unsubscribe_url: letter.unsubscribe_url.as_deref().map(link).transpose()?,
    })
}

/// Whether a character ends a line somewhere, or means something to a terminal or a mail server.
fn is_break(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// One line of it: what breaks lines, and runs of spaces, become one space.
fn line(text: &str) -> String {
    text.split(|c: char| c == ' ' || is_break(c)).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Its lines, each as one; no more than one empty line between two.
fn lines(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let mut clean = String::with_capacity(text.len());
    for next in text.split(['\n', '\r']).map(line) {
        if !next.is_empty() || !clean.ends_with("\n\n") {
            clean.push_str(&next);
            clean.push('\n');
        }
    }
    clean.trim_matches('\n').to_owned()
}

/// An absolute address that is one word in every place it is put in.
fn link(url: &str) -> Result<String> {
    let scheme = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let plain = |b: u8| b.is_ascii_graphic() && !b"<>\"".contains(&b);
    match scheme {
        Some(rest) if !rest.is_empty() && url.len() <= 900 && rest.bytes().all(plain) => Ok(url.to_owned()),
        _ => Err(Error::internal(format!("a mail cannot hold this link: {url:?}"))),
    }
}

/// A part as plain text.
fn block(part: &Part) -> String {
    match part {
        Part::Text(text) => wrapped(text, "", ""),
        Part::Quote(text) => wrapped(text, "> ", "> "),
        Part::Button { label, url } => format!("{}\n{url}", wrapped(&format!("{label}:"), "", "")),
        Part::List(items) => {
            let item = |item: &super::Item| {
                let mut said = format!("{}\n  {}", wrapped(&item.title, "* ", "  "), item.url);
                if !item.text.is_empty() {
                    said.push('\n');
                    said.push_str(&wrapped(&item.text, "  ", "  "));
                }
                said
            };
            items.iter().map(item).collect::<Vec<_>>().join("\n\n")
        }
    }
}

/// Lines of at most [`WIDTH`] characters where words allow it, the first behind `first`, the others behind `rest`; none ends in
/// a space, which would mean something (RFC 3676), and none begins as a mailbox file's next mail does.
fn wrapped(text: &str, first: &str, rest: &str) -> String {
    let mut out: Vec<String> = Vec::new();
    for line in text.lines() {
        let mut words = line.split(' ');
        let mut now = words.next().unwrap_or_default().to_owned();
        let mut width = now.chars().count();
        for word in words {
            let more = word.chars().count();
            if width + 1 + more > WIDTH {
                out.push(std::mem::replace(&mut now, word.to_owned()));
                width = more;
            } else {
                now.push(' ');
                now.push_str(word);
                width += 1 + more;
            }
        }
        out.push(now);
    }
    let mut shown = String::new();
    for (i, line) in out.iter().enumerate() {
        let prefix = if i == 0 { first } else { rest };
        let stuffed = if prefix.is_empty() && line.starts_with("From ") { " " } else { prefix };
        shown.push_str(format!("{stuffed}{line}").trim_end());
        shown.push('\n');
    }
    shown.trim_end_matches('\n').to_owned()
}

/// Paragraphs of a text, each as its lines, for the HTML.
fn paragraphs(text: &str) -> Vec<Vec<&str>> {
    text.split("\n\n").map(|paragraph| paragraph.lines().collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::Item;

    fn letter(parts: Vec<Part>) -> Letter {
        Letter { lang: Lang::En, subject: "S".into(), parts, reason: "Because.".into(), unsubscribe_url: None }
    }

    #[test]
    fn what_people_write_stays_text() {
        let evil = "{{7*7}} {% include \"x\" %} { $x } <script>alert(1)</script> <b>\"bold\"</b> & '";
        let item = Item { title: evil.into(), url: "https://a.example/1?a=1&b=2".into(), text: evil.into() };
        let button = Part::Button { label: evil.into(), url: "https://a.example/?a=1&b='2'".into() };
        let parts = vec![Part::Text(evil.into()), Part::Quote(evil.into()), button, Part::List(vec![item])];
        let mut letter = letter(parts);
        letter.reason = evil.to_owned();
        letter.subject = evil.to_owned();
        let written = write(&letter).expect("written");
        assert_eq!(
            written.text.replace("\n> ", " ").replace('\n', " ").matches("{{7*7}} {% include \"x\" %}").count(),
            6
        );
        assert_eq!(written.html.matches("{{7*7}}").count(), 8, "{}", written.html);
        for markup in ["<script", "<b>", "&b=", "'2'"] {
            assert!(!written.html.contains(markup), "{markup} in {}", written.html);
        }
        assert!(!written.html.contains("49") && !written.text.contains("49"));
    }

    #[test]
    fn no_line_of_text_is_long_or_ends_in_a_space() {
        let words = "Zażółć gęślą jaźń, From  afar\u{a0}and\u{a0}near. ".repeat(40);
        let text = format!("{words}\r\n\r\n\r\n\r\nFrom here on\rnothing \0new\u{2028}comes \n-- \nx");
        let item = Item { title: words.clone(), url: "https://a.example/".into(), text: words };
        let url = format!("https://a.example/{}", "x".repeat(120));
        let button = Part::Button { label: "Go".into(), url: url.clone() };
        let parts = vec![Part::Text(text.clone()), Part::Quote(text), Part::List(vec![item]), button];
        let written = write(&letter(parts)).expect("written").text;
        for line in written.lines().filter(|line| *line != url) {
            assert!(line.chars().count() <= 78, "{line}");
            assert!(!line.ends_with(' ') || line == "-- ", "{line:?}");
            assert!(!line.starts_with("From "), "{line:?}");
        }
        assert_eq!(written.lines().filter(|line| *line == url).count(), 1, "a link is never broken");
        assert_eq!(written.lines().filter(|line| *line == "-- ").count(), 1, "one signature");
        assert!(!written.contains(['\0', '\r', '\u{2028}']) && !written.contains("\n\n\n"), "{written}");
        assert!(written.contains("\n From here on\nnothing new comes\n--\nx\n"), "{written}");
    }

    #[test]
    fn subjects_are_one_line_and_links_are_links() {
        let mut one = letter(Vec::new());
        one.subject = "Oferta\r\nBcc: x@example.org\0\n\n Content-Type: text/html".into();
        assert_eq!(write(&one).expect("written").subject, "Oferta Bcc: x@example.org Content-Type: text/html");
        one.subject = "ą".repeat(5000);
        assert_eq!(write(&one).expect("written").subject.chars().count(), 201);
        one.subject = "\r\n \0".into();
        assert_eq!(write(&one).expect("written").subject, "Social economy map");
        for url in [
            "javascript:alert(1)",
            "/oferty",
            "https://",
            "https://a.example/ b",
            "https://a.example/\r\nBcc: x@example.org",
            "https://a.example/>,<mailto:x@example.org",
            "https://a.example/ł",
        ] {
            one.unsubscribe_url = Some(url.to_owned());
            assert!(write(&one).is_err(), "{url}");
            assert!(write(&letter(vec![Part::Button { label: "x".into(), url: url.into() }])).is_err(), "{url}");
        }
    }
}
