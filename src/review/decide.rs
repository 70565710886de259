//! What a decision does to the thing it is about. The one place where moderation knows the features.

use sqlx::{PgConnection, PgPool};

use crate::contact;
use crate::error::Result;
use crate::organisations::{claims, proposals};

/// Title and path of a thing in the queue, where it still is.
pub(super) async fn named(pool: &PgPool, thing: &str, id: i64) -> Result<Option<(String, String)>> {
    match thing {
        "claim" => claims::queries::named(pool, id).await,
        "organisation" => proposals::queries::named(pool, id).await,
        "message" => contact::queries::abuse::named(pool, id).await,
        _ => Ok(None),
    }
}

/// Carries a decision out.
pub(super) async fn carry_out(connection: &mut PgConnection, thing: &str, id: i64, approved: bool) -> Result<()> {
    match thing {
        "claim" => claims::queries::decided(connection, id, approved).await,
        "organisation" => proposals::queries::decided(connection, id, approved).await,
        "message" => contact::queries::abuse::decided(connection, id, approved).await,
        _ => Ok(()),
    }
}
