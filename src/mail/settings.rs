//! Where mails come from and where they go.

use std::path::PathBuf;

use axum::http::Uri;
use data_encoding::HEXLOWER_PERMISSIVE;
use lettre::message::Mailbox;
use serde::Deserialize;

use crate::config::{ConfigError, Secret};

/// The section `[mail]` of one source of settings.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailSettings {
    /// Whom mails come from: `Name <address>`, or an address alone.
    pub from: Option<String>,
    /// Mail server: `smtps://user:password@host:465`, `smtp://user:password@host:587?tls=required`, or `smtp://host:25`, in clear.
    pub smtp_url: Option<Secret>,
    /// Folder that mails are written to instead, each as `<id>.eml`.
    pub mail_dir: Option<PathBuf>,
}

/// Where mails come from and where they go.
#[derive(Debug, Clone)]
pub struct Mail {
    /// Whom they come from; its domain is that of the Message-IDs.
    pub from: Mailbox,
    /// Where they go.
    pub delivery: Delivery,
}

/// Where mails go.
#[derive(Debug, Clone)]
pub enum Delivery {
    /// To a mail server.
    Smtp(Server),
    /// Into a folder, each as `<id>.eml`.
    Folder(PathBuf),
    /// Nowhere yet: they wait in the outbox.
    Nowhere,
}

/// A mail server and how to talk to it.
#[derive(Debug, Clone)]
pub struct Server {
    /// Name or address of the machine.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// What protects the conversation.
    pub tls: Tls,
    /// Name and password, where it asks for them.
    pub credentials: Option<(String, Secret)>,
}

/// What protects the conversation with a mail server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// TLS from the first byte (`smtps://`).
    Implicit,
    /// STARTTLS, and nothing is said where the server does not know it (`smtp://…?tls=required`).
    Required,
    /// Nothing: for a server on the same machine or in the same closed network (`smtp://`).
    None,
}

impl MailSettings {
    /// Settings of `self` win over those of `lower`.
    #[must_use]
    pub fn over(self, lower: Self) -> Self {
        Self {
            from: self.from.or(lower.from),
            smtp_url: self.smtp_url.or(lower.smtp_url),
            mail_dir: self.mail_dir.or(lower.mail_dir),
        }
    }

    /// Writes mails to a folder, unless they already go somewhere.
    #[must_use]
    pub fn or_folder(self, dir: PathBuf) -> Self {
        let mail_dir = if self.smtp_url.is_none() { self.mail_dir.or(Some(dir)) } else { self.mail_dir };
        Self { mail_dir, ..self }
    }

    /// Checks the whole.
    ///
    /// # Errors
    /// A sender that is no address, or none beside a mail server; a mail server's address of an unknown form; both a mail server
    /// and a folder.
    pub fn into_mail(self) -> Result<Mail, ConfigError> {
        let wrong = |name: &str, reason: &str| ConfigError::Value { name: name.to_owned(), reason: reason.to_owned() };
        let delivery = match (self.smtp_url, self.mail_dir) {
            (Some(_), Some(_)) => {
                return Err(wrong("mail.mail_dir", "mails go to smtp_url or to mail_dir, not to both: take one away"));
            }
            (Some(url), None) => Delivery::Smtp(server(&url.0).map_err(|reason| wrong("mail.smtp_url", reason))?),
            (None, Some(dir)) => Delivery::Folder(dir),
            (None, None) => Delivery::Nowhere,
        };
        let from = match self.from.as_deref() {
            Some(from) => from,
            None if matches!(delivery, Delivery::Smtp(_)) => {
                return Err(wrong(
                    "mail.from",
                    "not set; it says whom mails come from (PES-TOR <noreply@example.org>)",
                ));
            }
            None => "PES-TOR <pes-tor@localhost>",
        };
        let from = mailbox(from)
            .ok_or_else(|| wrong("mail.from", "must look like PES-TOR <noreply@example.org>, in one line"))?;
        Ok(Mail { from, delivery })
    }
}

/// `Name <address>`, or an address alone.
fn mailbox(text: &str) -> Option<Mailbox> {
    let (name, address) = match text.trim().strip_suffix('>') {
        Some(text) => text.rsplit_once('<')?,
        None => ("", text.trim()),
    };
    let name = name.trim().trim_matches('"');
    if name.contains(|c: char| c.is_control() || "<>\"".contains(c)) || !address.is_ascii() {
        return None;
    }
    Some(Mailbox::new((!name.is_empty()).then(|| name.to_owned()), super::address(address)?))
}

/// The server that an address names. What is wrong with it is said without repeating it: it may hold a password.
fn server(url: &str) -> Result<Server, &'static str> {
    const FORM: &str =
        "must look like smtps://user:password@host:465, smtp://user:password@host:587?tls=required or smtp://host:25";
    let uri: Uri = url.parse().map_err(|_| FORM)?;
    let authority = uri.authority().ok_or(FORM)?.as_str();
    let (tls, port) = match (uri.scheme_str(), uri.query()) {
        (Some("smtps"), None) => (Tls::Implicit, 465),
        (Some("smtp"), Some("tls=required")) => (Tls::Required, 587),
        (Some("smtp"), None) => (Tls::None, 25),
        _ => return Err(FORM),
    };
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let names_port = authority.rsplit(['@', ']']).next().is_some_and(|rest| rest.contains(':'));
    if host.is_empty() || !matches!(uri.path(), "" | "/") || names_port != uri.port_u16().is_some() {
        return Err(FORM);
    }
    let credentials = match authority.rsplit_once('@') {
        None => None,
        Some((login, _)) => {
            let (user, password) = login.split_once(':').ok_or(FORM)?;
            let decode =
                |text| decoded(text).ok_or("user and password hold a % that is no percent-encoding (%25 stands for %)");
            Some((decode(user)?, Secret(decode(password)?)))
        }
    };
    if credentials.is_some() && tls == Tls::None {
        return Err("the password would be sent in clear: add ?tls=required, or use smtps://");
    }
    Ok(Server { host, port: uri.port_u16().unwrap_or(port), tls, credentials })
}

