//! What a decision does to the thing it is about. The one place where moderation knows the features.

use sqlx::{PgConnection, PgPool};

use crate::contact;
use crate::error::Result;
use crate::exchange::{demand, equipment, offers};
use crate::organisations::{claims, proposals};
use crate::questions;

/// Title and path of a thing in the queue, where it still is.
pub(super) async fn named(pool: &PgPool, thing: &str, id: i64) -> Result<Option<(String, String)>> {
    match thing {
        "offer" => offers::queries::named(pool, id).await,
        "demand" => demand::queries::named(pool, id).await,
        "equipment" => equipment::queries::named(pool, id).await,
        "question" => questions::queries::named(pool, id).await,
        "claim" => claims::queries::named(pool, id).await,
        "organisation" => proposals::queries::named(pool, id).await,
        "message" => contact::queries::abuse::named(pool, id).await,
        _ => Ok(None),
    }
}

/// Carries a decision out.
pub(super) async fn carry_out(
    connection: &mut PgConnection,
    kind: &str,
    thing: &str,
    id: i64,
    approved: bool,
) -> Result<()> {
    // A report that is right takes its thing down; one that is not changes nothing.
    let is_report = kind == "report";
    let stays = approved && !is_report;
    match thing {
        "offer" | "demand" | "equipment" | "question" if is_report && !approved => Ok(()),
        "claim" => claims::queries::decided(connection, id, approved).await,
        "organisation" => proposals::queries::decided(connection, id, approved).await,
        "message" => contact::queries::abuse::decided(connection, id, approved).await,
        "offer" => offers::queries::decided(connection, id, stays).await,
        "demand" => demand::queries::decided(connection, id, stays).await,
        "equipment" => equipment::queries::decided(connection, id, stays).await,
        "question" => questions::queries::decided(connection, id, stays).await,
        _ => Ok(()),
    }
}
