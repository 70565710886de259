//! Uploaded photos and documents: from bytes into the database, and out again.

use axum::body::Bytes;
use axum::http::StatusCode;
use pestor::media::{self, Stored};
use sqlx::PgPool;

use crate::support::{Site, empty_site};

const PHOTO: &[u8] = include_bytes!("../fixtures/lossy.webp");
const PDF: &[u8] = b"%PDF-1.4\n1 0 obj << /Type /Catalog >> endobj\ntrailer << /Root 1 0 R >>\nstartxref\n0\n%%EOF\n";

async fn stored_photo(site: &Site) -> Stored {
    let photo = media::photo(Bytes::from_static(PHOTO)).await.expect("a photo");
    let mut connection = site.app.pool.acquire().await.expect("a connection");
    media::store_photo(&mut connection, &photo, Some(7)).await.expect("stored")
}

async fn stored_document(site: &Site, file_name: &str) -> Stored {
    let document = media::document(Bytes::from_static(PDF), file_name).await.expect("a document");
    let mut connection = site.app.pool.acquire().await.expect("a connection");
    media::store_document(&mut connection, &document, None).await.expect("stored")
}

async fn count(pool: &PgPool) -> (i64, i64) {
    let count = "select (select count(*) from media), (select count(*) from media_content)";
    sqlx::query_as(count).fetch_one(pool).await.expect("counted")
}

#[tokio::test]
async fn a_photo_is_served_for_ever_and_once() {
    let site = empty_site().await;
    let Stored { id, key } = stored_photo(&site).await;
    let row: (i32, i32, i32, Option<i64>) =
        sqlx::query_as("select width_px, height_px, byte_length, uploaded_by from media where id = $1")
            .bind(id)
            .fetch_one(&site.app.pool)
            .await
            .expect("the row");
    let view = media::view(&key, row.0, row.1, "Stół");
    let large = site.get(&view.large_url).await;
    let small = site.get(&view.small_url).await;
    assert_eq!(row, (24, 16, i32::try_from(large.bytes.len() + small.bytes.len()).expect("short"), Some(7)));
    for answer in [&large, &small] {
        assert_eq!(answer.status, StatusCode::OK);
        assert!(answer.bytes.starts_with(b"\xff\xd8\xff") && answer.bytes.ends_with(b"\xff\xd9"));
        assert_eq!(answer.header("content-type"), "image/jpeg");
        assert_eq!(answer.header("cache-control"), "public, max-age=31536000, immutable");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("content-length"), answer.bytes.len().to_string());
    }
    let tag = large.header("etag");
    assert!(tag.starts_with('"') && tag.len() == 34, "{tag}");
    let known = site.send(&view.large_url, &[("if-none-match", tag)]).await;
    assert_eq!((known.status, known.bytes.len(), known.header("etag")), (StatusCode::NOT_MODIFIED, 0, tag));
    assert_eq!(known.header("cache-control"), large.header("cache-control"));
    let other = site.send(&view.large_url, &[("if-none-match", "\"0\"")]).await;
    assert_eq!(other.status, StatusCode::OK);
}

