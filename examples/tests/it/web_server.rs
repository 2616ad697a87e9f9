//! A web server that misbehaves as the path asks it to.

use pythreads::threading::Thread;
use std::fmt;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use test_support::{Counter, Flag};

/// How many requests for paths with `together` are answered together, after as many that are not.
pub(crate) const TOGETHER: usize = 15;

/// Far more than what two sockets hold, so that the client has read of it when the half is sent.
const LARGE: usize = 64 << 20;

/// Serves as long as the test process lives.
///
/// | path contains | answer |
/// |---|---|
/// | `missing` | 404 |
/// | `slow` | none, until the client gives up |
/// | `stuck` | the first bytes, then none, until the client gives up |
/// | `half` | half of a large file, then nothing, until the client gives up |
/// | `short` | fewer bytes than announced, then the end |
/// | `text` | something that is no image |
/// | `broken` | a PNG whose pixels do not decode |
/// | `cut` | a picture without its last byte, and no length announced |
/// | `open` | a picture, and no length announced |
/// | `together` | a picture; after [`TOGETHER`] requests, only when as many more are there |
/// | else | a picture |
///
/// A picture is a JPEG (with zeros behind its end if `padded`), a GIF or a WebP if the path says so, else a PNG of 3 by 2 pixels.
#[derive(Debug)]
pub(crate) struct WebServer {
    address: SocketAddr,
    facts: Arc<Facts>,
}

#[derive(Debug, Default)]
struct Facts {
    half_sent: Flag,
    asked_together: Counter,
}

impl WebServer {
    /// Waits until the client is in the middle of a path with `half`.
    pub(crate) fn wait_until_half_sent(&self) {
        self.facts.half_sent.wait();
    }
}

/// As it stands in a URL.
impl fmt::Display for WebServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.address.fmt(f)
    }
}

pub(crate) fn start() -> WebServer {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let facts = Arc::new(Facts::default());
    let server = WebServer {
        address,
        facts: Arc::clone(&facts),
    };
    let serve = move || {
        for connection in listener.incoming().flatten() {
            let facts = Arc::clone(&facts);
            // A client that hangs up meanwhile is what some tests are about.
            let answer = move || drop(answer(connection, &facts));
            Thread::builder().daemon(true).target(answer).start();
        }
    };
    Thread::builder().daemon(true).target(serve).start();
    server
}

/// A PNG of 3 by 2 black pixels.
pub(crate) fn png() -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, 3, 2);
    encoder.set_color(png::ColorType::Rgb);
    encoder
        .write_header()
        .unwrap()
        .write_image_data(&[0; 18])
        .unwrap();
    file
}

/// What begins and ends as an image of the kind that the path names.
fn picture(path: &str) -> Vec<u8> {
    if path.contains("padded") {
        vec![0xFF, 0xD8, 0xFF, 0xE0, 0, 2, 0xFF, 0xD9, 0, 0, 0]
    } else if path.contains("jpeg") {
        vec![0xFF, 0xD8, 0xFF, 0xE0, 0, 2, 0xFF, 0xD9]
    } else if path.contains("gif") {
        b"GIF89a\x03\0\x02\0;".to_vec()
    } else if path.contains("webp") {
        b"RIFF\x0c\0\0\0WEBPVP8 \0\0\0\0".to_vec()
    } else {
        png()
    }
}

fn answer(mut connection: TcpStream, facts: &Facts) -> io::Result<()> {
    let path = path_of_request(&mut connection)?;
    let (png, picture) = (png(), picture(&path));
    let asks_for = |word| path.contains(word);
    if asks_for("missing") {
        respond(&mut connection, "404 Not Found", 4, b"gone")
    } else if asks_for("slow") {
        until_hung_up(&mut connection)
    } else if asks_for("stuck") {
        respond(&mut connection, "200 OK", png.len(), &png[..20])?;
        until_hung_up(&mut connection)
    } else if asks_for("short") {
        respond(&mut connection, "200 OK", png.len(), &png[..20])
    } else if asks_for("text") {
        respond(&mut connection, "200 OK", 5, b"hello")
    } else if asks_for("broken") {
        respond(&mut connection, "200 OK", 40, &png[..40])
    } else if asks_for("half") {
        respond(&mut connection, "200 OK", LARGE, &vec![0; LARGE / 2])?;
        facts.half_sent.set();
        until_hung_up(&mut connection)
    } else if asks_for("cut") {
        respond_open(&mut connection, &picture[..picture.len() - 1])
    } else if asks_for("open") {
        respond_open(&mut connection, &picture)
    } else {
        if asks_for("together") {
            facts.asked_together.add(1);
            if facts.asked_together.get() > TOGETHER {
                facts.asked_together.wait_for(2 * TOGETHER);
            }
        }
        respond(&mut connection, "200 OK", picture.len(), &picture)
    }
}

fn path_of_request(connection: &mut TcpStream) -> io::Result<String> {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        connection.read_exact(&mut byte)?;
        request.extend(byte);
    }
    let request = String::from_utf8_lossy(&request);
    Ok(request.split(' ').nth(1).unwrap_or_default().to_owned())
}

fn respond(to: &mut TcpStream, status: &str, length: usize, body: &[u8]) -> io::Result<()> {
    write!(
        to,
        "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
    )?;
    to.write_all(body)
}

/// Without a length: the end of the connection is the end of the body, whole or not.
fn respond_open(to: &mut TcpStream, body: &[u8]) -> io::Result<()> {
    to.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")?;
    to.write_all(body)
}

fn until_hung_up(connection: &mut TcpStream) -> io::Result<()> {
    io::copy(connection, &mut io::sink()).map(drop)
}
