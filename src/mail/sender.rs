//! Takes mails out of the outbox and sends them, one after the other. Every server runs one sender.
//!
//! A row is taken in a transaction that stays open while the mail server is talked to. So it is with one sender at a time, and
//! when a process dies, its connection ends, the transaction with it, and the row is free at once.

use std::panic::catch_unwind;
use std::path::PathBuf;
use std::time::Duration;

use lettre::message::Mailbox;
use sqlx::{Connection, PgConnection};
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

use super::queries::{self, Due};
use super::settings::{Delivery, Mail};
use super::smtp::{Client, Failure, Kind, PATIENCE, PATIENCE_AT_END};
use super::{folder, message};
use crate::app::App;
use crate::config::Config;
use crate::db;
use crate::error::{Error, Result};

/// How often to look for something to send.
const LOOK: Duration = Duration::from_millis(500);

/// How long to wait before the database, or a mail server that cannot be reached, is tried again.
const RETRY: Duration = Duration::from_secs(1);

/// How often to delete what need not be kept.
const FORGET: Duration = Duration::from_secs(3600);

/// Minutes to wait after the first, second, … failed attempt; after the last of them a mail is given up, two days old.
const PAUSES_MIN: [i32; 9] = [1, 5, 15, 60, 120, 240, 480, 960, 960];

/// Sends mails until `stop` holds true. A mail that is being sent then is sent to its end; who cannot wait for it drops this.
pub async fn run(app: App, stop: watch::Receiver<bool>) {
    run_with_patience(app, stop, PATIENCE).await;
}

/// The same, with another patience towards the mail server.
pub async fn run_with_patience(app: App, mut stop: watch::Receiver<bool>, patience: Duration) {
    let mail = &app.config.mail;
    let post = match &mail.delivery {
        Delivery::Smtp(server) => Some(Post::Smtp(Box::new(Client::new(server.clone(), patience)))),
        Delivery::Folder(dir) => {
            tracing::info!(dir = %dir.display(), "mails are written to files");
            Some(Post::Folder(dir.clone()))
        }
        Delivery::Nowhere => {
            tracing::warn!("neither mail.smtp_url nor mail.mail_dir is set: mails wait in the outbox");
            None
        }
    };
    let mut sender = Sender { mail, post, unrecorded: None, is_down: false, is_lost: false };
    while !*stop.borrow() {
        if let Err(error) = sender.work(&app.config, patience, &mut stop).await {
            if !std::mem::replace(&mut sender.is_lost, true) {
                tracing::warn!(%error, "mails wait for the database");
            }
            pause(RETRY, &mut stop).await;
        }
    }
    sender.rest().await;
}

/// Waits, but not longer than the sender shall run.
async fn pause(time: Duration, stop: &mut watch::Receiver<bool>) {
    let is_told = async {
        if stop.wait_for(|stop| *stop).await.is_err() {
            // Nobody is left who could say stop.
            std::future::pending::<()>().await;
        }
    };
    timeout(time, is_told).await.ok();
}

/// How mails leave.
enum Post {
    Smtp(Box<Client>),
    Folder(PathBuf),
}

impl Post {
    /// Sends a mail, or says why not.
    async fn deliver(&mut self, due: &Due, from: &Mailbox) -> Result<(), Failure> {
        let failure = |kind: Kind, reason: String| Failure { reason, status: None, kind };
        let refused = |reason: String| failure(Kind::Refused, reason);
        let to =
            super::address(&due.recipient).ok_or_else(|| refused("the recipient is no e-mail address".to_owned()))?;
        // lettre panics at names that no header can hold. A mail must not end the sender of all others.
        let message = catch_unwind(|| message::compose(due, from, &to))
            .map_err(|_| refused("no mail can be made of it".to_owned()))?
            .map_err(|error| refused(error.to_string()))?;
        match self {
            Self::Smtp(client) => client.send(&from.email, &to, &message).await,
            Self::Folder(dir) => {
                let (dir, id) = (dir.clone(), due.id);
                let written = tokio::task::spawn_blocking(move || folder::write(&dir, id, &message)).await;
                let written = written.unwrap_or_else(|error| Err(std::io::Error::other(error)));
                written.map_err(|error| failure(Kind::NoServer, error.to_string()))
            }
        }
    }
}

struct Sender<'a> {
    mail: &'a Mail,
    /// Nothing where mails only wait.
    post: Option<Post>,
    /// A mail that was sent, but whose record failed: recorded before anything else is done, so that a database that cannot be
    /// written to does not make this sender send it again and again.
    unrecorded: Option<i64>,
    /// Whether the mail server could not be talked to the last time.
    is_down: bool,
    /// Whether the database could not be worked with the last time.
    is_lost: bool,
}

