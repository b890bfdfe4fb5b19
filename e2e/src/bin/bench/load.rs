//! Load: wrk for as much as goes, and our own for a fixed rate, which wrk does not have.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use vestibule_e2e::stage::HOST;

use crate::subject::{Expected, Subject};

const CONNECTIONS: u32 = 8;

/// Requests that were answered in about this time, as many as went.
///
/// # Panics
/// Where one was answered otherwise than it should be.
pub(crate) fn full(subject: &Subject, time: Duration) -> Full {
    let mut wrk = Command::new("wrk");
    wrk.arg("-t1").arg(format!("-c{CONNECTIONS}")).arg(format!("-d{}s", time.as_secs()));
    wrk.args(headers(subject)).arg(url(subject));
    let said = run(&mut wrk);
    let number = |line: &str, place: usize| line.split_whitespace().nth(place)?.parse::<f64>().ok();
    let line = |has: &str| said.lines().find(|line| line.contains(has));
    let full = line(" requests in ").and_then(|all| {
        let each = line("Requests/sec:")?;
        Some(Full { requests: number(all, 0)?, requests_a_second: number(each, 1)? })
    });
    // wrk takes a redirect for an error.
    let is_refused = said.contains("Non-2xx") && !matches!(subject.expected, Expected::Redirect);
    assert!(!is_refused && !said.contains("Socket errors"), "{}: {said}", subject.name);
    full.unwrap_or_else(|| panic!("wrk said something else: {said}"))
}

pub(crate) struct Full {
    pub(crate) requests: f64,
    pub(crate) requests_a_second: f64,
}

/// The median and the 99th percentile of the time to an answer, at so many requests a second. Milliseconds.
///
/// # Panics
/// Where Envoy does not answer.
pub(crate) fn at_rate(subject: &Subject, rate: u32, time: Duration) -> (f64, f64) {
    let pause = Duration::from_secs(1) * CONNECTIONS / rate;
    let one = |place: u32| {
        let mut connection = Connection::open(subject);
        // Not all at the same moment.
        let began = Instant::now() + pause * place / CONNECTIONS;
        let mut times = Vec::new();
        for number in 0.. {
            let due = began + pause * number;
            if due > began + time {
                return times;
            }
            thread::sleep(due.saturating_duration_since(Instant::now()));
            connection.ask();
            // From when it was due: who waits behind a slow one has waited too.
            times.push(due.elapsed().as_secs_f64() * 1e3);
        }
        times
    };
    let mut times: Vec<f64> = thread::scope(|scope| {
        let all: Vec<_> = (0..CONNECTIONS).map(|place| scope.spawn(move || one(place))).collect();
        all.into_iter().flat_map(|one| one.join().expect("a connection")).collect()
    });
    times.sort_by(f64::total_cmp);
    let at = |percent: usize| times.get(times.len() * percent / 100).copied().unwrap_or(f64::NAN);
    (at(50), at(99))
}

/// One that is kept alive.
struct Connection {
    stream: BufReader<TcpStream>,
    request: Vec<u8>,
}

impl Connection {
    fn open(subject: &Subject) -> Self {
        let stream = TcpStream::connect(subject.envoy).expect("Envoy");
        stream.set_nodelay(true).expect("a socket");
        stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a socket");
        let own = subject.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n"));
        let headers: String = own.collect();
        let request = format!("GET {} HTTP/1.1\r\nHost: {HOST}\r\n{headers}\r\n", subject.path);
        Self { stream: BufReader::new(stream), request: request.into_bytes() }
    }

    fn ask(&mut self) {
        self.stream.get_mut().write_all(&self.request).expect("Envoy takes a request");
        let mut length = 0;
        loop {
            let mut line = String::new();
            let read = self.stream.read_line(&mut line).expect("Envoy answers");
            assert!(read > 0, "Envoy has closed the connection");
            let line = line.trim_end().to_ascii_lowercase();
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().expect("a length");
            }
            if line.is_empty() {
                break;
            }
        }
        self.stream.read_exact(&mut vec![0; length]).expect("the body");
    }
}

fn headers(subject: &Subject) -> Vec<String> {
    let own = subject.headers.iter().map(|(name, value)| format!("{name}: {value}"));
    let all = std::iter::once(format!("Host: {HOST}")).chain(own);
    all.flat_map(|header| ["-H".to_owned(), header]).collect()
}

fn url(subject: &Subject) -> String {
    format!("http://{}{}", subject.envoy, subject.path)
}

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}
