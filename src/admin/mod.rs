//! Accounts as administrators see them: who there is, invitations, roles.

pub mod queries;
pub mod routes;

pub use routes::routes;
