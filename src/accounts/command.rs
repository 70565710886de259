//! `pestor user …`: accounts from the command line, for the first administrator and for emergencies.

use std::fmt::Write as _;

use clap::{Subcommand, ValueEnum};
use sqlx::PgPool;

use super::tickets::{self, Newcomer, Purpose};
use super::{letters, queries};
use crate::access::{self, Role};
use crate::admin;
use crate::app::App;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::mail;
use crate::web::Lang;

/// What to do with accounts.
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Invite somebody: prints the link where they choose a password, and sends it where mail is configured.
    Add {
        /// E-mail address.
        email: String,
        /// Name that others see.
        #[arg(long)]
        name: String,
        /// Kind of account.
        #[arg(long, value_enum, default_value_t = RoleArg::Administrator)]
        role: RoleArg,
        /// TERYT code of the municipality of an official or administrator; an administrator without one manages all.
        #[arg(long)]
        municipality: Option<String>,
        /// Unit of the office that an official works in.
        #[arg(long, default_value = "")]
        unit: String,
    },
    /// List the accounts.
    List,
    /// Give an account another role; ends its sessions.
    Role {
        /// E-mail address.
        email: String,
        /// Kind of account.
        #[arg(value_enum)]
        role: RoleArg,
        /// TERYT code of the municipality of an official or administrator.
        #[arg(long)]
        municipality: Option<String>,
        /// Unit of the office that an official works in.
        #[arg(long, default_value = "")]
        unit: String,
    },
    /// Let an account not sign in any more; ends its sessions.
    Disable {
        /// E-mail address.
        email: String,
    },
}

/// A role on the command line.
#[derive(Debug, Clone, Copy, ValueEnum)]
#[allow(missing_docs, reason = "they are the roles")]
pub enum RoleArg {
    Resident,
    Representative,
    Editor,
    Official,
    Administrator,
}

impl From<RoleArg> for Role {
    fn from(role: RoleArg) -> Self {
        match role {
            RoleArg::Resident => Self::Resident,
            RoleArg::Representative => Self::Representative,
            RoleArg::Editor => Self::Editor,
            RoleArg::Official => Self::Official,
            RoleArg::Administrator => Self::Administrator,
        }
    }
}

/// Does it; what to print.
///
/// # Errors
/// The account is not there or is there already, a value is wrong, or the database fails.
pub async fn run(pool: &PgPool, config: &Config, command: UserCommand) -> Result<String> {
    match command {
        UserCommand::Add { email, name, role, municipality, unit } => {
            let (role, municipality_id) = office(pool, role, municipality, &unit).await?;
            let newcomer = Newcomer {
                name,
                role: role.code().to_owned(),
                lang: "pl".to_owned(),
                municipality_id,
                unit_name: unit,
                institution_id: None,
            };
            add(pool, config, &email.to_lowercase(), &newcomer).await
        }
        UserCommand::List => list(pool).await,
        UserCommand::Role { email, role, municipality, unit } => {
            let (role, municipality_id) = office(pool, role, municipality, &unit).await?;
            change(pool, &email, |account| admin::queries::Change {
                role,
                municipality_id,
                unit_name: unit,
                disabled: account.disabled,
                version: account.version,
            })
            .await
        }
        UserCommand::Disable { email } => {
            change(pool, &email, |account| admin::queries::Change {
                role: Role::from_code(&account.role).unwrap_or(Role::Resident),
                municipality_id: account.municipality_id,
                unit_name: account.unit_name.clone(),
                disabled: true,
                version: account.version,
            })
            .await
        }
    }
}

async fn office(pool: &PgPool, role: RoleArg, teryt: Option<String>, unit: &str) -> Result<(Role, Option<i64>)> {
    let role = Role::from(role);
    if role == Role::Official && (teryt.is_none() || unit.is_empty()) {
        return Err(Error::parameter("--municipality, --unit", "an official needs both"));
    }
    let Some(teryt) = teryt.filter(|_| role.is_office()) else { return Ok((role, None)) };
    match queries::municipality(pool, &teryt).await? {
        Some(id) => Ok((role, Some(id))),
        None => Err(Error::parameter("--municipality", format!("there is no municipality {teryt}"))),
    }
}

async fn add(pool: &PgPool, config: &Config, email: &str, newcomer: &Newcomer) -> Result<String> {
    if mail::address(email).is_none() {
        return Err(Error::parameter("EMAIL", format!("“{email}” is not an e-mail address")));
    }
    if queries::by_email(pool, email).await?.is_some() {
        return Err(Error::parameter("EMAIL", format!("{email} has an account; see `pestor user role`")));
    }
    let app = App::new(config.clone(), pool.clone());
    let mut transaction = pool.begin().await?;
    let token = tickets::issue(&mut transaction, Purpose::Invite, email, None, newcomer).await?;
    let url = app.absolute(&format!("/zaproszenie/{token}"));
    letters::send(&mut transaction, &app, (Lang::Pl, email), "invite", &newcomer.name, Some(url.clone())).await?;
    transaction.commit().await?;
    Ok(format!("{email} is invited as {}; the link works for seven days:\n{url}", newcomer.role))
}

async fn list(pool: &PgPool) -> Result<String> {
    let mut text = String::new();
    for account in admin::queries::accounts(pool, None, "", None).await? {
        let state = if account.disabled { " (disabled)" } else { "" };
        let office = [account.municipality, account.unit_name].join(" ");
        writeln!(text, "{}\t{}{state}\t{}\t{}", account.email, account.role, account.name, office.trim()).ok();
    }
    Ok(text.trim_end().to_owned())
}

async fn change(
    pool: &PgPool,
    email: &str,
    change: impl FnOnce(&admin::queries::Account) -> admin::queries::Change,
) -> Result<String> {
    let missing = || Error::parameter("EMAIL", format!("{email} has no account"));
    let id = queries::by_email(pool, &email.to_lowercase()).await?.ok_or_else(missing)?.id;
    let account = admin::queries::account(pool, id).await?.ok_or_else(missing)?;
    let change = change(&account);
    let mut transaction = pool.begin().await?;
    access::queries::act_as(&mut transaction, id, Role::Administrator).await?;
    if !admin::queries::change(&mut transaction, id, &change).await? {
        return Err(Error::parameter("EMAIL", "the account was changed by somebody else just now"));
    }
    transaction.commit().await?;
    let state = if change.disabled { "disabled" } else { change.role.code() };
    Ok(format!("{email} is {state} now"))
}
