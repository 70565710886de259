//! Every rule for uploaded photos, on pictures made here; those that the `image` crate cannot make are in `tests/fixtures`: 24 × 16
//! pixels, the left half red, the right half blue.

use image::codecs::png::PngEncoder;
use image::codecs::webp::WebPEncoder;
use image::{ImageBuffer, ImageEncoder, ImageFormat, Luma, Rgb, Rgba, RgbaImage};
use proptest::prelude::*;

use super::*;

const LOSSY_WEBP: &[u8] = include_bytes!("../../../tests/fixtures/lossy.webp");
const ANIMATED_WEBP: &[u8] = include_bytes!("../../../tests/fixtures/animated.webp");
const ANIMATED_PNG: &[u8] = include_bytes!("../../../tests/fixtures/animated.png");
const PROGRESSIVE_JPEG: &[u8] = include_bytes!("../../../tests/fixtures/progressive.jpg");
const CMYK_JPEG: &[u8] = include_bytes!("../../../tests/fixtures/cmyk.jpg");

const RED: [u8; 3] = [200, 30, 30];
const BLUE: [u8; 3] = [20, 40, 200];

/// Left half red, right half blue.
fn halves(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, _| Rgb(if x < width / 2 { RED } else { BLUE }))
}

fn encoded(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.into().write_to(&mut bytes, format).expect("encoded");
    bytes.into_inner()
}

/// A JPEG with these segments after its start.
fn with_segments(jpeg: &[u8], segments: &[(u8, &[u8])]) -> Vec<u8> {
    let mut bytes = jpeg[..2].to_vec();
    for (marker, data) in segments {
        bytes.extend([0xff, *marker]);
        bytes.extend(u16::try_from(data.len() + 2).expect("short").to_be_bytes());
        bytes.extend(*data);
    }
    bytes.extend(&jpeg[2..]);
    bytes
}

/// EXIF with an orientation, a camera and a place.
fn exif(orientation: u16) -> Vec<u8> {
    let mut bytes = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01".to_vec();
    bytes.extend(orientation.to_be_bytes());
    bytes.extend(b"\0\0\0\0\0\0SecretCamera GPSLatitude 53.0138");
    bytes
}

fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut crc = flate2::Crc::new();
    crc.update(kind);
    crc.update(data);
    let length = u32::try_from(data.len()).expect("short").to_be_bytes();
    [&length, kind.as_slice(), data, &crc.sum().to_be_bytes()].concat()
}

/// A PNG of so many black one-bit pixels, whole and well compressed.
fn black_png(width: u32, height: u32) -> Vec<u8> {
    let row = vec![0; 1 + width.div_ceil(8) as usize];
    let mut data = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    for _ in 0..height {
        std::io::Write::write_all(&mut data, &row).expect("written");
    }
    let header = [&width.to_be_bytes(), &height.to_be_bytes(), [1, 0, 0, 0, 0].as_slice()].concat();
    let chunks = [chunk(b"IHDR", &header), chunk(b"IDAT", &data.finish().expect("compressed")), chunk(b"IEND", b"")];
    [b"\x89PNG\r\n\x1a\n".to_vec(), chunks.concat()].concat()
}

fn developed(bytes: &[u8]) -> (Photo, RgbImage) {
    let photo = develop(bytes).expect("a photo");
    let large = image::load_from_memory_with_format(&photo.large, ImageFormat::Jpeg).expect("a JPEG").into_rgb8();
    assert_eq!(large.dimensions(), (photo.width_px, photo.height_px));
    let small = image::load_from_memory_with_format(&photo.small, ImageFormat::Jpeg).expect("a JPEG");
    assert!(small.width() <= SMALL_SIDE_PX && small.height() <= SMALL_SIDE_PX);
    (photo, large)
}

fn refused(bytes: &[u8]) -> Refusal {
    develop(bytes).expect_err("a refusal")
}

