//! A web server inside the program, so that it can be tried without a network.

use crate::image;
use axum::Router;
use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use pythreads::threading::Thread;
use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;

/// How long each image takes, in milliseconds; there are as many images as delays.
const DELAYS: [u64; 15] = [
    80, 200, 140, 170, 190, 110, 180, 200, 150, 160, 190, 130, 200, 180, 170,
];

/// Serves the images on a free port of 127.0.0.1 while the program runs, and returns their URLs.
pub(crate) fn start() -> anyhow::Result<Vec<String>> {
    let mut urls = Vec::new();
    let mut routes = Router::new();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    for (number, delay) in (0..).zip(DELAYS) {
        let png = Bytes::from(image::png(number)?);
        let answer = async move || {
            tokio::time::sleep(Duration::from_millis(delay)).await;
            ([(CONTENT_TYPE, "image/png")], png)
        };
        let path = format!("/image-{number:02}.png");
        urls.push(format!("http://{address}{path}"));
        routes = routes.route(&path, get(answer));
    }

    listener.set_nonblocking(true)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let serve =
        async move { axum::serve(tokio::net::TcpListener::from_std(listener)?, routes).await };
    let serve = move || {
        runtime
            .block_on(serve)
            .unwrap_or_else(|error| panic!("the server stopped: {error}"));
    };
    Thread::builder()
        .name("server")
        .daemon(true)
        .target(serve)
        .start();
    Ok(urls)
}