impl Sender<'_> {
    /// Connects, and sends what is due until told to stop.
    async fn work(&mut self, config: &Config, patience: Duration, stop: &mut watch::Receiver<bool>) -> Result<()> {
        let mut db = connect(config, patience).await?;
        if let Some(id) = self.unrecorded {
            queries::sent(&mut db, id).await?;
            self.unrecorded = None;
        }
        self.is_lost = false;
        let mut forgotten: Option<Instant> = None;
        while !*stop.borrow() {
            if forgotten.is_none_or(|at| at.elapsed() > FORGET) {
                let deleted = queries::forget(&mut db).await?;
                tracing::debug!(deleted, "old mails");
                forgotten = Some(Instant::now());
            }
            if !self.send_next(&mut db).await? {
                self.rest().await;
                pause(LOOK, stop).await;
            } else if self.is_down {
                pause(RETRY, stop).await;
            }
        }
        Ok(())
    }

    /// Takes a mail and tries to send it; false where there is none.
    async fn send_next(&mut self, db: &mut PgConnection) -> Result<bool> {
        let Some(post) = &mut self.post else { return Ok(false) };
        let mut transaction = db.begin().await?;
        let Some(due) = queries::take(&mut transaction).await? else {
            transaction.rollback().await?;
            return Ok(false);
        };
        match post.deliver(&due, &self.mail.from).await {
            Ok(()) => {
                self.unrecorded = Some(due.id);
                queries::sent(&mut transaction, due.id).await?;
                transaction.commit().await?;
                self.unrecorded = None;
                if std::mem::take(&mut self.is_down) {
                    tracing::info!("mails are sent again");
                }
                tracing::debug!(mail_id = due.id, "a mail was sent");
            }
            Err(failure) => {
                let reason = storable(&failure.reason);
                let attempt = usize::try_from(due.attempts).unwrap_or(1).max(1);
                match PAUSES_MIN.get(attempt - 1) {
                    Some(minutes) if failure.kind != Kind::Refused => {
                        queries::put_off(&mut transaction, due.id, *minutes, &reason).await?;
                    }
                    _ => queries::give_up(&mut transaction, due.id, &reason).await?,
                }
                transaction.commit().await?;
                self.log(&due, &failure);
            }
        }
        Ok(true)
    }

    async fn rest(&mut self) {
        if let Some(Post::Smtp(client)) = &mut self.post {
            client.rest().await;
        }
    }

    /// Says what went wrong. What a server answers about a recipient may hold the address, so only its number is logged;
    /// the row has the rest.
    fn log(&mut self, due: &Due, failure: &Failure) {
        let (mail_id, status) = (due.id, failure.status);
        let is_last = usize::try_from(due.attempts).is_ok_and(|attempts| attempts > PAUSES_MIN.len());
        if failure.kind == Kind::NoServer {
            if !std::mem::replace(&mut self.is_down, true) {
                tracing::warn!(reason = %storable(&failure.reason), "mails cannot be sent for now");
            }
        } else {
            self.is_down = false;
        }
        if failure.kind == Kind::Refused || is_last {
            tracing::warn!(mail_id, status, attempts = due.attempts, "a mail was given up; its row says why");
        } else if failure.kind == Kind::Later {
            tracing::info!(mail_id, status, attempts = due.attempts, "a mail has to wait");
        }
    }
}

/// A connection of its own, so that mails never wait for requests nor requests for mails.
async fn connect(config: &Config, patience: Duration) -> Result<PgConnection> {
    // Longer than the longest conversation: after it a process that stands still has lost the row.
    let most_idle = (patience * (PATIENCE_AT_END + 5)).as_millis().to_string();
    let options = db::options(&config.database_url)?.options([
        ("idle_in_transaction_session_timeout", most_idle.as_str()),
        // A machine that vanished without a word has lost the row after half a minute.
        ("tcp_keepalives_idle", "15"),
        ("tcp_keepalives_interval", "5"),
        ("tcp_keepalives_count", "3"),
    ]);
    PgConnection::connect_with(&options).await.map_err(Error::from)
}

/// A server's words as the database can hold them.
fn storable(reason: &str) -> String {
    reason.chars().map(|c| if c.is_control() { ' ' } else { c }).take(500).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_is_tried_for_two_days() {
        assert!(PAUSES_MIN.is_sorted());
        let hours = PAUSES_MIN.iter().sum::<i32>() / 60;
        assert!((44..=48).contains(&hours), "{hours}");
    }

    #[test]
    fn a_hostile_answer_can_be_stored() {
        assert_eq!(storable("a\0b\r\nc"), "a b  c");
        assert_eq!(storable(&"ą".repeat(600)).chars().count(), 500);
    }
}
