//! Mails: written into an outbox in the transaction of the change they tell about, sent by whichever server comes first.
//!
//! A mail is lost only with the database. It is sent twice only where a process dies between the mail server's yes and the
//! record of it, and then with the same Message-ID.

mod folder;
mod letter;
mod message;
pub mod queries;
pub mod sender;
pub mod settings;
pub mod smtp;

use lettre::Address;
use sqlx::PgConnection;

use crate::error::{Error, Result};
use crate::web::i18n::Lang;
pub use settings::Mail;

/// What somebody is told by mail. Everything in it is text: nothing becomes markup, a header or a template.
#[derive(Debug, Clone)]
pub struct Letter {
    /// Language of the words around it.
    pub lang: Lang,
    /// Subject; line breaks become spaces.
    pub subject: String,
    /// What it says, in order.
    pub parts: Vec<Part>,
    /// Why the recipient gets it: a sentence of the footer.
    pub reason: String,
    /// Where one click unsubscribes (`POST`, RFC 8058), and where the footer's link leads (`GET`).
    pub unsubscribe_url: Option<String>,
}

/// A piece of a letter. Addresses are absolute (`https://…`) and percent-encoded.
#[derive(Debug, Clone)]
pub enum Part {
    /// Paragraphs, parted by empty lines.
    Text(String),
    /// What to do next.
    Button {
        /// A verb.
        label: String,
        /// Where it leads.
        url: String,
    },
    /// Things, each with a link.
    List(Vec<Item>),
    /// Somebody's own words.
    Quote(String),
}

/// A thing in a letter's list.
#[derive(Debug, Clone)]
pub struct Item {
    /// Its name.
    pub title: String,
    /// Its page.
    pub url: String,
    /// What else to know at a glance; may be empty.
    pub text: String,
}

/// The e-mail address that a text is, where it is one that can be sent to without surprises.
pub fn address(text: &str) -> Option<Address> {
    // RFC 5321 allows quoted local parts with nearly anything in them; nobody has one, and attacks do.
    let odd = |c: char| c.is_control() || c.is_whitespace() || "\"<>(),:;\\[]".contains(c);
    if text.len() > 254 || text.contains(odd) { None } else { text.parse().ok() }
}

/// Puts a letter into the outbox, to be sent once the transaction is committed. With a `key` that the outbox has (it knows
/// those of the last 30 days), nothing is added.
///
/// # Errors
/// The recipient is no e-mail address, a link is no absolute address, or the database fails.
pub async fn enqueue(
    connection: &mut PgConnection,
    settings: &Mail,
    recipient: &str,
    letter: &Letter,
    key: Option<&str>,
) -> Result<()> {
    let recipient = address(recipient)
        .ok_or_else(|| Error::parameter("recipient", "must be an e-mail address (name@example.org)"))?;
    let written = letter::write(letter)?;
    let message_id = message::new_id(settings.from.email.domain())?;
    queries::add(connection, &message_id, recipient.as_ref(), letter.lang.tag(), &written, key).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_addresses_are_addresses() {
        for good in ["a@example.org", "jan.kowalski+oferty@pes.example.org", "O'Neil@example.org", "żółw@example.org"]
        {
            assert_eq!(address(good).map(|address| address.to_string()).as_deref(), Some(good));
        }
        for bad in [
            "",
            "a",
            "@example.org",
            "a@",
            "a@example.org\r\nBcc: b@example.org",
            "a@example.org\nBcc: b@example.org",
            "a\0@example.org",
            "a@example.org\0",
            "\"a\r\nb\"@example.org",
            "\"a b\"@example.org",
            "a@example.org, b@example.org",
            "a@example.org b@example.org",
            "A <a@example.org>",
            "a@[127.0.0.1]",
            "a@example.org> SIZE=1",
            "a@exa\u{2028}mple.org",
        ] {
            assert_eq!(address(bad), None, "{bad:?}");
        }
        assert_eq!(address(&format!("a@{}.org", "b.".repeat(200))), None);
    }
}
