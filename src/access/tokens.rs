//! Random tokens, and what is derived from them.

use axum::http::HeaderMap;
use axum::http::header::COOKIE;
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use sha2::{Digest, Sha256};

use crate::config::Config;

/// 256 random bits as text that is safe in addresses and cookies.
///
/// # Panics
/// The system has no randomness: nothing safe can be done then.
pub fn random() -> String {
    let mut bytes = [0; 32];
    if let Err(error) = getrandom::fill(&mut bytes) {
        panic!("the system gives no random bytes: {error}");
    }
    BASE64URL_NOPAD.encode(&bytes)
}

/// What the database keeps of a token. Tokens are random, so one round is enough.
pub fn digest(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// The form token that goes with a cookie: whoever cannot read the cookie cannot know it.
pub fn csrf(cookie: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(format!("form\0{cookie}").as_bytes())[..16])
}

/// True when two texts are equal, in a time that does not tell where they differ.
pub fn equal(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0, |differs, (x, y)| differs | (x ^ y)) == 0
}

/// A cookie of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cookie {
    /// The session of somebody who is signed in.
    Session,
    /// What ties a form to a browser before anybody signed in.
    Visit,
}

impl Cookie {
    /// Its name. Over HTTPS the prefix binds it to this host: a neighbouring subdomain cannot plant one.
    pub fn name(self, config: &Config) -> &'static str {
        match (self, config.is_https()) {
            (Self::Session, true) => "__Host-session",
            (Self::Session, false) => "session",
            (Self::Visit, true) => "__Host-visit",
            (Self::Visit, false) => "visit",
        }
    }

    /// Its value in a request.
    pub fn read(self, config: &Config, headers: &HeaderMap) -> Option<String> {
        let pairs = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs = pairs.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let (_, value) = pairs.find(|(name, _)| *name == self.name(config))?;
        // Anything else was not given out by us.
        (value.len() == 43).then(|| value.to_owned())
    }

    /// `Set-Cookie` with a value, for so many seconds.
    pub fn set(self, config: &Config, value: &str, max_age_s: i64) -> String {
        let secure = if config.is_https() { "; Secure" } else { "" };
        format!("{}={value}; Path=/; Max-Age={max_age_s}; HttpOnly; SameSite=Lax{secure}", self.name(config))
    }

    /// `Set-Cookie` that removes it.
    pub fn clear(self, config: &Config) -> String {
        self.set(config, "", 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ_and_compare() {
        let (a, b) = (random(), random());
        assert_eq!(a.len(), 43);
        assert!(!equal(&a, &b) && equal(&a, &a.clone()) && !equal(&a, ""));
        assert_ne!(csrf(&a), csrf(&b));
        assert!(!csrf(&a).contains(&a));
    }
}
