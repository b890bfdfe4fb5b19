//! The application that the filter protects. It knows nothing of signing in but the headers that arrive.
//!
//! It remembers every request, so that a test can prove what reached it and that nothing else did.

mod page;

use std::fmt;
use std::io;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::sleep;
use url::form_urlencoded;

const MAX_BODY: usize = 64 * 1024 * 1024;

/// The running application. It stops when it is dropped.
pub struct Application {
    port: u16,
    seen: Arc<Mutex<Vec<Seen>>>,
    task: JoinHandle<()>,
}

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Seen {
    pub method: String,
    /// With its query.
    pub path: String,
    /// In lower case, each as often as it came; the bytes need not be UTF-8.
    pub headers: Vec<(String, Vec<u8>)>,
    pub body: Vec<u8>,
}

impl Seen {
    /// All values of a header.
    pub fn header<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.headers.iter().filter(move |(found, _)| found == name).map(|(_, value)| value.as_slice())
    }
}

impl Application {
    /// On 127.0.0.1; port 0 is any free one.
    pub async fn start(port: u16) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let port = listener.local_addr()?.port();
        let seen = Arc::new(Mutex::new(vec![]));
        let router = Router::new()
            .fallback(answer)
            .layer(DefaultBodyLimit::max(MAX_BODY))
            .with_state(Arc::clone(&seen));
        let task = tokio::spawn(async move {
            // It ends only with the task.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { port, seen, task })
    }

    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// All requests so far, in the order of their arrival.
    #[must_use]
    pub fn requests(&self) -> Vec<Seen> {
        lock(&self.seen).clone()
    }

    pub fn forget_requests(&self) {
        lock(&self.seen).clear();
    }
}

impl fmt::Debug for Application {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Application").field("port", &self.port).finish_non_exhaustive()
    }
}

impl Drop for Application {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(
    State(seen): State<Arc<Mutex<Vec<Seen>>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let request = Seen {
        method: method.to_string(),
        path: uri.to_string(),
        headers: headers.iter().map(|(name, value)| (name.to_string(), value.as_bytes().to_vec())).collect(),
        body: body.to_vec(),
    };
    lock(&seen).push(request.clone());
    if let Some(delay) = delay(uri.query().unwrap_or_default()) {
        sleep(delay).await;
    }
    match uri.path() {
        "/healthz" => "ok\n".into_response(),
        "/api/me" => json_response(&identity(&request)),
        path if path == "/echo" || path.starts_with("/echo/") => {
            echo(&request, uri.query().unwrap_or_default())
        }
        path => Html(page::render(&request, path, uri.query())).into_response(),
    }
}

fn identity(request: &Seen) -> Value {
    let header = |name| request.header(name).next().map(String::from_utf8_lossy);
    json!({
        "user": header("x-auth-request-user"),
        "email": header("x-auth-request-email"),
        "preferred_username": header("x-auth-request-preferred-username"),
        "groups": header("x-auth-request-groups").map(|groups| groups.split(',').map(String::from).collect::<Vec<_>>()),
    })
}

/// `?delay=` says how many milliseconds it takes its time.
fn delay(query: &str) -> Option<Duration> {
    let (_, delay) = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "delay")?;
    delay.parse().ok().map(Duration::from_millis)
}

/// The request as JSON. `?status=` chooses the status, each `?header=name: value` adds one to the answer.
fn echo(request: &Seen, query: &str) -> Response {
    let headers: Vec<_> =
        request.headers.iter().map(|(name, value)| (name, String::from_utf8_lossy(value))).collect();
    let mut answer = json_response(&json!({
        "method": request.method,
        "path": request.path,
        "headers": headers,
        "body": String::from_utf8_lossy(&request.body),
    }));
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match &*name {
            "status" => {
                if let Ok(status) = StatusCode::from_bytes(value.as_bytes()) {
                    *answer.status_mut() = status;
                }
            }
            "header" => {
                if let Some((name, value)) = value.split_once(": ")
                    && let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value))
                {
                    answer.headers_mut().append(name, value);
                }
            }
            _ => {}
        }
    }
    answer
}

fn json_response(body: &Value) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], format!("{body:#}\n")).into_response()
}

fn lock(seen: &Mutex<Vec<Seen>>) -> std::sync::MutexGuard<'_, Vec<Seen>> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    use super::*;

    async fn send(application: &Application, request: &[u8]) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", application.port())).await.unwrap();
        stream.write_all(request).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn it_remembers_every_request_byte_by_byte() {
        let application = Application::start(0).await.unwrap();
        let request = b"POST /echo?status=418 HTTP/1.1\r\nhost: a\r\nx-a: 1\r\nX-A: \xff\r\n\
            content-length: 2\r\nconnection: close\r\n\r\nhi";
        assert!(send(&application, request).await.starts_with("HTTP/1.1 418"));
        let seen = application.requests();
        assert_eq!((seen.len(), &*seen[0].path, &*seen[0].body), (1, "/echo?status=418", &b"hi"[..]));
        assert_eq!(seen[0].header("x-a").collect::<Vec<_>>(), [&b"1"[..], b"\xff"]);
        application.forget_requests();
        assert!(application.requests().is_empty());
    }

    #[tokio::test]
    async fn its_page_escapes_what_it_shows() {
        let application = Application::start(0).await.unwrap();
        let request = b"GET /a HTTP/1.1\r\nhost: a\r\nx-auth-request-email: <script>\r\n\
            authorization: Bearer 0123456789abcdef\r\nconnection: close\r\n\r\n";
        let page = send(&application, request).await;
        assert!(page.contains("&lt;script&gt;") && !page.contains("<script"));
        assert!(!page.contains("abcdef"), "tokens are shortened");
    }
}
