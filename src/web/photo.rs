//! An uploaded photo as pages show it.

/// Longer side of the large picture at most, pixels.
pub const LARGE_SIDE_PX: u32 = 1600;
/// Longer side of the small picture at most, pixels.
pub const SMALL_SIDE_PX: u32 = 480;

/// An uploaded photo as pages show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhotoView {
    /// Address of the small picture.
    pub small_url: String,
    /// Address of the large picture.
    pub large_url: String,
    /// Width of the large picture.
    pub width_px: i32,
    /// Height of the large picture.
    pub height_px: i32,
    /// What is to be seen; may be empty.
    pub alternative_text: String,
}

impl PhotoView {
    /// Width of the small picture.
    pub fn small_width_px(&self) -> i32 {
        let longer = f64::from(self.width_px.max(self.height_px));
        let scale = (f64::from(SMALL_SIDE_PX) / longer).min(1.0);
        ((f64::from(self.width_px) * scale).round() as i32).max(1)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use askama::Template;

    use super::*;
    use crate::web::{Card, Lang, Page, Site};

    #[derive(Template)]
    #[template(path = "parts/gallery.html")]
    struct Gallery {
        page: Page,
        photos: Vec<PhotoView>,
    }

    #[derive(Template)]
    #[template(source = "{% import \"macros.html\" as m %}{% include \"parts/card.html\" %}", ext = "html")]
    struct OneCard {
        card: Card,
    }

    fn photo(key: &str, width_px: i32, height_px: i32, alternative_text: &str) -> PhotoView {
        crate::media::view(key, width_px, height_px, alternative_text)
    }

    #[test]
    fn the_small_picture_is_as_wide_as_it_is_made() {
        let width = |width, height| photo("a", width, height, "").small_width_px();
        assert_eq!([width(1600, 1200), width(720, 1600), width(300, 200), width(1600, 1)], [480, 216, 300, 480]);
        assert_eq!(width(1, 1600), 1);
    }

    #[test]
    fn a_gallery_begins_large_and_names_every_picture() {
        let site = Arc::new(Site::unknown(false));
        let page = Page::bare(Lang::Pl, "/", "", site, String::new());
        let photos = vec![photo("a", 1600, 1200, "\"Stół\" <dębowy>"), photo("b", 900, 1600, "")];
        let html = Gallery { page: page.clone(), photos }.render().expect("rendered");
        assert_eq!(html.matches("<a href=\"/zdjecia/").count(), 2);
        assert!(
            html.contains(
                "src=\"/zdjecia/a/large.jpg\" srcset=\"/zdjecia/a/small.jpg 480w, /zdjecia/a/large.jpg 1600w\""
            )
        );
        assert!(html.contains("width=\"1600\" height=\"1200\"") && html.contains("src=\"/zdjecia/b/small.jpg\""));
        assert_eq!(html.matches("loading=\"lazy\"").count(), 2);
        assert!(html.contains("Stół") && !html.contains("<dębowy>") && !html.contains("alt=\"\""), "{html}");
        assert_eq!(Gallery { page, photos: Vec::new() }.render().expect("rendered").trim(), "");
    }

    #[test]
    fn a_card_without_a_photo_has_no_place_for_one() {
        let card = Card { item: "oferty/stol".to_owned(), title: "Stół".to_owned(), ..Card::default() };
        let bare = OneCard { card: card.clone() }.render().expect("rendered");
        assert!(!bare.contains("<img") && !bare.contains("card-photo"));
        let shown = OneCard { card: Card { photo: Some(photo("a", 900, 900, "Stół z bliska")), ..card } };
        let shown = shown.render().expect("rendered");
        assert!(shown.contains("<img class=\"card-photo\" src=\"/zdjecia/a/small.jpg\""));
        assert!(shown.contains("alt=\"Stół z bliska\""));
    }
}
