//! Pages about the site itself: what it is, who can use it, what it keeps.

mod routes;

pub use routes::routes;
