//! New organisations: proposed with a whole profile, held against the register, and in it only once an official approved.

pub mod queries;
mod routes;

use crate::access::{Routes, Thing};

/// A proposal, named by its number.
pub const PROPOSAL: Thing =
    Thing { name: "proposal", find: |pool, key| Box::pin(async move { queries::owned(&pool, &key).await }) };

pub(super) fn routes() -> Routes {
    routes::routes()
}

/// An organisation of the register that the proposed one may be.
#[derive(Debug, Clone)]
pub struct Duplicate {
    /// Name in web addresses.
    pub slug: String,
    /// Full name.
    pub name: String,
    /// Code of the legal form.
    pub legal_form: String,
    /// Street, number and town.
    pub address: String,
    /// Fields of identifiers that are the same: `krs`, `nip`, `regon`.
    pub same: Vec<String>,
}
