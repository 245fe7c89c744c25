//! Opens URIs: `http`, `https` and `file`.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::time::Duration;

use ureq::http::header::{CONTENT_LENGTH, CONTENT_RANGE, RANGE};
use ureq::http::{HeaderMap, StatusCode};

use crate::Error;

/// How files are fetched.
#[derive(Clone, Debug)]
pub struct ClientOptions {
    /// Never open a connection or a `file:` URI: everything must be in the store.
    pub offline: bool,
    /// How many attempts in a row may bring nothing before a file is given up; at least 1.
    pub attempts: u32,
    /// Pause before the second attempt; it doubles with each further one.
    pub backoff: Duration,
    /// How long to wait for a connection, for an answer, and for the next bytes.
    pub timeout: Duration,
    /// Proxy to use, as in `http://proxy.example:3128`.
    pub proxy: Option<String>,
}

impl Default for ClientOptions {
    /// Patient enough for a mirror that restarts: about half a minute in all.
    fn default() -> Self {
        Self {
            offline: false,
            attempts: 5,
            backoff: Duration::from_secs(1),
            timeout: Duration::from_secs(30),
            proxy: None,
        }
    }
}

/// Fetches files; connections are kept open for the next one.
#[derive(Clone, Debug)]
pub struct Client {
    agent: Option<ureq::Agent>,
    pub(crate) attempts: u32,
    pub(crate) backoff: Duration,
}

/// Why one attempt at a transfer failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TransferError {
    /// The server refused.
    #[error("the server answers {status}")]
    Status {
        /// The HTTP status.
        status: u16,
    },
    /// The server resumes elsewhere than was asked for.
    #[error("the server does not say where in the file it resumes")]
    BadRange,
    /// The request failed.
    #[error("the request failed")]
    Request(#[source] Box<ureq::Error>),
    /// The connection broke, or the file cannot be read.
    #[error("reading failed")]
    Read(#[source] io::Error),
    /// The transfer ended early.
    #[error("only {received} of {expected} bytes came")]
    Short {
        /// Bytes received.
        received: u64,
        /// Bytes wanted.
        expected: u64,
    },
}

/// How an attempt ended without success.
#[derive(Debug)]
pub(crate) enum Failure {
    /// There is no such file.
    Gone,
    /// Another attempt may succeed.
    Transient(TransferError),
    /// No attempt will.
    Fatal(TransferError),
}

/// An answer that is about to be read.
pub(crate) struct Body {
    /// Where in the file it begins: where it was asked to, or at 0.
    pub(crate) start: u64,
    /// Size of the whole file, if known.
    pub(crate) size: Option<u64>,
    pub(crate) reader: Box<dyn Read>,
}

impl Client {
    /// A client with these options.
    ///
    /// # Errors
    /// The proxy is not one.
    pub fn new(options: &ClientOptions) -> Result<Self, Error> {
        let client = |agent| Self { agent, attempts: options.attempts.max(1), backoff: options.backoff };
        if options.offline {
            return Ok(client(None));
        }
        let proxy = match &options.proxy {
            Some(uri) => Some(
                ureq::Proxy::new(uri)
                    .map_err(|_| Error::BadUri { uri: uri.clone(), problem: "is not the URI of a proxy" })?,
            ),
            None => None,
        };
        let timeout = Some(options.timeout);
        let config = ureq::Agent::config_builder()
            .proxy(proxy)
            .http_status_as_error(false)
            .timeout_connect(timeout)
            .timeout_recv_response(timeout)
            // Between bytes, not for the whole body: a large file on a slow line may take its time.
            .timeout_per_read(timeout)
            .max_idle_connections_per_host(16)
            .user_agent(concat!("bringup/", env!("CARGO_PKG_VERSION")))
            .build();
        Ok(client(Some(config.new_agent())))
    }

    /// Whether everything must be in the store.
    pub fn is_offline(&self) -> bool {
        self.agent.is_none()
    }

    /// Opens `uri`, from byte `from` on if the server can.
    pub(crate) fn open(&self, uri: &str, from: u64) -> Result<Body, Failure> {
        let agent = self.agent.as_ref().expect("callers ask is_offline() first, to say what is missing");
        if let Some(path) = file_path(uri) {
            return open_file(path, from);
        }
        let mut request = agent.get(uri);
        if from > 0 {
            request = request.header(RANGE, format!("bytes={from}-"));
        }
        let response = request.call().map_err(request_failure)?;
        let status = response.status();
        let headers = response.headers();
        let length = number(headers, CONTENT_LENGTH.as_str());
        let (start, size) = match status {
            StatusCode::OK => (0, length),
            StatusCode::PARTIAL_CONTENT if from > 0 => {
                let range = content_range(headers).filter(|(start, _)| *start == from);
                let (start, size) = range.ok_or(Failure::Fatal(TransferError::BadRange))?;
                (start, Some(size))
            }
            // The file is shorter than what is there of it: begin again, and let the check find out.
            StatusCode::RANGE_NOT_SATISFIABLE if from > 0 => return self.open(uri, 0),
            StatusCode::NOT_FOUND | StatusCode::GONE => return Err(Failure::Gone),
            _ => return Err(status_failure(status)),
        };
        Ok(Body { start, size, reader: Box::new(response.into_body().into_reader()) })
    }
}

/// The path of a `file:` URI.
fn file_path(uri: &str) -> Option<&str> {
    let path = uri.strip_prefix("file:")?;
    Some(path.strip_prefix("//").unwrap_or(path))
}

fn open_file(path: &str, from: u64) -> Result<Body, Failure> {
    let read = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Failure::Gone,
        _ => Failure::Fatal(TransferError::Read(error)),
    };
    let mut file = File::open(path).map_err(read)?;
    let size = file.metadata().map_err(read)?.len();
    let start = if from <= size { from } else { 0 };
    file.seek(SeekFrom::Start(start)).map_err(read)?;
    Ok(Body { start, size: Some(size), reader: Box::new(file) })
}

