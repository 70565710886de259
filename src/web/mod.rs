//! What every page shares: parameters, language, layout, static files, security headers.

pub mod assets;
pub mod format;
pub mod i18n;
pub mod list;
pub mod page;
pub mod params;
pub mod security;

pub use i18n::Lang;
pub use page::{Page, Site, html};
pub use params::Params;
