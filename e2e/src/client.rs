//! A plain HTTP/1.1 client that sends exactly the bytes that it is given and follows nothing.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Longer than anything that Envoy waits for by default.
const PATIENCE: Duration = Duration::from_secs(30);

/// A request as it goes over the wire.
#[derive(Clone, Debug)]
pub struct Request {
    method: String,
    target: Vec<u8>,
    host: String,
    headers: Vec<(Vec<u8>, Vec<u8>)>,
    body: Option<Vec<u8>>,
    trailers: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Request {
    #[must_use]
    pub fn new(method: &str, target: impl AsRef<[u8]>) -> Self {
        Self {
            method: method.to_owned(),
            target: target.as_ref().to_vec(),
            host: "app.example.test".to_owned(),
            headers: Vec::new(),
            body: None,
            trailers: Vec::new(),
        }
    }

    /// A bare GET: no header says what for.
    #[must_use]
    pub fn get(target: impl AsRef<[u8]>) -> Self {
        Self::new("GET", target)
    }

    /// A GET as a browser sends it for a page that a person opens.
    #[must_use]
    pub fn page(target: impl AsRef<[u8]>) -> Self {
        Self::get(target)
            .header("accept", "text/html,application/xhtml+xml,*/*;q=0.8")
            .header("sec-fetch-mode", "navigate")
            .header("sec-fetch-dest", "document")
            .header("sec-fetch-site", "none")
    }

    /// A GET as a script in a page sends it.
    #[must_use]
    pub fn fetch(target: impl AsRef<[u8]>) -> Self {
        Self::get(target)
            .header("accept", "*/*")
            .header("sec-fetch-mode", "cors")
            .header("sec-fetch-dest", "empty")
            .header("sec-fetch-site", "same-origin")
    }

    /// A form that a person submits in a page of the same site.
    #[must_use]
    pub fn form(target: impl AsRef<[u8]>, body: &str) -> Self {
        Self::new("POST", target)
            .header("accept", "text/html")
            .header("content-type", "application/x-www-form-urlencoded")
            .header("sec-fetch-mode", "navigate")
            .header("sec-fetch-dest", "document")
            .body(body)
    }

    /// One more header, also where there is one of that name already. Only without a `connection` of its own does the
    /// request ask for the connection to be closed.
    #[must_use]
    pub fn header(mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Self {
        self.headers.push((name.as_ref().to_vec(), value.as_ref().to_vec()));
        self
    }

    #[must_use]
    pub fn host(mut self, host: &str) -> Self {
        host.clone_into(&mut self.host);
        self
    }

    #[must_use]
    pub fn body(mut self, body: impl AsRef<[u8]>) -> Self {
        self.body = Some(body.as_ref().to_vec());
        self
    }

    /// One more header behind the body, which goes in chunks then.
    #[must_use]
    pub fn trailer(mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Self {
        self.trailers.push((name.as_ref().to_vec(), value.as_ref().to_vec()));
        self
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.method.clone().into_bytes();
        bytes.push(b' ');
        bytes.extend_from_slice(&self.target);
        bytes.extend_from_slice(b" HTTP/1.1\r\nhost: ");
        bytes.extend_from_slice(self.host.as_bytes());
        bytes.extend_from_slice(b"\r\n");
        if !self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(b"connection")) {
            bytes.extend_from_slice(b"connection: close\r\n");
        }
        append_fields(&mut bytes, &self.headers);
        let body = self.body.as_deref();
        if !self.trailers.is_empty() {
            let body = body.unwrap_or_default();
            bytes.extend_from_slice(b"transfer-encoding: chunked\r\n\r\n");
            if !body.is_empty() {
                bytes.extend_from_slice(format!("{:x}\r\n", body.len()).as_bytes());
                bytes.extend_from_slice(body);
                bytes.extend_from_slice(b"\r\n");
            }
            bytes.extend_from_slice(b"0\r\n");
            append_fields(&mut bytes, &self.trailers);
            bytes.extend_from_slice(b"\r\n");
        } else if let Some(body) = body {
            bytes.extend_from_slice(format!("content-length: {}\r\n\r\n", body.len()).as_bytes());
            bytes.extend_from_slice(body);
        } else {
            bytes.extend_from_slice(b"\r\n");
        }
        bytes
    }
}

fn append_fields(bytes: &mut Vec<u8>, fields: &[(Vec<u8>, Vec<u8>)]) {
    for (name, value) in fields {
        bytes.extend_from_slice(name);
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(value);
        bytes.extend_from_slice(b"\r\n");
    }
}

/// An answer, read to its end.
#[derive(Clone, Debug)]
pub struct Response {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, Vec<u8>)>,
    pub body: Vec<u8>,
}

impl Response {
    /// The values of all headers of that name.
    pub fn all(&self, name: &str) -> impl Iterator<Item = String> {
        let named = self.headers.iter().filter(move |(one, _)| one == name);
        named.map(|(_, value)| String::from_utf8_lossy(value).into_owned())
    }

