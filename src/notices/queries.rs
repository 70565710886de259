//! SQL of what people want to be told.

use sqlx::{PgConnection, PgPool};

use crate::error::Result;

/// The token of an account's unsubscribe link for a kind of mails; made when it is first needed.
///
/// # Errors
/// The database fails.
pub(super) async fn token(connection: &mut PgConnection, account_id: i64, topic: &str) -> Result<String> {
    let token = sqlx::query_scalar!(
        "insert into mail_unsubscribe (account_id, topic) values ($1, $2)
         on conflict on constraint mail_unsubscribe_topic_key do update set topic = excluded.topic
         returning token",
        account_id,
        topic
    )
    .fetch_one(connection)
    .await?;
    Ok(token)
}

/// What an unsubscribe link stands for: account and kind of mails.
///
/// # Errors
/// The database fails.
pub(super) async fn meaning(pool: &PgPool, token: &str) -> Result<Option<(i64, String)>> {
    let row = sqlx::query!("select account_id, topic from mail_unsubscribe where token = $1", token);
    Ok(row.fetch_optional(pool).await?.map(|row| (row.account_id, row.topic)))
}

/// Whether an account wants to be told of demand that fits its offers.
///
/// # Errors
/// The database fails.
pub async fn wants_matches(pool: &PgPool, account_id: i64) -> Result<bool> {
    Ok(sqlx::query_scalar!("select match_mails from account where id = $1", account_id).fetch_one(pool).await?)
}

/// Sets whether an account wants to be told of demand that fits its offers.
///
/// # Errors
/// The database fails.
pub async fn set_wants_matches(connection: &mut PgConnection, account_id: i64, wants: bool) -> Result<()> {
    sqlx::query!("update account set match_mails = $2 where id = $1 and match_mails <> $2", account_id, wants)
        .execute(connection)
        .await?;
    Ok(())
}
