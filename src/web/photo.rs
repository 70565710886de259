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
