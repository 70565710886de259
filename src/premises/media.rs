//! `GET /media/{file}`: pictures from the media folder of the configuration.

use axum::extract::{Path, State};
use axum::http::{HeaderName, header};

use crate::app::App;
use crate::error::{Error, Result};

/// Content type of a file name that may be asked for: lower-case letters, digits, dot, hyphen and underscore, beginning
/// with a letter or digit (as the database has it), so that no name leads out of the folder.
fn content_type(file: &str) -> Option<&'static str> {
    let plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit();
    if !file.bytes().next().is_some_and(plain) || !file.bytes().all(|c| plain(c) || b"._-".contains(&c)) {
        return None;
    }
    match file.rsplit_once('.')?.1 {
        "jpg" | "jpeg" => Some("image/jpeg"),
        "png" => Some("image/png"),
        "webp" => Some("image/webp"),
        "avif" => Some("image/avif"),
        _ => None,
    }
}

/// A picture; whatever is not one, or not there, is not found.
pub(super) async fn picture(
    State(app): State<App>,
    Path(file): Path<String>,
) -> Result<([(HeaderName, &'static str); 2], Vec<u8>)> {
    let missing = || Error::NotFound(format!("there is no picture “{file}”"));
    let kind = content_type(&file).ok_or_else(missing)?;
    let folder = app.config.media_dir.as_ref().ok_or_else(missing)?;
    let bytes = match tokio::fs::read(folder.join(&file)).await {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(missing()),
        Err(error) => return Err(Error::internal(error)),
    };
    Ok(([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "public, max-age=86400")], bytes))
}

#[cfg(test)]
mod tests {
    use super::content_type;

    #[test]
    fn only_plain_names_of_pictures_are_served() {
        assert_eq!(content_type("lindego-12_1.jpg"), Some("image/jpeg"));
        for name in ["", ".jpg", "../a.jpg", "a/../b.jpg", "a.svg", "a", "A.jpg", "a.jpg\0.png", "-a.jpg", "ą.jpg"] {
            assert_eq!(content_type(name), None, "{name}");
        }
    }
}
