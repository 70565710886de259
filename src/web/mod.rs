//! What every page shares: parameters, language, layout, static files, security headers.

pub mod accept;
pub mod area;
pub mod assets;
pub mod card;
pub mod check;
pub mod etag;
pub mod fields;
pub mod form;
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
pub mod place_field;
pub mod security;

pub use card::{Badge, Card, Fact};
pub use check::Check;
pub use fields::Field;
pub use form::{Form, FormView, Upload};
pub use i18n::Lang;
pub use list_page::ListPage;
pub use page::{Page, Site, form_page, html};
pub use params::Params;
pub use photo::PhotoView;
pub use place::{Contact, Place};