/// Undoes percent-encoding.
fn decoded(text: &str) -> Option<String> {
    let mut pieces = text.split('%');
    let mut bytes = pieces.next()?.as_bytes().to_vec();
    for piece in pieces {
        let (code, rest) = piece.split_at_checked(2)?;
        bytes.extend(HEXLOWER_PERMISSIVE.decode(code.as_bytes()).ok()?);
        bytes.extend(rest.as_bytes());
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(from: &str, smtp_url: &str) -> MailSettings {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        MailSettings { from: some(from), smtp_url: some(smtp_url).map(Secret), mail_dir: None }
    }

    #[test]
    fn mail_servers_are_understood() {
        for (url, host, port, tls) in [
            ("smtps://mail.example.org", "mail.example.org", 465, Tls::Implicit),
            ("smtps://mail.example.org:1465/", "mail.example.org", 1465, Tls::Implicit),
            ("smtp://mail.example.org?tls=required", "mail.example.org", 587, Tls::Required),
            ("smtp://[::1]:2525", "::1", 2525, Tls::None),
            ("smtp://localhost", "localhost", 25, Tls::None),
        ] {
            let server = server(url).expect(url);
            assert_eq!((server.host.as_str(), server.port, server.tls), (host, port, tls), "{url}");
            assert!(server.credentials.is_none());
        }
        let server = server("smtps://jan%40example.org:p%3A%2fs%25+s@mail.example.org:465").expect("a server");
        let (user, password) = server.credentials.clone().expect("credentials");
        assert_eq!((user.as_str(), password.0.as_str()), ("jan@example.org", "p:/s%+s"));
        assert!(!format!("{server:?}").contains("p:/s"), "secrets stay hidden");
    }

    #[test]
    fn what_is_wrong_is_named_without_the_password() {
        for url in [
            "mail.example.org",
            "smtps://",
            "https://user:hunter2@mail.example.org",
            "smtp://user:hunter2@mail.example.org?tls=opportunistic",
            "smtp://user:hunter2@mail.example.org?tls=require",
            "smtp://user:hunter2@mail.example.org",
            "smtps://user:hunter2@mail.example.org?tls=none",
            "smtps://hunter2@mail.example.org",
            "smtps://user:hunter2@mail.example.org:99999",
            "smtps://user:hunter2@mail.example.org:",
            "smtps://user:hunter2@mail.example.org/path",
            "smtps://user:hunter2%zz@mail.example.org",
            "smtps://user:hunter2%e@mail.example.org",
            "smtps://user:hunter2@",
        ] {
            let error = settings("a@example.org", url).into_mail().expect_err(url).to_string();
            assert!(error.starts_with("mail.smtp_url: ") && !error.contains("hunter2"), "{url}: {error}");
        }
        let error = settings("", "smtp://localhost").into_mail().expect_err("no sender").to_string();
        assert!(error.starts_with("mail.from: "), "{error}");
        let both = MailSettings { mail_dir: Some("mail".into()), ..settings("a@example.org", "smtp://localhost") };
        assert!(both.into_mail().expect_err("both").to_string().starts_with("mail.mail_dir: "));
    }

    #[test]
    fn senders_have_a_name_or_none() {
        for (text, name, address) in [
            ("PES-TOR <noreply@example.org>", Some("PES-TOR"), "noreply@example.org"),
            ("Mapa społeczna, Toruń <noreply@example.org>", Some("Mapa społeczna, Toruń"), "noreply@example.org"),
            ("\"PES-TOR\" <noreply@example.org>", Some("PES-TOR"), "noreply@example.org"),
            ("noreply@example.org", None, "noreply@example.org"),
        ] {
            let mail = settings(text, "").into_mail().expect(text);
            assert_eq!((mail.from.name.as_deref(), mail.from.email.as_ref()), (name, address));
        }
        for bad in [
            "PES-TOR",
            "PES-TOR <>",
            "A\r\nBcc: b <a@example.org>",
            "A <a@example.org> B",
            "A <a\0@example.org>",
            "żółw@example.org",
        ] {
            let error = settings(bad, "").into_mail().expect_err(bad).to_string();
            assert!(error.starts_with("mail.from: "), "{error}");
        }
    }

    #[test]
    fn the_demo_writes_files_unless_told_otherwise() {
        let to = |settings: MailSettings| settings.or_folder("demo".into()).into_mail().expect("settings").delivery;
        assert!(matches!(to(settings("", "")), Delivery::Folder(dir) if dir.as_os_str() == "demo"));
        assert!(matches!(to(settings("a@example.org", "smtp://localhost")), Delivery::Smtp(_)));
        let own = MailSettings { mail_dir: Some("own".into()), ..MailSettings::default() };
        assert!(matches!(to(own), Delivery::Folder(dir) if dir.as_os_str() == "own"));
    }
}
