//! Passwords: Argon2id, hashed on threads of their own that give way to all others.
//!
//! A hash takes tens of milliseconds of a core. Fifty sign-ins a second fill more than one; with the lowest priority they wait
//! for the map, not the map for them.

use std::num::NonZero;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::thread;

use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::oneshot;

use crate::error::{Error, Result};

/// The fewest characters a password has (NIST SP 800-63B asks for at least 8, and for length rather than for kinds of characters).
pub const LEAST: usize = 10;
/// The most; hashing more would only cost time.
pub const MOST: usize = 200;

/// Requests that may wait for the threads; more are asked to come back.
const QUEUE: usize = 64;

/// Memory in KiB and rounds: the first recommendation of OWASP's cheat sheet for Argon2id.
fn argon2() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(19 * 1024, 2, 1, None).unwrap_or_default())
}

enum Job {
    Hash(String, oneshot::Sender<Option<String>>),
    Verify(String, Option<String>, oneshot::Sender<Option<bool>>),
}

static JOBS: LazyLock<SyncSender<Job>> = LazyLock::new(|| {
    let (give, take) = sync_channel::<Job>(QUEUE);
    let take = Arc::new(Mutex::new(take));
    for _ in 0..thread::available_parallelism().map_or(1, NonZero::get) {
        let take = take.clone();
        if let Err(error) = thread::Builder::new().name("passwords".to_owned()).spawn(move || work(&take)) {
            tracing::error!(%error, "no thread for passwords");
        }
    }
    give
});

fn work(queue: &Mutex<Receiver<Job>>) {
    // On Linux niceness is each thread's own. Where it is refused, the queue still bounds what passwords cost.
    if let Err(error) = rustix::process::nice(19) {
        tracing::debug!(%error, "a password thread keeps its priority");
    }
    // Checked where there is no account, so that the answer takes as long.
    let nobody = hash("nobody has this password").unwrap_or_default();
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
    while let Ok(job) = next() {
        match job {
            // Whoever asked may be gone by now.
            Job::Hash(password, answer) => {
                answer.send(hash(&password)).ok();
            }
            Job::Verify(password, stored, answer) => {
                let right = verify(&password, stored.as_deref().unwrap_or(&nobody));
                answer.send(Some(right && stored.is_some())).ok();
            }
        }
    }
}

fn hash(password: &str) -> Option<String> {
    argon2().hash_password(password.as_bytes()).ok().map(|hash| hash.to_string())
}

fn verify(password: &str, stored: &str) -> bool {
    argon2::PasswordHash::new(stored).is_ok_and(|hash| argon2().verify_password(password.as_bytes(), &hash).is_ok())
}

async fn done<T>(job: Job, answer: oneshot::Receiver<Option<T>>) -> Result<T> {
    match JOBS.try_send(job) {
        Ok(()) => {}
        Err(TrySendError::Full(_)) => {
            return Err(Error::Unavailable("too many passwords are being checked".to_owned()));
        }
        Err(TrySendError::Disconnected(_)) => return Err(Error::internal("the password threads are gone")),
    }
    answer.await.ok().flatten().ok_or_else(|| Error::internal("a password could not be hashed"))
}

/// The hash of a password, in PHC string format.
///
/// # Errors
/// Too many wait already.
pub async fn hashed(password: &str) -> Result<String> {
    let (give, take) = oneshot::channel();
    done(Job::Hash(password.to_owned(), give), take).await
}

/// True when a password is the one behind a hash. Without a hash it takes as long and is false.
///
/// # Errors
/// Too many wait already.
pub async fn is_right(password: &str, stored: Option<&str>) -> Result<bool> {
    let (give, take) = oneshot::channel();
    done(Job::Verify(password.to_owned(), stored.map(str::to_owned), give), take).await
}

/// The Fluent key of what is wrong with a new password; nothing when it will do.
pub fn weakness(password: &str, email: &str, name: &str) -> Option<&'static str> {
    let length = password.chars().count();
    if length < LEAST {
        return Some("password-short");
    }
    if length > MOST {
        return Some("password-long");
    }
    let lower = password.to_lowercase();
    let own = [
        email.split('@').next().unwrap_or_default(),
        email.split(['@', '.']).nth(1).unwrap_or_default(),
        name,
        "pes-tor",
        "pestor",
        "password",
        "haslo",
        "hasło",
        "qwerty",
    ];
    // What is left when everything is taken away that anybody would try first.
    let mut rest = lower.clone();
    for word in own.iter().filter(|word| word.chars().count() >= 3) {
        rest = rest.replace(&word.to_lowercase(), "");
    }
    rest = rest
        .replace("1234567890", "")
        .replace("123456789", "")
        .replace("12345678", "")
        .replace("123456", "")
        .replace("12345", "");
    let distinct = lower.chars().collect::<std::collections::BTreeSet<_>>().len();
    (rest.chars().count() < 5 || distinct < 5).then_some("password-easy")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_hash_fits_its_password_only() {
        let stored = hashed("korzenie i skrzydła").await.expect("hashed");
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(is_right("korzenie i skrzydła", Some(&stored)).await.expect("checked"));
        assert!(!is_right("korzenie i skrzydła ", Some(&stored)).await.expect("checked"));
        assert!(!is_right("nobody has this password", None).await.expect("checked"));
    }

    #[test]
    fn what_anybody_would_try_first_is_weak() {
        for password in ["krótkie", "1234567890", "aaaaaaaaaaaa", "jan.kowalski1", "Pestor12345", "qwerty123456"] {
            assert!(weakness(password, "jan.kowalski@example.org", "Jan Kowalski").is_some(), "{password}");
        }
        assert_eq!(weakness("cztery słowa razem", "jan@example.org", "Jan"), None);
    }
}
