//! Accounts: registration, sign-in, second factor, what a person can see and change of their own.

pub mod password;
pub mod queries;
pub mod sign_in;

use crate::access::Routes;

/// Routes of accounts.
pub fn routes() -> Routes {
    Routes::new().merge(sign_in::routes())
}
