//! Moderation: what waits for a decision by an official, and what was decided.

mod decide;
pub mod queries;
mod routes;

pub use routes::routes;

/// Something that somebody has to decide.
#[derive(Debug, Clone)]
pub struct Open<'a> {
    /// Whose officials decide; none = administrators.
    pub municipality_id: Option<i64>,
    /// `claim`, `organisation`, `first_post` or `report`.
    pub kind: &'static str,
    /// `claim`, `organisation`, `offer`, `demand`, `equipment`, `question` or `message`.
    pub thing: &'static str,
    /// Its key.
    pub thing_id: i64,
    /// Who claimed, posted or reported.
    pub author_id: i64,
    /// Their reason, in their words.
    pub note: &'a str,
}
