//! A proxy on loopback that writes down where it was asked to lead, and leads there, or elsewhere, or nowhere.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// No tunnel of a test is silent for so long.
const SILENCE_MAX: Duration = Duration::from_secs(20);

/// What a proxy does with a `CONNECT`.
#[derive(Debug, Clone)]
pub(crate) enum Leads {
    /// A tunnel to this address, whatever was asked for.
    To(String),
    /// This answer.
    Says(&'static str),
}

/// A proxy. Its thread ends with the test's process.
pub(crate) struct Proxy {
    /// `HOST:PORT`
    pub(crate) address: String,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    pub(crate) fn new(leads: Leads) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, heads) = (listener.local_addr().unwrap().to_string(), Arc::<Mutex<Vec<String>>>::default());
        let told = Arc::clone(&heads);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (told, leads) = (Arc::clone(&told), leads.clone());
                thread::spawn(move || serve(stream, &told, &leads));
            }
        });
        Self { address, heads }
    }

    /// The hosts that were asked for, with their ports.
    pub(crate) fn hosts(&self) -> Vec<String> {
        let word = |head: &String| head.split(' ').nth(1).unwrap_or_default().to_owned();
        self.heads.lock().unwrap().iter().map(word).collect()
    }

    /// The heads of all requests.
    pub(crate) fn heads(&self) -> String {
        self.heads.lock().unwrap().concat()
    }
}

fn serve(mut stream: TcpStream, told: &Mutex<Vec<String>>, leads: &Leads) -> Option<()> {
    stream.set_read_timeout(Some(SILENCE_MAX)).ok()?;
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    told.lock().unwrap().push(String::from_utf8_lossy(&head).into_owned());
    let server = match leads {
        Leads::To(address) => TcpStream::connect(address).ok()?,
        Leads::Says(answer) => return stream.write_all(answer.as_bytes()).ok(),
    };
    server.set_read_timeout(Some(SILENCE_MAX)).ok()?;
    stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").ok()?;
    let (there, back) = ((stream.try_clone().ok()?, server.try_clone().ok()?), (server, stream));
    thread::spawn(move || pour(there));
    pour(back);
    Some(())
}

fn pour((mut from, mut to): (TcpStream, TcpStream)) {
    let _ = io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Write);
}
