//! Districts: the parts of a municipality that filters and addresses speak of.

pub mod queries;

/// A district as a filter offers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct District {
    /// Name in web addresses.
    pub slug: String,
    /// Name on screen.
    pub name: String,
}
