//! Atom feeds (RFC 4287): what of a list came or changed last.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{About, Kind, Record};

/// A feed.
#[derive(Debug)]
pub struct Feed<'a> {
    /// What the records are.
    pub kind: Kind,
    /// Title, publisher, licence and address of the site.
    pub about: &'a About,
    /// Address of the feed with its filter; also its id.
    pub address: &'a str,
    /// Address of the list for people, with the same filter.
    pub list: &'a str,
    /// The records, the latest change first.
    pub records: &'a [Record],
}

/// A text between tags or in an attribute. Characters that XML 1.0 does not have are left out.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' => out.push(c),
            '\u{fffe}' | '\u{ffff}' => {}
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// A moment as Atom writes it.
pub fn moment(at: OffsetDateTime) -> String {
    at.replace_nanosecond(0).unwrap_or(at).format(&Rfc3339).unwrap_or_default()
}

/// The feed as XML.
pub fn feed(feed: &Feed<'_>) -> String {
    let Feed { kind, about, address, list, records } = feed;
    let latest = records.iter().filter_map(|record| record.updated_at).max().unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"pl\">\n\
         <id>{address}</id>\n<title>{title}</title>\n<updated>{updated}</updated>\n\
         <link rel=\"self\" type=\"application/atom+xml\" href=\"{address}\"/>\n<link rel=\"alternate\" type=\"text/html\" href=\"{list}\"/>\n\
         <author><name>{author}</name></author>\n<rights>{rights} ({licence})</rights>\n<generator>PES-TOR</generator>\n",
        address = escape(address),
        list = escape(list),
        title = escape(&about.title),
        updated = moment(latest),
        author = escape(&about.attribution),
        rights = escape(&about.licence),
        licence = escape(&about.licence_url),
    );
    for record in *records {
        let url = escape(&about.url(*kind, record).unwrap_or_default());
        let title = escape(record.get(*kind, "name").unwrap_or(&record.slug));
        let text = ["tagline", "description", "remarks"].into_iter().find_map(|column| record.get(*kind, column));
        out.push_str(&format!(
            "<entry>\n<id>{url}</id>\n<title>{title}</title>\n<updated>{}</updated>\n<link rel=\"alternate\" type=\"text/html\" href=\"{url}\"/>\n",
            moment(record.updated_at.unwrap_or(OffsetDateTime::UNIX_EPOCH)),
        ));
        let code =
            ["status", "category", "legal_form", "kind"].into_iter().find_map(|column| record.get(*kind, column));
        if let Some(code) = code {
            out.push_str(&format!("<category term=\"{}\"/>\n", escape(code)));
        }
        // An entry without content needs a summary or its link (RFC 4287, 4.1.2); both are better.
        out.push_str(&format!("<summary>{}</summary>\n</entry>\n", escape(text.unwrap_or_default())));
    }
    out.push_str("</feed>\n");
    out
}