fn near(image: &RgbImage, x: u32, y: u32, wanted: [u8; 3]) -> bool {
    image.get_pixel(x, y).0.iter().zip(wanted).all(|(&is, wanted)| is.abs_diff(wanted) <= 12)
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

#[test]
fn every_format_we_take_comes_out_as_it_looks() {
    let picture = halves(24, 16);
    let files = [
        encoded(picture.clone(), ImageFormat::Jpeg),
        encoded(picture.clone(), ImageFormat::Png),
        encoded(picture, ImageFormat::WebP),
        LOSSY_WEBP.to_vec(),
        PROGRESSIVE_JPEG.to_vec(),
    ];
    for (number, file) in files.iter().enumerate() {
        let (_, large) = developed(file);
        assert_eq!(large.dimensions(), (24, 16), "{number}");
        assert!(near(&large, 3, 8, RED) && near(&large, 20, 8, BLUE), "{number}");
    }
    // Printers' colours have no exact counterpart; red and blue they stay.
    let (_, large) = developed(CMYK_JPEG);
    let (red, blue) = (large.get_pixel(3, 8).0, large.get_pixel(20, 8).0);
    assert!(red[0] > 150 && red[2] < 80 && blue[2] > 150 && blue[0] < 80, "{red:?} {blue:?}");
}

#[test]
fn every_depth_and_kind_of_pixels_comes_out_as_it_looks() {
    let gray = ImageBuffer::from_pixel(9, 9, Luma([120u8]));
    let deep_gray = ImageBuffer::from_pixel(9, 9, Luma([120u16 * 257]));
    let deep = ImageBuffer::from_pixel(9, 9, Rgb([200u16 * 257, 30 * 257, 30 * 257]));
    let clear = RgbaImage::from_fn(9, 9, |x, _| Rgba(if x < 5 { [0, 0, 0, 0] } else { [0, 0, 0, 127] }));
    let white_and_gray = |image: &RgbImage| near(image, 0, 4, [255; 3]) && near(image, 8, 4, [128; 3]);
    assert!(near(&developed(&encoded(gray.clone(), ImageFormat::Png)).1, 4, 4, [120; 3]));
    assert!(near(&developed(&encoded(gray, ImageFormat::Jpeg)).1, 4, 4, [120; 3]));
    assert!(near(&developed(&encoded(deep_gray, ImageFormat::Png)).1, 4, 4, [120; 3]));
    assert!(near(&developed(&encoded(deep, ImageFormat::Png)).1, 4, 4, RED));
    assert!(white_and_gray(&developed(&encoded(clear.clone(), ImageFormat::Png)).1));
    assert!(white_and_gray(&developed(&encoded(clear, ImageFormat::WebP)).1));
}

#[test]
fn large_and_small_fit_and_nothing_is_blown_up() {
    let sides = |width, height| {
        let (photo, large) = developed(&encoded(halves(width, height), ImageFormat::Png));
        let small = image::load_from_memory(&photo.small).expect("a JPEG");
        let edge = large.width() - 1;
        assert!(large.width() == 1 || near(&large, 0, 0, RED) && near(&large, edge, large.height() - 1, BLUE));
        (large.dimensions(), (small.width(), small.height()))
    };
    assert_eq!(sides(1, 1), ((1, 1), (1, 1)));
    assert_eq!(sides(300, 200), ((300, 200), (300, 200)));
    assert_eq!(sides(900, 600), ((900, 600), (480, 320)));
    assert_eq!(sides(900, 2000), ((720, 1600), (216, 480)));
    assert_eq!(sides(12_000, 2), ((1600, 1), (480, 1)));
}

#[test]
fn a_picture_is_turned_upright() {
    let jpeg = encoded(halves(24, 16), ImageFormat::Jpeg);
    // 6: the camera was held so that the picture's top is at its right side (TIFF 6.0, tag 274).
    let (_, large) = developed(&with_segments(&jpeg, &[(0xe1, &exif(6))]));
    assert_eq!(large.dimensions(), (16, 24));
    assert!(near(&large, 8, 3, RED) && near(&large, 8, 20, BLUE));
    let (_, large) = developed(&with_segments(&jpeg, &[(0xe1, &exif(3))]));
    assert!(near(&large, 3, 8, BLUE) && near(&large, 20, 8, RED));
    // An orientation that there is not, and EXIF that ends in the middle.
    for segment in [exif(9), exif(6)[..16].to_vec(), b"Exif\0\0MM\0*\xff\xff\xff\xff".to_vec()] {
        assert_eq!(developed(&with_segments(&jpeg, &[(0xe1, &segment)])).1.dimensions(), (24, 16));
    }
    let png = encoded(halves(24, 16), ImageFormat::Png);
    let turned = [&png[..33], &chunk(b"eXIf", &exif(8)[6..]), &png[33..]].concat();
    assert_eq!(developed(&turned).1.dimensions(), (16, 24));
}

#[test]
fn nothing_but_the_picture_is_kept() {
    let jpeg = encoded(halves(24, 16), ImageFormat::Jpeg);
    let tail = b"PK\x03\x04 archive <script>alert(1)</script> \xca\xfe\xba\xbe".as_slice();
    let marked = with_segments(
        &jpeg,
        &[(0xe1, &exif(1)), (0xfe, b"<?php evil(); ?>"), (0xed, b"Photoshop 3.0\x008BIM by-line")],
    );
    let polyglot = [&marked, tail].concat();
    let png = encoded(halves(24, 16), ImageFormat::Png);
    let text = [&png[..33], &chunk(b"tEXt", b"Comment\0GPSLatitude <script>"), &png[33..], tail].concat();
    for file in [polyglot, text] {
        assert!(contains(&file, b"<script>") && contains(&file, b"GPSLatitude"));
        let (photo, _) = developed(&file);
        for kept in [&photo.large, &photo.small] {
            for mark in [b"Exif".as_slice(), b"GPS", b"Secret", b"script", b"php", b"PK\x03\x04", b"8BIM", b"Comment"] {
                assert!(!contains(kept, mark), "{}", String::from_utf8_lossy(mark));
            }
            assert!(kept.ends_with(b"\xff\xd9"));
        }
    }
}

#[test]
fn colours_of_newer_phones_do_not_pale() {
    let file = |profile: &[u8]| {
        let mut bytes = Vec::new();
        let mut encoder = JpegEncoder::new_with_quality(&mut bytes, 95);
        encoder.set_icc_profile(profile.to_vec()).expect("a profile");
        encoder.write_image(&[200, 60, 60].repeat(64), 8, 8, ExtendedColorType::Rgb8).expect("encoded");
        bytes
    };
    let (_, plain) = developed(&file(b"sRGB IEC61966-2.1"));
    assert!(near(&plain, 4, 4, [200, 60, 60]));
    let (photo, wide) = developed(&file(b"mluc\0D\0i\0s\0p\0l\0a\0y\0 \0P\x003"));
    // The same light takes more red of the smaller space (CSS Color 4, 10.4: color(display-p3 .784 .235 .235)).
    assert!(near(&wide, 4, 4, [218, 42, 51]), "{:?}", wide.get_pixel(4, 4));
    assert!(!contains(&photo.large, b"ICC_PROFILE"));
}

#[test]
fn what_is_no_photo_is_refused_with_a_reason() {
    let heic = |brands: &[u8]| [&[0, 0, 0, 8 + brands.len() as u8], b"ftyp".as_slice(), brands, &[0; 40]].concat();
    assert_eq!(refused(b""), Refusal::Empty);
    assert_eq!(refused(&heic(b"heic\0\0\0\0mif1heic")), Refusal::PhotoHeic);
    assert_eq!(refused(&heic(b"mif1\0\0\0\0mif1heic")), Refusal::PhotoHeic);
    assert_eq!(refused(&heic(b"mif1\0\0\0\0mif1avif")), Refusal::PhotoFormat("AVIF"));
    assert_eq!(refused(&heic(b"avif\0\0\0\0mif1miaf")), Refusal::PhotoFormat("AVIF"));
    assert_eq!(refused(&heic(b"isom\0\0\0\0mp42mp41")), Refusal::PhotoUnknown);
    assert_eq!(refused(b"<?xml version=\"1.0\"?>\n<svg xmlns=\"x\"/>"), Refusal::PhotoFormat("SVG"));
    assert_eq!(refused("\u{feff} <SVG onload=alert(1)>".as_bytes()), Refusal::PhotoFormat("SVG"));
    assert_eq!(refused(b"GIF89a\x01\0\x01\0"), Refusal::PhotoFormat("GIF"));
    assert_eq!(refused(b"%PDF-1.4"), Refusal::PhotoFormat("PDF"));
    assert_eq!(refused(b"BM\x46\0"), Refusal::PhotoFormat("BMP"));
    assert_eq!(refused(b"<html><img src=x.jpg>"), Refusal::PhotoUnknown);
    assert_eq!(refused(b"MZ\x90\0"), Refusal::PhotoUnknown);
    assert_eq!(refused(ANIMATED_WEBP), Refusal::PhotoAnimated);
    assert_eq!(refused(ANIMATED_PNG), Refusal::PhotoAnimated);
    assert_eq!(refused(&[b"\xff\xd8\xff".to_vec(), vec![0; MOST_BYTES]].concat()), Refusal::PhotoBytes);
}

/// The most memory that this process had, in kB (proc(5)).
fn peak_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("VmHWM");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

#[test]
fn pixel_bombs_are_refused_before_they_take_memory() {
    // A hundred bytes that claim 60,000 × 60,000 pixels; and the same claim in front of well compressed data.
    let mut bomb = black_png(60_000, 40);
    bomb[20..24].copy_from_slice(&60_000u32.to_be_bytes());
    let crc = chunk(b"IHDR", &bomb[16..29])[21..25].to_vec();
    bomb[29..33].copy_from_slice(&crc);
    let before = peak_kb();
    assert_eq!(refused(&bomb), Refusal::PhotoPixels);
    assert_eq!(refused(&black_png(12_001, 1)), Refusal::PhotoPixels);
    // Both sides are allowed, but not together.
    assert_eq!(refused(&black_png(8000, 6300)), Refusal::PhotoPixels);

    let jpeg = encoded(halves(24, 16), ImageFormat::Jpeg);
    let frame = jpeg.windows(2).position(|marker| marker == [0xff, 0xc0]).expect("a frame");
    let mut huge = jpeg;
    huge[frame + 5..frame + 9].copy_from_slice(&[0xff; 4]);
    assert_eq!(refused(&huge), Refusal::PhotoPixels);

    let mut lossy = LOSSY_WEBP.to_vec();
    let frame = lossy.windows(3).position(|start| start == [0x9d, 0x01, 0x2a]).expect("a frame");
    lossy[frame + 3..frame + 7].copy_from_slice(&[0xff, 0x3f, 0xff, 0x3f]);
    assert_eq!(refused(&lossy), Refusal::PhotoPixels);
    // The same data in a container that speaks of one pixel.
    let data = &lossy[12..];
    let canvas = [b"VP8X\x0a\0\0\0".as_slice(), &[0; 10]].concat();
    let length = u32::try_from(4 + canvas.len() + data.len()).expect("short").to_le_bytes();
    let hidden = [b"RIFF", length.as_slice(), b"WEBP", &canvas, data].concat();
    assert_eq!(refused(&hidden), Refusal::PhotoPixels);
    assert!(peak_kb() - before < 400_000, "{} kB", peak_kb() - before);
}

#[test]
fn more_scans_than_a_picture_needs_are_refused() {
    // 4,000 × 4,000 pixels, gone through sixty times.
    let frame = PROGRESSIVE_JPEG.windows(2).position(|marker| marker == [0xff, 0xc2]).expect("a frame");
    let scan = PROGRESSIVE_JPEG.windows(2).position(|marker| marker == [0xff, 0xda]).expect("a scan");
    let mut bomb = PROGRESSIVE_JPEG[..scan].to_vec();
    bomb[frame + 5..frame + 9].copy_from_slice(&[0x0f, 0xa0, 0x0f, 0xa0]);
    for _ in 0..60 {
        bomb.extend(b"\xff\xda\0\x08\x01\x01\0\0\0\0\x7f\x7f");
    }
    bomb.extend(b"\xff\xd9");
    assert_eq!(refused(&bomb), Refusal::PhotoPixels);
}

#[test]
fn a_part_of_a_picture_is_no_picture() {
    let picture = halves(64, 48);
    let files = [
        encoded(picture.clone(), ImageFormat::Jpeg),
        encoded(picture.clone(), ImageFormat::Png),
        encoded(picture, ImageFormat::WebP),
        LOSSY_WEBP.to_vec(),
        PROGRESSIVE_JPEG.to_vec(),
    ];
    for (number, file) in files.iter().enumerate() {
        // A WebP may lack the last byte, which only fills it up.
        for length in 12..file.len() - 1 {
            assert_eq!(refused(&file[..length]), Refusal::PhotoUnreadable, "{number}: {length} of {}", file.len());
        }
    }
    // A chunk that claims more than there is.
    let mut webp = LOSSY_WEBP.to_vec();
    webp[16..20].copy_from_slice(&[0xf0, 0xff, 0xff, 0xff]);
    assert_eq!(refused(&webp), Refusal::PhotoUnreadable);
    let mut png = encoded(halves(8, 8), ImageFormat::Png);
    png[33..37].copy_from_slice(&[0xff; 4]);
    assert_eq!(refused(&png), Refusal::PhotoUnreadable);
}

fn valid_file() -> impl Strategy<Value = Vec<u8>> {
    let picture = halves(24, 16);
    let clear = RgbaImage::from_pixel(9, 9, Rgba([1, 2, 3, 100]));
    let mut lossless = Vec::new();
    WebPEncoder::new_lossless(&mut lossless).encode(&clear, 9, 9, ExtendedColorType::Rgba8).expect("encoded");
    let mut deep = Vec::new();
    PngEncoder::new(&mut deep).write_image(&[7; 8 * 64], 8, 8, ExtendedColorType::Rgba16).expect("encoded");
    let jpeg = encoded(picture.clone(), ImageFormat::Jpeg);
    prop::sample::select(vec![
        with_segments(&jpeg, &[(0xe1, &exif(6)), (0xe2, b"ICC_PROFILE\0\x01\x01Display P3")]),
        encoded(picture, ImageFormat::Png),
        lossless,
        deep,
        LOSSY_WEBP.to_vec(),
        PROGRESSIVE_JPEG.to_vec(),
        CMYK_JPEG.to_vec(),
        ANIMATED_WEBP.to_vec(),
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Not even a panic that would be caught: what is changed by chance is a photo or a refusal.
    #[test]
    fn damaged_files_never_panic(
        file in valid_file(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        cut in prop::option::of((any::<prop::sample::Index>(), 0usize..40)),
    ) {
        let mut file = file;
        for (place, byte) in changes {
            let place = place.index(file.len());
            file[place] = byte;
        }
        if let Some((from, length)) = cut {
            let from = from.index(file.len());
            file.drain(from..(from + length).min(file.len()));
        }
        if let Ok(photo) = develop(&file) {
            prop_assert!(photo.width_px <= LARGE_SIDE_PX && photo.height_px <= LARGE_SIDE_PX);
            prop_assert!(photo.large.starts_with(b"\xff\xd8") && photo.small.starts_with(b"\xff\xd8"));
        }
    }

    #[test]
    fn any_bytes_get_an_answer(start in 0usize..4, bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let starts = [b"".as_slice(), b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\x40\0\0\0WEBP"];
        let _ = develop(&[starts[start], &bytes].concat());
    }
}
