//! What the bytes of a picture say before anything is decoded: which format it is, whether it is all there, whether it moves, and what
//! it would cost to decode. Decoders are lenient with damaged files and trust sizes that a file only claims.

use image::ImageFormat;

use super::Refusal;

/// Format of a picture by its bytes; names and content types are what somebody says.
///
/// # Errors
/// It is none that we take.
pub(super) fn format(bytes: &[u8]) -> Result<ImageFormat, Refusal> {
    let at = |position: usize, wanted: &[u8]| bytes.get(position..).is_some_and(|rest| rest.starts_with(wanted));
    if at(0, b"\xff\xd8\xff") {
        return Ok(ImageFormat::Jpeg);
    }
    if at(0, b"\x89PNG\r\n\x1a\n") {
        return Ok(ImageFormat::Png);
    }
    if at(0, b"RIFF") && at(8, b"WEBP") {
        return Ok(ImageFormat::WebP);
    }
    if at(4, b"ftyp") {
        // ISO base media: the kind is among the brands, the main one first.
        let length = be32(bytes, 0).unwrap_or_default().clamp(16, 128);
        let head = bytes.get(8..length.min(bytes.len())).unwrap_or_default();
        let has = |brands: &[&[u8; 4]]| head.as_chunks::<4>().0.iter().any(|brand| brands.contains(&brand));
        return Err(if has(&[b"avif", b"avis"]) {
            Refusal::PhotoFormat("AVIF")
        } else if has(&[b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"]) {
            Refusal::PhotoHeic
        } else {
            Refusal::PhotoUnknown
        });
    }
    let others: [(&[u8], &str); 8] = [
        (b"GIF8", "GIF"),
        (b"%PDF-", "PDF"),
        (b"BM", "BMP"),
        (b"II*\0", "TIFF"),
        (b"MM\0*", "TIFF"),
        (b"8BPS", "PSD"),
        (b"\xff\x0a", "JPEG XL"),
        (b"\0\0\0\x0cJXL ", "JPEG XL"),
    ];
    if let Some((_, name)) = others.iter().find(|(start, _)| at(0, start)) {
        return Err(Refusal::PhotoFormat(name));
    }
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(1024)]).to_ascii_lowercase();
    let is_svg = head.trim_start_matches('\u{feff}').trim_start().starts_with('<') && head.contains("<svg");
    Err(if is_svg { Refusal::PhotoFormat("SVG") } else { Refusal::PhotoUnknown })
}

/// What decoding a picture takes beside its pixels.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Cost {
    /// Bytes for each pixel that are held until the last scan is read (progressive JPEG).
    pub bytes_per_px: u64,
    /// How often all pixels are gone through.
    pub passes: u64,
}

/// Goes through the parts of a file.
///
/// # Errors
/// A part is missing or longer than the file, it moves, or a part claims more pixels than a side may have.
pub(super) fn survey(bytes: &[u8], format: ImageFormat, most_side_px: usize) -> Result<Cost, Refusal> {
    match format {
        ImageFormat::Jpeg => jpeg(bytes).ok_or(Refusal::PhotoUnreadable),
        ImageFormat::Png => png(bytes),
        _ => webp(bytes, most_side_px),
    }
}

/// ISO/IEC 10918-1, annex B: segments up to the end-of-image marker. What follows it is never looked at.
fn jpeg(bytes: &[u8]) -> Option<Cost> {
    let mut cost = Cost::default();
    let mut position = 2;
    loop {
        // Decoders pass over stray bytes between segments.
        position += bytes.get(position..)?.iter().position(|&byte| byte == 0xff)?;
        position += bytes.get(position..)?.iter().position(|&byte| byte != 0xff)?;
        let marker = bytes[position];
        position += 1;
        match marker {
            // Stuffing in the data of a scan, restart and lone markers: nothing belongs to them.
            0x00 | 0x01 | 0xd0..=0xd8 => continue,
            0xd9 => return (cost.passes > 0).then_some(cost),
            0xda => cost.passes += 1,
            // A progressive frame: 16 bits for each pixel of each component.
            0xc2 => cost.bytes_per_px = 2 * u64::from(*bytes.get(position + 7)?),
            _ => {}
        }
        position += usize::from(u16::from_be_bytes([*bytes.get(position)?, *bytes.get(position + 1)?]));
    }
}

/// ISO/IEC 15948, clause 5: chunks up to IEND.
fn png(bytes: &[u8]) -> Result<Cost, Refusal> {
    let mut position = 8;
    loop {
        let length = be32(bytes, position).ok_or(Refusal::PhotoUnreadable)?;
        let end = position + 12 + length;
        let kind = bytes.get(position + 4..end).ok_or(Refusal::PhotoUnreadable)?;
        match &kind[..4] {
            b"acTL" => return Err(Refusal::PhotoAnimated),
            b"IEND" => return Ok(Cost { bytes_per_px: 0, passes: 1 }),
            _ => position = end,
        }
    }
}

/// RFC 9649, section 2: chunks of the RIFF container.
fn webp(bytes: &[u8], most_side_px: usize) -> Result<Cost, Refusal> {
    let length = 8 + le(bytes, 4, 4).ok_or(Refusal::PhotoUnreadable)?;
    let file = bytes.get(..length).ok_or(Refusal::PhotoUnreadable)?;
    let mut position = 12;
    while position < file.len() {
        let length = le(file, position + 4, 4).ok_or(Refusal::PhotoUnreadable)?;
        // The byte that fills the last chunk up to an even length is often left out.
        let data = file.get(position + 8..position + 8 + length).ok_or(Refusal::PhotoUnreadable)?;
        match &file[position..position + 4] {
            b"ANIM" | b"ANMF" => return Err(Refusal::PhotoAnimated),
            // Lossy data has sizes of its own, for which memory is taken before they are compared with the canvas.
            b"VP8 " => {
                let side = |at| le(data, at, 2).map(|side| side & 0x3fff).ok_or(Refusal::PhotoUnreadable);
                if side(6)? > most_side_px || side(8)? > most_side_px {
                    return Err(Refusal::PhotoPixels);
                }
            }
            _ => {}
        }
        position += 8 + length + length % 2;
    }
    Ok(Cost { bytes_per_px: 0, passes: 1 })
}

fn be32(bytes: &[u8], position: usize) -> Option<usize> {
    let word = bytes.get(position..)?.first_chunk::<4>()?;
    usize::try_from(u32::from_be_bytes(*word)).ok()
}

/// A little-endian number of so many bytes.
fn le(bytes: &[u8], position: usize, length: usize) -> Option<usize> {
    let number = bytes.get(position..position.checked_add(length)?)?;
    Some(number.iter().rev().fold(0, |sum, &byte| sum << 8 | usize::from(byte)))
}
