//! SQL of uploaded photos and documents.

use data_encoding::HEXLOWER;
use sqlx::{PgConnection, PgPool};

use super::{Document, Photo, Stored};
use crate::error::{Error, Result};

/// Stores a photo.
///
/// # Errors
/// The database fails.
pub async fn store_photo(connection: &mut PgConnection, photo: &Photo, uploaded_by: Option<i64>) -> Result<Stored> {
    let key = random_key()?;
    let id = sqlx::query_scalar!(
        "with stored as (
             insert into media (key, kind, content_type, width_px, height_px, byte_length, uploaded_by)
             values ($1, 'photo', 'image/jpeg', $2, $3, length($4::bytea) + length($5::bytea), $6) returning id),
         content as (
             insert into media_content (media_id, size, bytes)
             select id, 'large', $4 from stored union all select id, 'small', $5 from stored)
         select id from stored",
        key,
        i32::try_from(photo.width_px).map_err(Error::internal)?,
        i32::try_from(photo.height_px).map_err(Error::internal)?,
        photo.large,
        photo.small,
        uploaded_by
    )
    .fetch_one(connection)
    .await?;
    Ok(Stored { id, key })
}

/// Stores a document.
///
/// # Errors
/// The database fails.
pub async fn store_document(
    connection: &mut PgConnection,
    document: &Document,
    uploaded_by: Option<i64>,
) -> Result<Stored> {
    let key = random_key()?;
    let id = sqlx::query_scalar!(
        "with stored as (
             insert into media (key, kind, content_type, byte_length, file_name, uploaded_by)
             values ($1, 'document', 'application/pdf', length($2::bytea), $3, $4) returning id),
         content as (insert into media_content (media_id, size, bytes) select id, 'original', $2 from stored)
         select id from stored",
        key,
        document.bytes.as_ref(),
        document.file_name,
        uploaded_by
    )
    .fetch_one(connection)
    .await?;
    Ok(Stored { id, key })
}

/// 128 random bits.
fn random_key() -> Result<String> {
    let mut bits = [0; 16];
    getrandom::fill(&mut bits).map_err(Error::internal)?;
    Ok(HEXLOWER.encode(&bits))
}

/// Deletes a photo or document to which nothing refers any more; whether it did.
///
/// # Errors
/// The database fails.
pub async fn delete(connection: &mut PgConnection, id: i64) -> Result<bool> {
    let done =
        sqlx::query!("delete from media where id = $1 and not media_is_used(id)", id).execute(connection).await?;
    Ok(done.rows_affected() > 0)
}

/// Deletes what was uploaded more than a day ago and nothing refers to (forms that were never sent, photos taken off); how many.
///
/// # Errors
/// The database fails.
pub async fn delete_unused(pool: &PgPool) -> Result<i64> {
    Ok(sqlx::query_scalar!(r#"select delete_unused_media('1 day') as "deleted!""#).fetch_one(pool).await?)
}

/// A photo's JPEG.
///
/// # Errors
/// The database fails.
pub(super) async fn photo_bytes(pool: &PgPool, key: &str, size: &str) -> Result<Option<Vec<u8>>> {
    let bytes = sqlx::query_scalar!(
        "select c.bytes from media m join media_content c on c.media_id = m.id
         where m.key = $1 and m.kind = 'photo' and c.size = $2",
        key,
        size
    )
    .fetch_optional(pool)
    .await?;
    Ok(bytes)
}

/// A document's bytes, if it has this name.
///
/// # Errors
/// The database fails.
pub(super) async fn document_bytes(pool: &PgPool, key: &str, file_name: &str) -> Result<Option<Vec<u8>>> {
    let bytes = sqlx::query_scalar!(
        "select c.bytes from media m join media_content c on c.media_id = m.id
         where m.key = $1 and m.kind = 'document' and m.file_name = $2 and c.size = 'original'",
        key,
        file_name
    )
    .fetch_optional(pool)
    .await?;
    Ok(bytes)
}
