//! Which encoding a text is in, and reading it as UTF-8.

use std::io::{self, BufReader, Read};

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Decoder, DecoderResult, Encoding, ISO_8859_2, UTF_8, WINDOWS_1250, WINDOWS_1252};

use super::{Bytes, Fault};

/// A text of a known encoding.
#[derive(Debug, Clone, Copy)]
pub struct Text {
    encoding: &'static Encoding,
    declared: bool,
}

/// An encoding by one of its names; beside those of the Encoding Standard, the ways in which `.cpg` files and offices write them.
///
/// # Errors
/// There is none of this name.
pub fn named(name: &str) -> Result<&'static Encoding, String> {
    let plain: String = name.trim().to_ascii_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
    let bare = plain.trim_start_matches("ansi").trim_start_matches("windows").trim_start_matches("cp");
    match (bare, plain.as_str()) {
        ("1250", _) => Ok(WINDOWS_1250),
        ("1252", _) => Ok(WINDOWS_1252),
        ("65001", _) | (_, "utf8") => Ok(UTF_8),
        (_, "88592" | "iso88592" | "latin2" | "28592") => Ok(ISO_8859_2),
        _ => Encoding::for_label(name.trim().as_bytes()).ok_or_else(|| {
            format!("there is no encoding \"{name}\" here; there are UTF-8, Windows-1250, ISO-8859-2, Windows-1252 and others of the web")
        }),
    }
}

impl Text {
    /// Finds out how a text is encoded. UTF-8 shows itself; of others, those that offices in Poland write are told apart by their
    /// letters. Anything else has to be named.
    ///
    /// # Errors
    /// The name is unknown, the text is not in the encoding named, or it cannot be told which it is in.
    pub fn survey(bytes: &Bytes, named_by: Option<&str>) -> Result<Self, Fault> {
        let start = bytes.start()?;
        let text = match (named_by, Encoding::for_bom(&start)) {
            (Some(name), _) => {
                Self { encoding: named(name).map_err(|reason| Fault::new(None, reason))?, declared: true }
            }
            (None, Some((encoding, _))) => Self { encoding, declared: true },
            (None, None) => return Self::recognise(bytes),
        };
        // That it is whole is seen before anything is done with it.
        io::copy(&mut text.reader(bytes)?, &mut io::sink())?;
        Ok(text)
    }

    fn recognise(bytes: &Bytes) -> Result<Self, Fault> {
        let utf8 = Self { encoding: UTF_8, declared: false };
        let Err(fault) = io::copy(&mut utf8.reader(bytes)?, &mut io::sink()).map_err(Fault::from) else {
            return Ok(utf8);
        };
        let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
        let mut reader = bytes.reader()?;
        let mut buffer = vec![0; 1 << 16];
        loop {
            let read = reader.read(&mut buffer)?;
            detector.feed(&buffer[..read], read == 0);
            if read == 0 {
                break;
            }
        }
        let encoding = detector.guess(Some(b"pl"), Utf8Detection::Deny);
        if [WINDOWS_1250, ISO_8859_2, WINDOWS_1252].contains(&encoding) {
            return Ok(Self { encoding, declared: false });
        }
        let reason = format!(
            "{}, and it cannot be told which encoding it is ({}?); name it: --encoding Windows-1250",
            fault.reason,
            encoding.name()
        );
        Err(Fault::new(fault.line, reason))
    }

    /// A reader of its UTF-8, without a byte order mark.
    pub fn reader(self, bytes: &Bytes) -> io::Result<BufReader<Utf8>> {
        let utf8 = Utf8 {
            source: Box::new(bytes.reader()?),
            decoder: self.encoding.new_decoder_with_bom_removal(),
            encoding: self.encoding,
            raw: vec![0; 1 << 15],
            raw_at: 0,
            raw_end: 0,
            decoded: vec![0; 1 << 16],
            decoded_at: 0,
            decoded_end: 0,
            lines: 1,
            ended: false,
            done: false,
        };
        Ok(BufReader::with_capacity(1 << 16, utf8))
    }

    /// Its first characters.
    pub fn start(self, bytes: &Bytes) -> io::Result<String> {
        let mut start = Vec::new();
        self.reader(bytes)?.take(4096).read_to_end(&mut start)?;
        Ok(String::from_utf8_lossy(&start).into_owned())
    }

