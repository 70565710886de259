//! Content codings.

use std::io::Write as _;

/// Content coding of a tile (RFC 9110, 8.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// As it is.
    Identity,
    /// gzip.
    Gzip,
    /// Brotli.
    Brotli,
}

impl Encoding {
    /// Value of `Content-Encoding`; `None` for no such header.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Identity => None,
            Self::Gzip => Some("gzip"),
            Self::Brotli => Some("br"),
        }
    }

    /// The tile in this coding.
    pub(super) fn encode(self, tile: Vec<u8>) -> std::io::Result<Vec<u8>> {
        match self {
            Self::Identity => Ok(tile),
            Self::Gzip => {
                let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
                encoder.write_all(&tile)?;
                encoder.finish()
            }
            Self::Brotli => {
                let mut encoder = brotli::CompressorWriter::new(Vec::new(), 4096, BROTLI_QUALITY, BROTLI_WINDOW);
                encoder.write_all(&tile)?;
                Ok(encoder.into_inner())
            }
        }
    }
}

/// Quality 5 of 11: smaller than gzip's 6 at about its cost; the next steps cost several times as much for a few percent.
const BROTLI_QUALITY: u32 = 5;

/// log₂ of the window, in bytes: four MiB, more than any tile.
const BROTLI_WINDOW: u32 = 22;

