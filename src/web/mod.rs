//! What every page shares: parameters, language, layout, static files, security headers.

pub mod assets;
pub mod card;
pub mod etag;
pub mod fields;
pub mod format;
pub mod i18n;
pub mod jsonld;
pub mod list;
pub mod list_page;
pub mod map_page;
pub mod page;
pub mod params;
pub mod photo;
pub mod place;
pub mod security;

pub use card::{Badge, Card, Fact};
pub use fields::Field;
pub use i18n::Lang;
pub use list_page::ListPage;
pub use page::{Page, Site, html};
pub use params::Params;
pub use photo::PhotoView;
pub use place::{Contact, Place};
