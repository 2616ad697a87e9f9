//! Which image format a file is in, by what it contains.

use std::fmt;
use std::io::Cursor;

/// An image format, and what could be learned from the file.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// Decoded to the last pixel.
    Png {
        width: u32,
        height: u32,
    },
    Jpeg,
    Gif,
    WebP,
}

impl Kind {
    pub(crate) const EXTENSIONS: [&str; 4] = ["png", "jpg", "gif", "webp"];

    /// `None` when it is no image, or a PNG that does not decode.
    pub(crate) fn of(content: &[u8]) -> Option<Kind> {
        match content {
            [0x89, b'P', b'N', b'G', ..] => decode(content).ok(),
            [0xFF, 0xD8, 0xFF, ..] => Some(Kind::Jpeg),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Kind::Gif),
            [
                b'R',
                b'I',
                b'F',
                b'F',
                _,
                _,
                _,
                _,
                b'W',
                b'E',
                b'B',
                b'P',
                ..,
            ] => Some(Kind::WebP),
            _ => None,
        }
    }

    /// For a file whose URL has no extension.
    pub(crate) fn extension(self) -> &'static str {
        let [png, jpg, gif, webp] = Kind::EXTENSIONS;
        match self {
            Kind::Png { .. } => png,
            Kind::Jpeg => jpg,
            Kind::Gif => gif,
            Kind::WebP => webp,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kind::Png { width, height } => write!(f, "PNG {width}x{height}"),
            Kind::Jpeg => f.write_str("JPEG"),
            Kind::Gif => f.write_str("GIF"),
            Kind::WebP => f.write_str("WebP"),
        }
    }
}

fn decode(content: &[u8]) -> Result<Kind, png::DecodingError> {
    let mut reader = png::Decoder::new(Cursor::new(content)).read_info()?;
    while reader.next_row()?.is_some() {}
    let info = reader.info();
    Ok(Kind::Png {
        width: info.width,
        height: info.height,
    })
}
