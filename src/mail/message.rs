//! From a row of the outbox to the bytes of a mail (RFC 5322).

use data_encoding::HEXLOWER;
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, MultiPart, SinglePart};
use lettre::{Address, error::Error as BuildError};

use super::queries::Due;
use crate::error::{Error, Result};

/// A Message-ID that nobody else has.
///
/// # Errors
/// The system has no randomness.
pub(super) fn new_id(domain: &str) -> Result<String> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(Error::internal)?;
    Ok(format!("<{}@{domain}>", HEXLOWER.encode(&random)))
}

/// A mail, ready to be sent. Its date is that of the row, so a mail sent again is the same.
///
/// # Errors
/// The row holds what no mail can hold.
pub(super) fn compose(due: &Due, from: &Mailbox, to: &Address) -> Result<Vec<u8>, BuildError> {
    let mut builder = Message::builder()
        .from(from.clone())
        .to(to.clone().into())
        .subject(&due.subject)
        .date(due.created_at.into())
        .message_id(Some(due.message_id.clone()))
        // RFC 3834: no vacation notices to it.
        .raw_header(header("Auto-Submitted", "auto-generated"));
    if let Some(url) = &due.unsubscribe_url {
        builder = builder
            .raw_header(header("List-Unsubscribe", &format!("<{url}>")))
            .raw_header(header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"));
    }
    let part = |kind: ContentType, body: &str| {
        SinglePart::builder().header(kind).header(ContentTransferEncoding::QuotedPrintable).body(body.to_owned())
    };
    let message = builder.multipart(
        MultiPart::alternative()
            .singlepart(part(ContentType::TEXT_PLAIN, &due.body_text))
            .singlepart(part(ContentType::TEXT_HTML, &due.body_html)),
    )?;
    Ok(message.formatted())
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}