#[tokio::test]
async fn keys_are_not_guessed_and_lead_nowhere_else() {
    let site = empty_site().await;
    let photo = stored_photo(&site).await;
    let again = stored_photo(&site).await;
    assert!(photo.key != again.key && photo.key.len() == 32);
    let document = stored_document(&site, "a.pdf").await;
    for path in [
        format!("/zdjecia/{}/huge.jpg", photo.key),
        format!("/zdjecia/{}/large.png", photo.key),
        format!("/zdjecia/{}/large", photo.key),
        format!("/zdjecia/{}/large.jpg", photo.key.to_uppercase()),
        format!("/zdjecia/{}/large.jpg", "0".repeat(32)),
        "/zdjecia/%00/large.jpg".to_owned(),
        "/zdjecia/1/large.jpg".to_owned(),
        format!("/zdjecia/{}/original.jpg", document.key),
        format!("/zdjecia/{}/large.jpg", document.key),
        format!("/zalaczniki/{}/a.pdf", photo.key),
        format!("/zalaczniki/{}/b.pdf", document.key),
        format!("/zalaczniki/{}/%00.pdf", document.key),
        "/zalaczniki/../a.pdf".to_owned(),
    ] {
        assert_eq!(site.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn a_document_is_saved_under_its_name_and_never_opened_as_a_page() {
    let site = empty_site().await;
    let document = stored_document(&site, "C:\\Opis żłobka\".PDF").await;
    let path = media::document_url(&document.key, "Opis żłobka-.pdf");
    let answer = site.send(&path, &[("accept-encoding", "gzip, br")]).await;
    assert_eq!((answer.status, answer.bytes.as_ref()), (StatusCode::OK, PDF));
    assert_eq!(answer.header("content-type"), "application/pdf");
    assert_eq!(
        answer.header("content-disposition"),
        "attachment; filename=\"Opis __obka-.pdf\"; filename*=UTF-8''Opis%20%C5%BC%C5%82obka-.pdf"
    );
    assert_eq!(answer.header("cache-control"), "private, no-cache");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert_eq!(answer.header("content-security-policy"), "default-src 'none'; sandbox");
    assert_eq!(answer.headers.get_all("content-security-policy").iter().count(), 1);
}

#[tokio::test]
async fn only_what_nothing_refers_to_is_deleted_and_only_after_a_day() {
    let site = empty_site().await;
    let pool = &site.app.pool;
    // Tables that come later are heeded without a word: it is their foreign key that counts.
    site.sql(
        "create table album (photo_id bigint references media on delete restrict);
         create table folder (id bigint, file bigint references media (id));",
    )
    .await;
    let in_album = stored_photo(&site).await;
    let in_folder = stored_document(&site, "a.pdf").await;
    let unused = [stored_photo(&site).await, stored_document(&site, "b.pdf").await];
    site.sql(&format!(
        "insert into album values ({}), (null); insert into folder values (1, {})",
        in_album.id, in_folder.id
    ))
    .await;
    assert_eq!(media::delete_unused(pool).await.expect("done"), 0, "a form may still be open");
    site.sql("update media set created_at = now() - interval '25 hours'").await;
    let fresh = stored_photo(&site).await;
    assert_eq!(media::delete_unused(pool).await.expect("done"), 2);
    assert_eq!(count(pool).await, (3, 5));
    for gone in &unused {
        assert_eq!(site.get(&media::photo_url(&gone.key, "large")).await.status, StatusCode::NOT_FOUND);
    }
    for kept in [&in_album, &fresh] {
        assert_eq!(site.get(&media::photo_url(&kept.key, "large")).await.status, StatusCode::OK);
    }

    let mut connection = pool.acquire().await.expect("a connection");
    assert!(!media::delete(&mut connection, in_album.id).await.expect("asked"), "it is in use");
    site.sql("delete from album").await;
    assert!(media::delete(&mut connection, in_album.id).await.expect("deleted"));
    assert!(!media::delete(&mut connection, in_album.id).await.expect("asked"), "it is gone");
}

#[tokio::test]
async fn what_is_being_put_to_use_is_left_alone() {
    let site = empty_site().await;
    let pool = &site.app.pool;
    site.sql("create table album (photo_id bigint references media on delete restrict)").await;
    let (taken, unused) = (stored_photo(&site).await, stored_photo(&site).await);
    site.sql("update media set created_at = now() - interval '25 hours'").await;
    // Somebody's form refers to it in a transaction that has not ended.
    let mut form = pool.begin().await.expect("a transaction");
    sqlx::query("insert into album values ($1)").bind(taken.id).execute(&mut *form).await.expect("referred to");
    assert_eq!(media::delete_unused(pool).await.expect("it does not wait"), 1);
    form.commit().await.expect("committed");
    assert_eq!(count(pool).await, (1, 2));
    assert_eq!(site.get(&media::photo_url(&unused.key, "small")).await.status, StatusCode::NOT_FOUND);
    // Where the question was answered a moment too early, the foreign key has the last word, and the others still go.
    let late = stored_photo(&site).await;
    site.sql(
        "update media set created_at = now() - interval '25 hours';
         create or replace function media_is_used(wanted bigint) returns boolean language sql stable as 'select false'",
    )
    .await;
    assert_eq!(media::delete_unused(pool).await.expect("done"), 1);
    assert_eq!(site.get(&media::photo_url(&taken.key, "small")).await.status, StatusCode::OK);
    assert_eq!(site.get(&media::photo_url(&late.key, "small")).await.status, StatusCode::NOT_FOUND);
    // Two nodes at once delete each row once.
    site.sql("delete from album").await;
    let (one, two) = tokio::join!(media::delete_unused(pool), media::delete_unused(pool));
    assert_eq!(one.expect("one") + two.expect("two"), 1);
}
