//! What people upload: photos, made anew from their pixels, and PDF documents.
//!
//! Both are kept in the database. A table that shows one refers to `media(id)` with `on delete restrict` and an index on that column;
//! what no table refers to is deleted after a day (`queries::delete_unused`).

mod document;
mod photo;
pub mod queries;
mod refusal;
mod routes;
mod structure;

use axum::body::Bytes;
use tokio::sync::Semaphore;

pub use document::Document;
pub use photo::Photo;
pub use queries::{delete, delete_unused, store_document, store_photo};
pub use refusal::Refusal;
pub use routes::routes;

use crate::web::PhotoView;

/// A stored photo or document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Key, for tables that refer to it.
    pub id: i64,
    /// Name in web addresses.
    pub key: String,
}

/// One upload is worked on at a time: decoding takes a core and up to half a gigabyte, and the map needs both.
static TURN: Semaphore = Semaphore::const_new(1);

/// An uploaded photo, whatever the file calls itself: turned upright, shrunk, and nothing left of the file but the picture.
///
/// # Errors
/// It is not a photo that we take; the refusal says why and what to do.
pub async fn photo(bytes: Bytes) -> Result<Photo, Refusal> {
    in_turn(move || photo::develop(&bytes), Refusal::PhotoUnreadable).await
}

/// An uploaded PDF document. What is dangerous in it is looked for in plain sight only: what hides in compressed parts is not found.
///
/// # Errors
/// It is not a document that we take; the refusal says why and what to do.
pub async fn document(bytes: Bytes, file_name: &str) -> Result<Document, Refusal> {
    let file_name = document::clean_file_name(file_name);
    in_turn(move || document::check(bytes, file_name), Refusal::DocumentUnreadable).await
}

/// Runs work beside the threads that answer requests; a panic in it is a refusal.
async fn in_turn<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
    on_panic: Refusal,
) -> Result<T, Refusal> {
    let turn = TURN.acquire().await;
    // The turn ends with the work, also when nobody waits for it any more.
    let work = move || {
        let _turn = turn;
        work()
    };
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| {
        tracing::warn!(%error, "an upload could not be read");
        Err(on_panic)
    })
}

/// Address of a photo; `size` is `large` or `small`.
pub fn photo_url(key: &str, size: &str) -> String {
    format!("/zdjecia/{key}/{size}.jpg")
}

/// Address of a document.
pub fn document_url(key: &str, file_name: &str) -> String {
    format!("/zalaczniki/{key}/{}", document::percent_encoded(file_name))
}

/// A stored photo as templates show it; the size is that of the large picture.
pub fn view(key: &str, width_px: i32, height_px: i32, alternative_text: impl Into<String>) -> PhotoView {
    PhotoView {
        small_url: photo_url(key, "small"),
        large_url: photo_url(key, "large"),
        width_px,
        height_px,
        alternative_text: alternative_text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_of_a_decoder_is_a_refusal_and_ends_its_turn() {
        for _ in 0..3 {
            let work = || -> Result<(), Refusal> { panic!("a decoder's mistake") };
            assert_eq!(in_turn(work, Refusal::PhotoUnreadable).await, Err(Refusal::PhotoUnreadable));
        }
        assert_eq!(in_turn(|| Ok(1), Refusal::PhotoUnreadable).await, Ok(1));
    }

    #[test]
    fn addresses_carry_any_file_name() {
        assert_eq!(document_url("k", "Opis żłobka.pdf"), "/zalaczniki/k/Opis%20%C5%BC%C5%82obka.pdf");
    }
}
