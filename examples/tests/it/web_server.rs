//! A web server that misbehaves as the path asks it to.

use pythreads::threading::Thread;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};

/// Serves as long as the test process lives.
///
/// | path contains | answer |
/// |---|---|
/// | `missing` | 404 |
/// | `slow` | none, until the client gives up |
/// | `stuck` | the first bytes, then none, until the client gives up |
/// | `short` | fewer bytes than announced, then the end |
/// | `text` | something that is no image |
/// | `broken` | a PNG whose pixels do not decode |
/// | `jpeg` | what begins as a JPEG |
/// | else | a PNG of 3 by 2 pixels |
pub(crate) fn start() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let serve = move || {
        for connection in listener.incoming().flatten() {
            // A client that hangs up meanwhile is what some tests are about.
            let answer = move || drop(answer(connection));
            Thread::builder().daemon(true).target(answer).start();
        }
    };
    Thread::builder().daemon(true).target(serve).start();
    address
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

fn answer(mut connection: TcpStream) -> io::Result<()> {
    let path = path_of_request(&mut connection)?;
    let png = png();
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
    } else if asks_for("jpeg") {
        respond(&mut connection, "200 OK", 4, &[0xFF, 0xD8, 0xFF, 0xE0])
    } else {
        respond(&mut connection, "200 OK", png.len(), &png)
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

fn until_hung_up(connection: &mut TcpStream) -> io::Result<()> {
    io::copy(connection, &mut io::sink()).map(drop)
}
