//! From an uploaded file to the two JPEGs that are kept.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::{self, FilterType};
use image::metadata::{Cicp, Orientation};
use image::{
    ConvertColorOptions, DynamicImage, ExtendedColorType, ImageDecoder, ImageError, ImageReader, Limits, RgbImage,
};

use super::{Refusal, structure};
use crate::web::photo::{LARGE_SIDE_PX, SMALL_SIDE_PX};

/// Bytes of an uploaded file.
const MOST_BYTES: usize = 12 << 20;
/// Either side of an uploaded picture.
const MOST_SIDE_PX: u32 = 12_000;
/// Pixels of an uploaded picture.
const MOST_PX: u64 = 50_000_000;
/// Memory for the decoded picture: 50 megapixels of 8 bits, transparent, but not as many of 16 bits.
const MOST_MEMORY: u64 = 256 << 20;
/// Pixels that all scans of a JPEG may go through: ten times 50 megapixels, but not a thousand times.
const MOST_PASSES_PX: u64 = 800_000_000;
/// At this quality artefacts are hard to see, and a large picture takes some 300 kB.
const QUALITY: u8 = 82;

/// A photo as it is kept: JPEG, sRGB, upright, without any metadata.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Photo {
    /// Width of the large picture.
    pub width_px: u32,
    /// Height of the large picture.
    pub height_px: u32,
    /// JPEG that fits into 1600 × 1600 pixels.
    pub large: Vec<u8>,
    /// JPEG that fits into 480 × 480 pixels.
    pub small: Vec<u8>,
}

/// Makes what is kept out of an uploaded file. Takes a core for up to seconds.
///
/// # Errors
/// It is not a photo that we take.
pub(super) fn develop(bytes: &[u8]) -> Result<Photo, Refusal> {
    if bytes.is_empty() {
        return Err(Refusal::Empty);
    }
    if bytes.len() > MOST_BYTES {
        return Err(Refusal::PhotoBytes);
    }
    let format = structure::format(bytes)?;
    let cost = structure::survey(bytes, format, MOST_SIDE_PX as usize)?;

    let mut limits = Limits::default();
    limits.max_image_width = Some(MOST_SIDE_PX);
    limits.max_image_height = Some(MOST_SIDE_PX);
    limits.max_alloc = Some(MOST_MEMORY);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(refusal)?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    let memory = decoder.total_bytes().saturating_add(pixels.saturating_mul(cost.bytes_per_px));
    if pixels > MOST_PX || memory > MOST_MEMORY || pixels.saturating_mul(cost.passes) > MOST_PASSES_PX {
        return Err(Refusal::PhotoPixels);
    }
    // A picture whose metadata cannot be read is shown as it lies.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let wide_gamut = decoder.icc_profile().ok().flatten().is_some_and(|profile| is_display_p3(&profile));
    let decoded = DynamicImage::from_decoder(decoder).map_err(refusal)?;

    let mut large = DynamicImage::ImageRgb8(shrunk(opaque(decoded)?, LARGE_SIDE_PX));
    large.apply_orientation(orientation);
    if wide_gamut {
        large.set_color_space(Cicp::DISPLAY_P3).map_err(refusal)?;
        large.apply_color_space(Cicp::SRGB, ConvertColorOptions::default()).map_err(refusal)?;
    }
    let large = large.into_rgb8();
    let (width_px, height_px) = large.dimensions();
    Ok(Photo { width_px, height_px, large: jpeg(&large)?, small: jpeg(&shrunk(large, SMALL_SIDE_PX))? })
}

fn refusal(error: ImageError) -> Refusal {
    match error {
        ImageError::Limits(_) => Refusal::PhotoPixels,
        _ => Refusal::PhotoUnreadable,
    }
}

/// Whether a colour profile is the one of newer phones; without the profile their photos would look pale. The name stands in the profile
/// in ASCII or UTF-16 (ICC.1, 10.13).
fn is_display_p3(profile: &[u8]) -> bool {
    let letters: Vec<u8> = profile.iter().copied().filter(|&byte| byte != 0).collect();
    letters.windows(10).any(|name| name == b"Display P3")
}

/// Eight bits of red, green and blue; what is transparent lies on white. In place: there may be 200 MB of it.
fn opaque(image: DynamicImage) -> Result<RgbImage, Refusal> {
    if !image.color().has_alpha() {
        return Ok(image.into_rgb8());
    }
    let image = image.into_rgba8();
    let (width, height) = image.dimensions();
    let mut samples = image.into_raw();
    let pixels = samples.len() / 4;
    for pixel in 0..pixels {
        let alpha = u16::from(samples[4 * pixel + 3]);
        for channel in 0..3 {
            let colour = u16::from(samples[4 * pixel + channel]);
            samples[3 * pixel + channel] = ((colour * alpha + 255 * (255 - alpha) + 127) / 255) as u8;
        }
    }
    samples.truncate(3 * pixels);
    RgbImage::from_raw(width, height, samples).ok_or(Refusal::PhotoUnreadable)
}

/// The picture so that its longer side has at most `most` pixels; a smaller one stays as it is.
fn shrunk(image: RgbImage, most: u32) -> RgbImage {
    let (width, height) = image.dimensions();
    let longer = width.max(height);
    if longer <= most {
        return image;
    }
    let scaled = |side: u32| (((f64::from(side) * f64::from(most)) / f64::from(longer)).round() as u32).max(1);
    let (to_width, to_height) = (scaled(width), scaled(height));
    // A good filter over all pixels of a large picture takes seconds; averages first, down to twice the size, do not show.
    let image = if longer > 4 * most {
        imageops::thumbnail(&image, width.min(2 * to_width), height.min(2 * to_height))
    } else {
        image
    };
    imageops::resize(&image, to_width, to_height, FilterType::Lanczos3)
}

fn jpeg(image: &RgbImage) -> Result<Vec<u8>, Refusal> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, QUALITY)
        .encode(image.as_raw(), image.width(), image.height(), ExtendedColorType::Rgb8)
        .map_err(refusal)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests;
