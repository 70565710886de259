//! The conversation with a mail server (RFC 5321).

use std::future::Future;
use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use tokio::time::timeout;

use super::settings::{Server, Tls};

/// How long an answer may take.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The answer to a whole mail may take so many times as long: who leaves earlier may have been heard all the same, and would
/// say it twice (RFC 5321 section 4.5.3.2.6: ten minutes).
pub const PATIENCE_AT_END: u32 = 10;

/// Why a mail was not sent.
#[derive(Debug)]
pub struct Failure {
    /// In words; may name the recipient, so it is not for the log.
    pub reason: String,
    /// The server's number for it, where it gave one.
    pub status: Option<u16>,
    /// What it means.
    pub kind: Kind,
}

/// What a failure means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// This mail will never be taken.
    Refused,
    /// This mail may be taken later.
    Later,
    /// There is no talking to the server just now, about this mail or any other.
    NoServer,
}

impl Failure {
    fn new(kind: Kind, error: &SmtpError) -> Self {
        Self { reason: error.to_string(), status: error.status().map(u16::from), kind }
    }
}

/// A mail server, and the conversation with it, kept from mail to mail.
pub struct Client {
    server: Server,
    patience: Duration,
    /// Only ever one in which nothing is left to be answered.
    connection: Option<AsyncSmtpConnection>,
}

impl Client {
    /// A client of a server.
    pub fn new(server: Server, patience: Duration) -> Self {
        Self { server, patience, connection: None }
    }

    /// Sends a mail; `Ok` is the server's yes.
    ///
    /// # Errors
    /// The server cannot be reached, or does not take it.
    pub async fn send(&mut self, from: &Address, to: &Address, message: &[u8]) -> Result<(), Failure> {
        let mut connection = match self.kept().await {
            Some(connection) => connection,
            None => self.within(1, self.connect(), |_| Kind::NoServer).await?,
        };
        // A connection with an answer outstanding would take that for the answer to the next mail, so it is dropped here
        // when this fails without an answer, or ends in the middle.
        let result = self.converse(&mut connection, from, to, message).await;
        if result.as_ref().err().is_none_or(|failure| failure.status.is_some()) {
            self.connection = Some(connection);
        }
        result
    }

    /// Takes leave of the server until there is something to send.
    pub async fn rest(&mut self) {
        if let Some(mut connection) = self.connection.take() {
            timeout(Duration::from_secs(2), connection.quit()).await.ok();
        }
    }

    /// The connection of the last mail, where it still stands.
    async fn kept(&mut self) -> Option<AsyncSmtpConnection> {
        let mut connection = self.connection.take()?;
        let reset = timeout(Duration::from_secs(5).min(self.patience), connection.command(Rset)).await;
        matches!(reset, Ok(Ok(_))).then_some(connection)
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, SmtpError> {
        let Server { host, port, tls, credentials } = &self.server;
        let hello = ClientId::default();
        let implicit = (*tls == Tls::Implicit).then(|| TlsParameters::new(host.clone())).transpose()?;
        let mut connection =
            AsyncSmtpConnection::connect_tokio1((host.as_str(), *port), Some(self.patience), &hello, implicit, None)
                .await?;
        if *tls == Tls::Required {
            connection.starttls(TlsParameters::new(host.clone())?, &hello).await?;
        }
        if let Some((user, password)) = credentials {
            let credentials = Credentials::new(user.clone(), password.0.clone());
            connection.auth(&[Mechanism::Plain, Mechanism::Login], &credentials).await?;
        }
        Ok(connection)
    }

    async fn converse(
        &self,
        connection: &mut AsyncSmtpConnection,
        from: &Address,
        to: &Address,
        message: &[u8],
    ) -> Result<(), Failure> {
        let mut parameters = Vec::new();
        let recipient: &str = to.as_ref();
        if !recipient.is_ascii() {
            if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
                let reason = "the mail server knows no addresses with letters beyond ASCII".to_owned();
                // Nothing was asked, so nothing is outstanding: the next mail may use the connection.
                return Err(Failure { reason, status: Some(553), kind: Kind::Refused });
            }
            parameters = vec![MailParameter::SmtpUtfEight, MailParameter::Body(MailBodyParameter::EightBitMime)];
        }
        // Whoever refuses the sender has nothing against this mail: our settings, or our name with them, are wrong.
        self.within(1, connection.command(Mail::new(Some(from.clone()), parameters)), |_| Kind::NoServer).await?;
        self.within(1, connection.command(Rcpt::new(to.clone(), Vec::new())), kind_of).await?;
        self.within(1, connection.command(Data), kind_of).await?;
        self.within(PATIENCE_AT_END, connection.message(message), kind_of).await?;
        Ok(())
    }

    /// Waits for an answer, but not for ever.
    async fn within<T>(
        &self,
        times: u32,
        answer: impl Future<Output = Result<T, SmtpError>>,
        kind: impl Fn(&SmtpError) -> Kind,
    ) -> Result<T, Failure> {
        match timeout(self.patience * times, answer).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => Err(Failure::new(kind(&error), &error)),
            Err(_) => {
                let reason = "the mail server did not answer in time".to_owned();
                Err(Failure { reason, status: None, kind: Kind::NoServer })
            }
        }
    }
}

/// What an answer about one mail means.
fn kind_of(error: &SmtpError) -> Kind {
    match error.status().map(u16::from) {
        // Authentication required: not this mail's fault.
        Some(530) | None => Kind::NoServer,
        Some(_) if error.is_permanent() => Kind::Refused,
        Some(_) => Kind::Later,
    }
}
