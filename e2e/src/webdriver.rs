//! As much of the WebDriver protocol (W3C) as the tests need: JSON over HTTP.

use std::fmt;
use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::{Value, json};

use crate::client::{self, Request};

/// The name under which the protocol returns an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A session of a driver.
#[derive(Debug)]
pub(crate) struct Session {
    driver: SocketAddr,
    id: String,
}

/// What the driver answers instead of a value.
pub(crate) struct Failed(Value);

impl fmt::Debug for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0["error"], self.0["message"])
    }
}

impl Session {
    /// A new session, and the capabilities that the browser names.
    pub(crate) async fn new(driver: SocketAddr, capabilities: &Value) -> (Self, Value) {
        let body = json!({"capabilities": {"alwaysMatch": capabilities}});
        let mut answer = call(driver, "POST", "/session", &body).await.expect("a browser session");
        let id = answer["sessionId"].as_str().expect("a session's id").to_owned();
        (Self { driver, id }, answer["capabilities"].take())
    }

    pub(crate) async fn get(&self, command: &str) -> Result<Value, Failed> {
        call(self.driver, "GET", &format!("/session/{}/{command}", self.id), &Value::Null).await
    }

    pub(crate) async fn post(&self, command: &str, body: Value) -> Result<Value, Failed> {
        call(self.driver, "POST", &format!("/session/{}/{command}", self.id), &body).await
    }

    /// Waits for the element as long as the session's timeouts say, and clicks it.
    pub(crate) async fn click(&self, using: &str, value: &str) -> Result<(), Failed> {
        let element = self.post("element", json!({"using": using, "value": value})).await?;
        let id = element[ELEMENT].as_str().expect("an element's id").to_owned();
        self.post(&format!("element/{id}/click"), json!({})).await?;
        Ok(())
    }
}

impl Drop for Session {
    /// Closes the browser, and waits for that as long as it is reasonable.
    fn drop(&mut self) {
        let close = || -> io::Result<()> {
            let mut stream = TcpStream::connect_timeout(&self.driver, Duration::from_secs(1))?;
            stream.set_read_timeout(Some(Duration::from_secs(5)))?;
            let request = format!("DELETE /session/{} HTTP/1.1\r\nhost: {}\r\n\r\n", self.id, self.driver);
            stream.write_all(request.as_bytes())?;
            stream.read_exact(&mut [0])
        };
        // Where that fails, its processes are ended instead.
        let _ = close();
    }
}

async fn call(driver: SocketAddr, method: &str, path: &str, body: &Value) -> Result<Value, Failed> {
    let mut request = Request::new(method, path).host(&driver.to_string());
    if !body.is_null() {
        request = request.header("content-type", "application/json").body(body.to_string());
    }
    let response = client::send(driver, &request).await.expect("the browser's driver");
    let value = response.json()["value"].take();
    if response.status == 200 { Ok(value) } else { Err(Failed(value)) }
}
