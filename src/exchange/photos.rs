//! The photo part of a form: photos that came before and new ones, each with words for those who do not see it.
//!
//! A photo that was taken is stored at once, whatever else is wrong with the form: the form comes back with it. What is never
//! used is deleted after a day.

use axum::body::Bytes;

use super::queries;
use crate::access::{Post, queries::throttle};
use crate::error::Result;
use crate::media;
use crate::web::{Check, PhotoView, Upload};

/// Most photos of one thing.
pub const MOST: usize = 8;
/// How many new ones a form takes at once.
const SLOTS: usize = 3;
/// Longest alternative text, characters.
const LONGEST: usize = 200;
/// New photos of one account in an hour.
const MOST_IN_AN_HOUR: i32 = 120;

/// A photo in a form, stored already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picked {
    /// The stored photo.
    pub media_id: i64,
    /// Its name in web addresses and in the form.
    pub key: String,
    /// Width of the large picture.
    pub width_px: i32,
    /// Height of the large picture.
    pub height_px: i32,
    /// What is to be seen.
    pub alternative_text: String,
}

impl Picked {
    /// As templates show it.
    pub fn view(&self) -> PhotoView {
        media::view(&self.key, self.width_px, self.height_px, &self.alternative_text)
    }
}

/// Numbers of the fields for new photos beside those that are there.
pub fn slots(there: usize) -> Vec<String> {
    (1..=SLOTS.min(MOST.saturating_sub(there))).map(|slot| slot.to_string()).collect()
}

/// The photos that a form asks for, in its order: `photo` names those that are stored, with `alt-{key}`, `order-{key}` and
/// `remove-{key}`; `photo-1`, `photo-2` … with `photo-alt-1` … are new. `attached` are those of the thing itself: besides these,
/// one may only show what one uploaded.
///
/// # Errors
/// Too many are sent in an hour, or the database fails. What is wrong with a photo is noted at its field.
pub async fn read(post: &Post, check: &mut Check<'_>, attached: &[i64]) -> Result<Vec<Picked>> {
    let viewer = post.viewer()?;
    let keys = keys_in(post, "photo");
    let stored = queries::photos(&post.app.pool, &keys, viewer.account_id, attached).await?;
    let mut ordered = Vec::new();
    for (place, mut photo) in (1..).zip(stored) {
        if !check.flag(&format!("remove-{}", photo.key)) {
            let wanted = check.integer(&format!("order-{}", photo.key), 1..=99).unwrap_or(place);
            photo.alternative_text = words(check, &photo.key, post.form.value(&format!("alt-{}", photo.key)));
            // Where two want the same place, the one that moves there gets before the one it found there.
            ordered.push(((wanted, wanted.cmp(&place)), photo));
        }
    }
    ordered.sort_by_key(|(place, _)| *place);
    let mut picked: Vec<Picked> = ordered.into_iter().map(|(_, photo)| photo).collect();
    for slot in 1..=SLOTS {
        let field = format!("photo-{slot}");
        let Some(Upload { bytes, .. }) = post.form.uploads.iter().find(|upload| upload.field == field) else {
            continue;
        };
        if picked.len() == MOST {
            check.fail(&field, "photos-too-many");
            continue;
        }
        throttle(&post.app.pool, &format!("photo:{}", viewer.account_id), MOST_IN_AN_HOUR, 3600).await?;
        match store(post, bytes.clone(), viewer.account_id).await? {
            Ok(mut photo) => {
                photo.alternative_text = words(check, &photo.key, post.form.value(&format!("photo-alt-{slot}")));
                picked.push(photo);
            }
            Err(refusal) => check.fail_text(&field, refusal.message(post.page.lang)),
        }
    }
    Ok(picked)
}

/// Names of stored things in a form, without what is no name of ours.
pub(super) fn keys_in(post: &Post, field: &str) -> Vec<String> {
    let is_key = |key: &&str| key.len() == 32 && key.bytes().all(|byte| byte.is_ascii_hexdigit());
    post.form.values(field).filter(is_key).take(MOST).map(str::to_owned).collect()
}

async fn store(post: &Post, bytes: Bytes, account_id: i64) -> Result<Result<Picked, media::Refusal>> {
    let photo = match media::photo(bytes).await {
        Ok(photo) => photo,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let mut transaction = post.app.pool.begin().await?;
    let stored = media::store_photo(&mut transaction, &photo, Some(account_id)).await?;
    transaction.commit().await?;
    Ok(Ok(Picked {
        media_id: stored.id,
        key: stored.key,
        // At most 1600.
        width_px: photo.width_px as i32,
        height_px: photo.height_px as i32,
        alternative_text: String::new(),
    }))
}

/// Words for a photo, as they were written; what is wrong with them is noted where the form shows the photo next.
fn words(check: &mut Check<'_>, key: &str, given: &str) -> String {
    let field = format!("alt-{key}");
    let text: String = given.split_whitespace().collect::<Vec<_>>().join(" ");
    let letters = text.chars().count();
    if letters == 0 {
        check.fail(&field, "photos-words-missing");
    } else if text.contains(char::is_control) {
        check.fail(&field, "form-error-characters");
    } else if letters > LONGEST {
        check.fail(&field, "photos-words-long");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_fields_than_photos_may_come() {
        assert_eq!((slots(0).len(), slots(6).len(), slots(8).len(), slots(9).len()), (3, 2, 0, 0));
    }
}