    /// The value of a header; all of them with commas where there are several.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<String> {
        let values: Vec<String> = self.all(name).collect();
        (!values.is_empty()).then(|| values.join(", "))
    }

    #[must_use]
    pub fn location(&self) -> String {
        self.header("location").unwrap_or_else(|| panic!("no location: {}", self.summary()))
    }

    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.summary()))
    }

    /// For the message of a failed test.
    #[must_use]
    pub fn summary(&self) -> String {
        let headers: Vec<String> = self
            .headers
            .iter()
            .map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value)))
            .collect();
        format!("{}\n{}\n\n{}", self.status, headers.join("\n"), self.text())
    }
}

/// Sends a request on its own connection and reads the answer to its end.
///
/// # Errors
/// When the connection fails, the answer is not HTTP, or does not come.
pub async fn send(to: SocketAddr, request: &Request) -> io::Result<Response> {
    let request = request.bytes();
    let bytes = timeout(PATIENCE, exchange(to, &request))
        .await
        .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
    parse(&bytes).ok_or_else(|| io::Error::other(format!("not HTTP: {:?}", String::from_utf8_lossy(&bytes))))
}

async fn exchange(to: SocketAddr, request: &[u8]) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(to).await?;
    // A server that answers early may close before it has read all.
    let sent = stream.write_all(request).await;
    let mut answer = Vec::new();
    while !complete(&answer) {
        match stream.read_buf(&mut answer).await {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) if answer.is_empty() => return Err(error),
            Err(_) => break,
        }
    }
    if answer.is_empty() {
        sent?;
    }
    Ok(answer)
}

/// Whether the answer says how long it is, and is: some servers keep the connection open all the same.
fn complete(answer: &[u8]) -> bool {
    let Some((response, length)) = head(answer) else { return false };
    let announced = response.header("content-length").and_then(|length| length.parse::<usize>().ok());
    announced.is_some_and(|announced| answer.len() >= length.saturating_add(announced))
}

fn parse(bytes: &[u8]) -> Option<Response> {
    let (mut response, length) = head(bytes)?;
    let body = bytes.get(length..)?;
    // Nothing follows the answer to a HEAD, whatever its headers say.
    let chunked =
        !body.is_empty() && response.header("transfer-encoding").is_some_and(|coding| coding == "chunked");
    response.body = if chunked { unchunk(body)? } else { body.to_vec() };
    Some(response)
}

/// The response without its body, and where that begins.
fn head(bytes: &[u8]) -> Option<(Response, usize)> {
    let mut headers = [httparse::EMPTY_HEADER; 128];
    let mut head = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(length) = head.parse(bytes).ok()? else { return None };
    let headers =
        head.headers.iter().map(|one| (one.name.to_ascii_lowercase(), one.value.to_vec())).collect();
    Some((Response { status: head.code?, headers, body: Vec::new() }, length))
}

fn unchunk(mut bytes: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let httparse::Status::Complete((start, size)) = httparse::parse_chunk_size(bytes).ok()? else {
            return None;
        };
        let end = start.checked_add(usize::try_from(size).ok()?)?;
        body.extend_from_slice(bytes.get(start..end)?);
        if size == 0 {
            return Some(body);
        }
        bytes = bytes.get(end.checked_add(2)?..)?;
    }
}
