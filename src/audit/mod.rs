//! The log of what signed-in people changed. Triggers write it (`audit_row`); here officials read it.

pub mod queries;
mod routes;

pub use routes::routes;
