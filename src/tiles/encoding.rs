//! Content codings.

use std::cell::RefCell;
use std::io::Write as _;

use libdeflater::{CompressionLvl, Compressor};

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
            Self::Gzip => GZIP.with_borrow_mut(|compressor| {
                let mut bytes = vec![0; compressor.gzip_compress_bound(tile.len())];
                let length = compressor.gzip_compress(&tile, &mut bytes).map_err(std::io::Error::other)?;
                // What is kept in a cache should take no more than it needs.
                bytes.truncate(length);
                bytes.shrink_to_fit();
                Ok(bytes)
            }),
            Self::Brotli => {
                let mut encoder = brotli::CompressorWriter::new(Vec::new(), 4096, BROTLI_QUALITY, BROTLI_WINDOW);
                encoder.write_all(&tile)?;
                Ok(encoder.into_inner())
            }
        }
    }
}

thread_local! {
    /// Level 6 of 12. libdeflate compresses a whole tile at once, which makes it more than twice as fast as zlib at the same level, and
    /// the tile smaller; each compressor keeps some hundred kilobytes, so a thread has one.
    static GZIP: RefCell<Compressor> = RefCell::new(Compressor::new(CompressionLvl::default()));
}

/// Quality 5 of 11: smaller than gzip's 6 at about its cost; the next steps cost several times as much for a few percent.
const BROTLI_QUALITY: u32 = 5;

/// log₂ of the window, in bytes: four MiB, more than any tile.
const BROTLI_WINDOW: u32 = 22;
