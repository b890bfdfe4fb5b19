//! Misbehaviour on demand.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use http_body_util::BodyExt;
use serde_json::{Map, Value, json};
use vestibule_testing::merge;

use super::answer::{json_response, response};
use super::endpoint::Endpoint;
use super::error;
use super::gate::Gate;

#[derive(Clone, Debug)]
pub enum Fault {
    /// This answer; the endpoint does nothing.
    Status { status: u16, headers: Vec<(String, String)>, body: String },
    /// 200 with this JSON; the endpoint does nothing.
    Json(Value),
    /// 429 `E0000047` with `X-Rate-Limit-*`.
    RateLimited,
    /// The right answer, late.
    Delay(Duration),
    /// The right answer, when the gate opens.
    Gate(Gate),
    /// The connection is closed without an answer; the endpoint does nothing.
    Close,
    /// The endpoint does its work (redeems the code), but the connection is closed without an answer.
    LoseAnswer,
    /// 200 without a body.
    EmptyBody,
    /// 200 with 2 MB of JSON.
    HugeBody,
    /// The right answer, cut in half.
    MalformedJson,
    /// The right members, each with a value of another type.
    WrongTypes,
    /// The right answer as `text/html`.
    WrongContentType,
    /// 302 to this place.
    Redirect(String),
    /// The right JSON with these members laid over it; `null` takes one out (RFC 7396).
    Merge(Value),
    /// Metadata that name this issuer.
    Issuer(String),
}

/// The faults that are due, by endpoint and in order.
#[derive(Default)]
pub(crate) struct Faults(HashMap<Endpoint, VecDeque<QueuedFault>>);

/// A fault and how often it is still due; `None`: until cleared.
struct QueuedFault {
    fault: Fault,
    left: Option<u64>,
}

impl Faults {
    /// After those that are there; `times`: for so many requests, else until cleared.
    pub(crate) fn queue(&mut self, endpoint: Endpoint, fault: Fault, times: Option<u64>) {
        self.0.entry(endpoint).or_default().push_back(QueuedFault { fault, left: times });
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// The fault for this request, if one is due.
    pub(crate) fn take(&mut self, endpoint: Endpoint) -> Option<Fault> {
        let queue = self.0.get_mut(&endpoint)?;
        let first = queue.front_mut()?;
        let fault = first.fault.clone();
        if let Some(left) = &mut first.left {
            *left = left.saturating_sub(1);
            if *left == 0 {
                queue.pop_front();
            }
        }
        Some(fault)
    }
}

/// How a fault shows.
pub(crate) enum Effect {
    /// Without asking the endpoint; `None`: the connection is closed.
    Instead(Option<Response>),
    /// The endpoint works, then this happens to its answer.
    After(Fault),
}

pub(crate) fn effect(fault: Fault, now: u64) -> Effect {
    Effect::Instead(match fault {
        Fault::Status { status, headers, body } => Some(status_response(status, headers, body)),
        Fault::Json(value) => Some(json_response(StatusCode::OK, &value)),
        Fault::RateLimited => Some(error::rate_limited(now + 30)),
        Fault::EmptyBody => Some(response(StatusCode::OK, "application/json", "no-store", Body::empty())),
        Fault::HugeBody => {
            let huge = json!({ "padding": "x".repeat(2 * 1024 * 1024) });
            Some(json_response(StatusCode::OK, &huge))
        }
        Fault::Redirect(location) => {
            Some(status_response(302, vec![("location".into(), location)], String::new()))
        }
        Fault::Close => None,
        after => return Effect::After(after),
    })
}

/// The endpoint's answer with the fault in it; `None`: the connection is closed.
pub(crate) async fn spoil(fault: Fault, answer: Response) -> Option<Response> {
    match fault {
        Fault::Delay(duration) => {
            tokio::time::sleep(duration).await;
            Some(answer)
        }
        Fault::Gate(gate) => {
            gate.pass().await;
            Some(answer)
        }
        Fault::LoseAnswer => None,
        Fault::WrongContentType => {
            let mut answer = answer;
            answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html"));
            Some(answer)
        }
        Fault::MalformedJson => {
            let (parts, body) = answer.into_parts();
            let bytes = collect(body).await;
            let half = bytes.slice(..bytes.len() / 2);
            Some(Response::from_parts(parts, half.into()))
        }
        Fault::WrongTypes => Some(
            with_json(answer, |json| {
                for value in json.as_object_mut().into_iter().flat_map(Map::values_mut) {
                    *value = if value.is_string() { json!({ "not": ["a", "string"] }) } else { json!("odd") };
                }
            })
            .await,
        ),
        Fault::Merge(patch) => Some(with_json(answer, |json| merge(json, &patch)).await),
        Fault::Issuer(issuer) => {
            Some(with_json(answer, |json| merge(json, &json!({ "issuer": issuer }))).await)
        }
        _ => Some(answer),
    }
}

/// Only JSON objects are changed.
async fn with_json(answer: Response, change: impl FnOnce(&mut Value)) -> Response {
    let (parts, body) = answer.into_parts();
    let bytes = collect(body).await;
    match serde_json::from_slice::<Value>(&bytes) {
        Ok(mut json) if json.is_object() => {
            change(&mut json);
            Response::from_parts(parts, json.to_string().into())
        }
        _ => Response::from_parts(parts, bytes.into()),
    }
}

async fn collect(body: Body) -> bytes::Bytes {
    body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default()
}

fn status_response(status: u16, headers: Vec<(String, String)>, body: String) -> Response {
    let mut answer = Response::new(body.into());
    *answer.status_mut() = StatusCode::from_u16(status).expect("a test names a status that exists");
    for (name, value) in headers {
        let name = HeaderName::try_from(name).expect("a test names a header that may exist");
        let value = HeaderValue::try_from(value).expect("a test gives a value that a header may have");
        answer.headers_mut().append(name, value);
    }
    answer
}
