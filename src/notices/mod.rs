//! Mails that people can do without, and how they stop them.

pub mod queries;
pub mod unsubscribe;

pub use unsubscribe::routes;