fn request_failure(error: ureq::Error) -> Failure {
    use ureq::Error as E;
    let transient = matches!(
        error,
        E::Io(_) | E::Timeout(_) | E::HostNotFound | E::ConnectionFailed | E::Protocol(_) | E::BodyStalled
    );
    let error = TransferError::Request(Box::new(error));
    if transient { Failure::Transient(error) } else { Failure::Fatal(error) }
}

fn status_failure(status: StatusCode) -> Failure {
    let error = TransferError::Status { status: status.as_u16() };
    let transient = status.is_server_error()
        || matches!(status, StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS);
    if transient { Failure::Transient(error) } else { Failure::Fatal(error) }
}

fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

/// First byte and size of the whole, out of `bytes 5-9/10` (RFC 9110, section 14.4).
fn content_range(headers: &HeaderMap) -> Option<(u64, u64)> {
    let range = headers.get(CONTENT_RANGE)?.to_str().ok()?.strip_prefix("bytes ")?;
    let (range, size) = range.split_once('/')?;
    let (start, _) = range.split_once('-')?;
    Some((start.trim().parse().ok()?, size.trim().parse().ok()?))
}

/// Checks that `uri` is one that can be opened, and takes the slashes off its end.
pub(crate) fn base_uri(uri: &str) -> Result<String, Error> {
    let bad = |problem| Error::BadUri { uri: uri.to_owned(), problem };
    if uri.bytes().any(|byte| !byte.is_ascii_graphic() || b"\"<>\\^`{|}".contains(&byte)) {
        return Err(bad("has characters that a URI may not have"));
    }
    if uri.contains(['?', '#']) {
        return Err(bad("may have no query and no fragment: paths are appended to it"));
    }
    let (scheme, rest) = uri.split_once(':').ok_or_else(|| bad("is not a URI; one begins with `http://`"))?;
    let usable = match scheme {
        "http" | "https" => rest.strip_prefix("//").is_some_and(|host| !host.trim_matches('/').is_empty()),
        "file" => rest.strip_prefix("//").unwrap_or(rest).starts_with('/'),
        _ => return Err(bad("has a scheme other than `http`, `https` or `file`")),
    };
    if !usable {
        return Err(bad("has no host, or no path"));
    }
    Ok(uri.trim_end_matches('/').to_owned())
}
