//! Which image format a file is in, by what it contains; and whether it is there to its end.
//!
//! A server may announce no length and then hang up early: only the content tells that.

use std::fmt;
use std::io::Cursor;

/// An image format, and what could be learned from the file.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// Decoded to its last chunk.
    Png { width: u32, height: u32 },
    /// From its first marker to its last, behind which zeros may follow.
    Jpeg,
    /// From its signature to its trailer.
    Gif,
    /// With all the bytes that its header counts.
    WebP,
}

impl Kind {
    pub(crate) const EXTENSIONS: [&str; 4] = ["png", "jpg", "gif", "webp"];

    /// `None` when it is no image, or not a whole one.
    pub(crate) fn of(content: &[u8]) -> Option<Kind> {
        match content {
            [0x89, b'P', b'N', b'G', ..] => decode(content).ok(),
            [0xFF, 0xD8, 0xFF, rest @ ..] if ends_as_jpeg(rest) => Some(Kind::Jpeg),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', .., b';'] => Some(Kind::Gif),
            [b'R', b'I', b'F', b'F', s0, s1, s2, s3, rest @ ..] if rest.starts_with(b"WEBP") => {
                let counted = u32::from_le_bytes([*s0, *s1, *s2, *s3]);
                (u64::from(counted) <= rest.len() as u64).then_some(Kind::WebP)
            }
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
    reader.finish()?;
    let info = reader.info();
    Ok(Kind::Png {
        width: info.width,
        height: info.height,
    })
}

fn ends_as_jpeg(content: &[u8]) -> bool {
    let end = content.iter().rposition(|byte| *byte != 0);
    end.is_some_and(|end| content[..=end].ends_with(&[0xFF, 0xD9]))
}