    /// For the report: `UTF-8`, `windows-1250 (recognised)`.
    pub fn words(self) -> String {
        let name = self.encoding.name();
        if self.declared || self.encoding == UTF_8 {
            name.to_owned()
        } else {
            format!("{name} (recognised by its letters; --encoding names another)")
        }
    }
}

/// Reads a text as UTF-8. Bytes that the encoding does not have are an error with their line.
pub struct Utf8 {
    source: Box<dyn Read + Send>,
    decoder: Decoder,
    encoding: &'static Encoding,
    raw: Vec<u8>,
    raw_at: usize,
    raw_end: usize,
    decoded: Vec<u8>,
    decoded_at: usize,
    decoded_end: usize,
    lines: u64,
    /// The source has no more bytes.
    ended: bool,
    /// The decoder has no more characters.
    done: bool,
}

impl Utf8 {
    /// Decodes some more.
    fn decode(&mut self) -> io::Result<()> {
        if self.raw_at == self.raw_end && !self.ended {
            (self.raw_at, self.raw_end) = (0, self.source.read(&mut self.raw)?);
            self.ended = self.raw_end == 0;
        }
        let raw = &self.raw[self.raw_at..self.raw_end];
        let (result, used, written) =
            self.decoder.decode_to_utf8_without_replacement(raw, &mut self.decoded, self.ended);
        (self.decoded_at, self.decoded_end) = (0, written);
        self.lines += self.decoded[..written].iter().map(|byte| u64::from(*byte == b'\n')).sum::<u64>();
        match result {
            DecoderResult::Malformed(bad, after) => {
                let at = (self.raw_at + used).saturating_sub(usize::from(bad) + usize::from(after));
                let byte = self.raw.get(at).copied().unwrap_or_default();
                Err(Fault::new(self.lines, format!("byte 0x{byte:02X} is not {}", self.encoding.name())).into())
            }
            DecoderResult::InputEmpty | DecoderResult::OutputFull => {
                self.raw_at += used;
                self.done = self.ended && result == DecoderResult::InputEmpty;
                Ok(())
            }
        }
    }
}

impl Read for Utf8 {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.decoded_at == self.decoded_end && !self.done {
            self.decode()?;
        }
        let length = out.len().min(self.decoded_end - self.decoded_at);
        out[..length].copy_from_slice(&self.decoded[self.decoded_at..self.decoded_at + length]);
        self.decoded_at += length;
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &'static [u8], name: Option<&str>) -> Result<(String, String), Fault> {
        let bytes = Bytes::Memory(bytes.into());
        let text = Text::survey(&bytes, name)?;
        let mut read = String::new();
        text.reader(&bytes)?.read_to_string(&mut read)?;
        Ok((read, text.words()))
    }

    #[test]
    fn encodings_of_offices_are_told_apart() {
        let cp1250 = b"nazwa;ulica\nZa\xBF\xF3\xB3\xE6 g\xEA\x9Cl\xB9 ja\x9F\xF1;\x8Cwi\xEAtoja\xF1ska\n";
        let (text, words) = read(cp1250, None).expect("read");
        assert_eq!(text, "nazwa;ulica\nZażółć gęślą jaźń;Świętojańska\n");
        assert!(words.starts_with("windows-1250 (recognised"), "{words}");
        let latin2 = b"nazwa;ulica\nZa\xBF\xF3\xB3\xE6 g\xEA\xB6l\xB1 ja\xBC\xF1;\xA6wi\xEAtoja\xF1ska\n";
        assert_eq!(read(latin2, None).expect("read").0, "nazwa;ulica\nZażółć gęślą jaźń;Świętojańska\n");
        assert_eq!(read(b"\xEF\xBB\xBFa\n", None).expect("read").0, "a\n");
        assert_eq!(read(b"\xFF\xFEa\0\x7C\x01", None).expect("read"), ("aż".to_owned(), "UTF-16LE".to_owned()));
    }

    #[test]
    fn what_is_named_must_be_true() {
        let fault = read(b"name\nT\xF3ru\n", Some("utf-8")).expect_err("refused");
        assert_eq!(fault, Fault::new(2, "byte 0xF3 is not UTF-8"));
        assert!(read(b"a", Some("klingon")).expect_err("refused").reason.contains("no encoding \"klingon\""));
        for name in ["1250", "CP1250", "ANSI 1250", "windows-1250"] {
            assert_eq!(named(name), Ok(WINDOWS_1250), "{name}");
        }
        assert_eq!((named("ISO 8859-2"), named("65001")), (Ok(ISO_8859_2), Ok(UTF_8)));
    }
}
