//! An HTTP server that misbehaves where a test wants it to.

use std::collections::VecDeque;
use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// What goes wrong with one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// This status, and nothing else.
    Status(u16),
    /// The connection is closed after this many bytes of the body.
    Cut(usize),
    /// One bit of this byte of the body is flipped.
    Flip(usize),
    /// The whole file is sent, whatever was asked for.
    NoRange,
    /// Nothing comes after this many bytes of the body.
    Stall(usize),
    /// The file is at this path.
    Redirect(String),
}

#[derive(Debug)]
struct Shared {
    folder: PathBuf,
    faults: Mutex<VecDeque<(String, Fault)>>,
    requests: Mutex<Vec<String>>,
    stop: AtomicBool,
}

/// Serves a folder on the loopback interface until it is dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub(crate) fn new(folder: &Path) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            folder: folder.to_owned(),
            faults: Mutex::default(),
            requests: Mutex::default(),
            stop: AtomicBool::new(false),
        });
        let accepting = Arc::clone(&shared);
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if accepting.stop.load(Ordering::Relaxed) {
                    return;
                }
                let shared = Arc::clone(&accepting);
                // Ends with its connection, or with the server.
                std::thread::spawn(move || shared.converse(stream));
            }
        });
        Self { address, shared, thread: Some(thread) }
    }

    /// The base URI of what is served.
    pub fn uri(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Makes the next request whose path contains `path` go wrong; faults queue up.
    pub fn fault(&self, path: &str, fault: Fault) {
        self.shared.faults.lock().unwrap().push_back((path.to_owned(), fault));
    }

    /// What was asked for until now, as in `/pool/a.deb`, or `/pool/a.deb from 5`.
    pub fn requests(&self) -> Vec<String> {
        self.shared.requests.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        // Wakes the thread that waits for connections.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn converse(&self, stream: TcpStream) {
        let Ok(reading) = stream.try_clone() else { return };
        let mut reader = BufReader::new(reading);
        while let Ok(Some((path, from))) = request(&mut reader) {
            if self.stop.load(Ordering::Relaxed) {
                return;
            }
            let log = if from > 0 { format!("{path} from {from}") } else { path.clone() };
            self.requests.lock().unwrap().push(log);
            match self.answer(&stream, &path, from) {
                Ok(true) => {}
                Ok(false) | Err(_) => return,
            }
        }
    }

    /// Whether the connection stays open.
    fn answer(&self, mut stream: &TcpStream, path: &str, from: usize) -> io::Result<bool> {
        let fault = {
            let mut faults = self.faults.lock().unwrap();
            let at = faults.iter().position(|(part, _)| path.contains(part.as_str()));
            at.and_then(|at| faults.remove(at)).map(|(_, fault)| fault)
        };
        match &fault {
            Some(Fault::Status(status)) => return empty(stream, *status, ""),
            Some(Fault::Redirect(to)) => return empty(stream, 302, &format!("Location: {to}\r\n")),
            _ => {}
        }
        let Ok(mut whole) = fs::read(self.folder.join(path.trim_start_matches('/'))) else {
            return empty(stream, 404, "");
        };
        let from = if fault == Some(Fault::NoRange) { 0 } else { from };
        let len = whole.len();
        if from > len {
            return empty(stream, 416, "");
        }
        if let Some(Fault::Flip(at)) = fault {
            whole[at] ^= 1;
        }
        let body = &whole[from..];
        let (status, range) = match from {
            0 => ("200 OK", String::new()),
            _ => ("206 Partial Content", format!("Content-Range: bytes {from}-{}/{len}\r\n", len - 1)),
        };
        write!(stream, "HTTP/1.1 {status}\r\n{range}Content-Length: {}\r\n\r\n", body.len())?;
        match fault {
            Some(Fault::Cut(at)) => {
                stream.write_all(&body[..at.min(body.len())])?;
                return Ok(false);
            }
            Some(Fault::Stall(at)) => {
                stream.write_all(&body[..at.min(body.len())])?;
                while !self.stop.load(Ordering::Relaxed) {
                    std::thread::sleep(Duration::from_millis(20));
                }
                return Ok(false);
            }
            _ => stream.write_all(body)?,
        }
        Ok(true)
    }
}

fn empty(mut stream: &TcpStream, status: u16, headers: &str) -> io::Result<bool> {
    write!(stream, "HTTP/1.1 {status} Fault\r\n{headers}Content-Length: 0\r\n\r\n")?;
    Ok(true)
}

/// The path, and the first byte that is wanted of it.
fn request(reader: &mut impl BufRead) -> io::Result<Option<(String, usize)>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let Some(path) = line.split(' ').nth(1).map(str::to_owned) else { return Ok(None) };
    let mut from = 0;
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let header = line.trim_end().to_ascii_lowercase();
        if header.is_empty() {
            return Ok(Some((path, from)));
        }
        if let Some(range) = header.strip_prefix("range: bytes=") {
            from = range.trim_end_matches('-').parse().unwrap_or(0);
        }
    }
}
