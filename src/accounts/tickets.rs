//! What links in mails stand for. A link is used once; opening it changes nothing, because scanners of mail open links.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sqlx::{PgConnection, PgPool};

use crate::access::tokens;
use crate::error::{Error, Result};

/// What a link does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Finishes a registration.
    Register,
    /// Makes the account of somebody who was invited.
    Invite,
    /// Sets a new password.
    Reset,
    /// Moves an account to the address that the link was sent to.
    ChangeEmail,
}

impl Purpose {
    fn code(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::Invite => "invite",
            Self::Reset => "reset",
            Self::ChangeEmail => "change_email",
        }
    }

    /// How long it works, hours.
    pub fn valid_hours(self) -> i32 {
        match self {
            Self::Register | Self::ChangeEmail => 24,
            Self::Invite => 7 * 24,
            Self::Reset => 1,
        }
    }
}

/// A ticket that is still good.
#[derive(Debug, Clone)]
pub struct Ticket {
    /// Address that its link was sent to.
    pub email: String,
    /// The account it is about, where there is one.
    pub account_id: Option<i64>,
    details: serde_json::Value,
}

impl Ticket {
    /// Its details.
    ///
    /// # Errors
    /// They are not what this purpose has: the fault is ours.
    pub fn details<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_value(self.details.clone()).map_err(Error::internal)
    }
}

/// Who will have the account that a registration or an invitation makes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Newcomer {
    /// Name that others see.
    pub name: String,
    /// Code of the role.
    pub role: String,
    /// Language of mails.
    pub lang: String,
    /// Whose official or administrator.
    pub municipality_id: Option<i64>,
    /// Unit of the office.
    pub unit_name: String,
    /// Support institution of an editor.
    pub institution_id: Option<i64>,
}

/// Makes a ticket; its token, which goes into the link. Earlier ones of the same purpose for the address stop working.
///
/// # Errors
/// The database fails.
pub async fn issue(
    connection: &mut PgConnection,
    purpose: Purpose,
    email: &str,
    account_id: Option<i64>,
    details: &impl Serialize,
) -> Result<String> {
    let token = tokens::random();
    sqlx::query!("delete from account_ticket where purpose = $1 and email = $2", purpose.code(), email)
        .execute(&mut *connection)
        .await?;
    sqlx::query!(
        "insert into account_ticket (token_hash, purpose, email, account_id, details, valid_until)
         values ($1, $2, $3, $4, $5, now() + make_interval(hours => $6))",
        tokens::digest(&token),
        purpose.code(),
        email,
        account_id,
        serde_json::to_value(details).map_err(Error::internal)?,
        purpose.valid_hours()
    )
    .execute(connection)
    .await?;
    Ok(token)
}

/// The ticket of a token, to show what it will do.
///
/// # Errors
/// There is none, it was used, or its time is over ([`Error::NotFound`]); or the database fails.
pub async fn look(pool: &PgPool, purpose: Purpose, token: &str) -> Result<Ticket> {
    let ticket = sqlx::query_as!(
        Ticket,
        "select email, account_id, details from account_ticket where token_hash = $1 and purpose = $2 and valid_until > now()",
        tokens::digest(token),
        purpose.code()
    )
    .fetch_optional(pool)
    .await?;
    ticket.ok_or_else(gone)
}

/// Takes the ticket of a token: nobody can use it again.
///
/// # Errors
/// As [`look`].
pub async fn take(connection: &mut PgConnection, purpose: Purpose, token: &str) -> Result<Ticket> {
    let ticket = sqlx::query_as!(
        Ticket,
        "delete from account_ticket where token_hash = $1 and purpose = $2 and valid_until > now()
         returning email, account_id, details",
        tokens::digest(token),
        purpose.code()
    )
    .fetch_optional(connection)
    .await?;
    ticket.ok_or_else(gone)
}

fn gone() -> Error {
    Error::NotFound("this link was used before or its time is over".to_owned())
}
