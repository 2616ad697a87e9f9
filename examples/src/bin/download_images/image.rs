//! Pictures to download: drawn, not stored, each of another size and pattern.

use png::{BitDepth, ColorType, Encoder, EncodingError};

/// The picture of this number as a PNG file.
pub(crate) fn png(number: u8) -> Result<Vec<u8>, EncodingError> {
    let (width, height) = size(number);
    let pixels: Vec<u8> = (0..height)
        .flat_map(|y| (0..width).flat_map(move |x| pixel(number, x, y)))
        .collect();
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, width, height);
    encoder.set_color(ColorType::Rgb);
    encoder.set_depth(BitDepth::Eight);
    encoder.write_header()?.write_image_data(&pixels)?;
    Ok(file)
}

fn size(number: u8) -> (u32, u32) {
    let step = 12 * u32::from(number);
    (64 + step, 256 - step)
}

fn pixel(number: u8, x: u32, y: u32) -> [u8; 3] {
    let (width, height) = size(number);
    let (from_left, from_top) = (x.abs_diff(width / 2), y.abs_diff(height / 2));
    let shade = match number % 5 {
        0 => 255 * (x + y) / (width + height), // gradient
        1 => 200 * ((x / 16 + y / 16) % 2),    // chequered
        2 => (from_left * from_left + from_top * from_top) / 32, // rings
        3 => x ^ y,                            // carpet
        _ => 8 * (x + 2 * y),                  // stripes
    };
    let [low, ..] = shade.to_le_bytes();
    [low, 17 * number, 255 - low]
}
