//! A proxy on loopback that leads every tunnel to a player, whatever host it is for, and writes down who asked for what.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use super::Player;

/// More is no head of a CONNECT.
const HEAD_BYTES_MAX: usize = 8_192;

/// A proxy. It listens until the tests end.
pub(crate) struct Proxy {
    /// `127.0.0.1:PORT`
    pub(crate) address: String,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// Leads to a player; who does not give these credentials, as the header has them, is refused with 407.
    pub(crate) fn to(player: &Player, credentials: Option<&'static str>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let target = player.url.split_once("://").unwrap().1.to_owned();
        let written = Arc::clone(&heads);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (target, written) = (target.clone(), Arc::clone(&written));
                // How a tunnel ends is its two ends' business.
                thread::spawn(move || tunnel(client, &target, credentials, &written));
            }
        });
        Self { address, heads }
    }

    /// `HOST:PORT` of each tunnel that was asked for.
    pub(crate) fn asked(&self) -> Vec<String> {
        let heads = self.heads.lock().unwrap();
        heads.iter().map(|head| head.split(' ').nth(1).unwrap_or_default().to_owned()).collect()
    }
}

fn tunnel(
    mut client: TcpStream,
    target: &str,
    credentials: Option<&str>,
    heads: &Mutex<Vec<String>>,
) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") && head.len() < HEAD_BYTES_MAX {
        let mut byte = [0];
        client.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let line = credentials.map(|credentials| format!("proxy-authorization: Basic {credentials}\r\n").to_lowercase());
    let is_let_through = head.starts_with("CONNECT ") && line.is_none_or(|line| head.to_lowercase().contains(&line));
    heads.lock().unwrap().push(head);
    if !is_let_through {
        return client.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n");
    }
    let mut server = TcpStream::connect(target)?;
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
    let (mut to_server, mut from_client) = (server.try_clone()?, client.try_clone()?);
    thread::spawn(move || {
        let _ = io::copy(&mut from_client, &mut to_server);
        to_server.shutdown(std::net::Shutdown::Write)
    });
    io::copy(&mut server, &mut client)?;
    client.shutdown(std::net::Shutdown::Both)
}
