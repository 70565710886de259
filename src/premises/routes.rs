//! Pages of the premises.
use axum::Router;
use crate::app::App;
/// x
pub fn routes() -> Router<App> { Router::new() }
