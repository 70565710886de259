//! Documents of a demand in its form. One that was taken is stored at once, so that a form with mistakes comes back with it.

use crate::access::{Post, queries::throttle};
use crate::error::Result;
use crate::exchange::photos::keys_in;
use crate::exchange::queries;
use crate::media;
use crate::web::{Check, Page};

/// Most documents of one demand.
pub const MOST: usize = 5;
/// How many new ones a form takes at once.
const SLOTS: usize = 2;
/// New documents of one account in an hour.
const MOST_IN_AN_HOUR: i32 = 60;

/// A document in a form or on a page, stored already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attached {
    /// The stored document.
    pub media_id: i64,
    /// Its name in web addresses and in the form.
    pub key: String,
    /// Name to save it under.
    pub file_name: String,
    /// Bytes.
    pub byte_length: i32,
}

impl Attached {
    /// Where it is downloaded.
    pub fn url(&self) -> String {
        media::document_url(&self.key, &self.file_name)
    }

    /// Its size in words.
    pub fn size(&self, page: &Page) -> String {
        let bytes = f64::from(self.byte_length);
        if bytes < 1e6 {
            format!("{}\u{a0}kB", page.lang.number((bytes / 1e3).max(1.0), 0))
        } else {
            format!("{}\u{a0}MB", page.lang.number(bytes / 1e6, 1))
        }
    }
}

/// Numbers of the fields for new documents beside those that are there.
pub fn slots(there: usize) -> Vec<String> {
    (1..=SLOTS.min(MOST.saturating_sub(there))).map(|slot| slot.to_string()).collect()
}

/// The documents that a form asks for: `document` names those that are stored, with `remove-{key}`; `document-1` … are new.
///
/// # Errors
/// Too many are sent in an hour, or the database fails. What is wrong with a document is noted at its field.
pub(super) async fn read(post: &Post, check: &mut Check<'_>, attached: &[i64]) -> Result<Vec<Attached>> {
    let account_id = post.viewer()?.account_id;
    let keys = keys_in(post, "document");
    let mut kept = queries::documents(&post.app.pool, &keys, account_id, attached).await?;
    kept.retain(|document| !check.flag(&format!("remove-{}", document.key)));
    for slot in 1..=SLOTS {
        let field = format!("document-{slot}");
        let Some(upload) = post.form.uploads.iter().find(|upload| upload.field == field) else { continue };
        if kept.len() >= MOST {
            check.fail(&field, "attachments-too-many");
            continue;
        }
        throttle(&post.app.pool, &format!("document:{account_id}"), MOST_IN_AN_HOUR, 3600).await?;
        let document = match media::document(upload.bytes.clone(), &upload.file_name).await {
            Ok(document) => document,
            Err(refusal) => {
                check.fail_text(&field, refusal.message(post.page.lang));
                continue;
            }
        };
        let mut transaction = post.app.pool.begin().await?;
        let stored = media::store_document(&mut transaction, &document, Some(account_id)).await?;
        transaction.commit().await?;
        kept.push(Attached {
            media_id: stored.id,
            key: stored.key,
            byte_length: i32::try_from(document.bytes.len()).unwrap_or(i32::MAX),
            file_name: document.file_name,
        });
    }
    Ok(kept)
}
