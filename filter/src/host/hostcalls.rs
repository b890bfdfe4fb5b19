//! Typed, byte-wise hostcalls. The string getters of the SDK panic on a header that is not UTF-8, so none of
//! them is used.

use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::time::{Duration, UNIX_EPOCH};

use proxy_wasm::hostcalls;
use proxy_wasm::types::{BufferType, Status};

use super::abi::{self, Map, Refused};
use crate::driver::{self, HeaderBlock};
use crate::engine::{HeaderEdit, Request};
use crate::inputs::{Entropy, NoEntropy, Shared, SharedSlot, SharedValue, Timestamp};
use crate::oidc::{Answer, HttpCall};
use crate::page::LocalReply;

/// The system's randomness.
pub(super) struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), NoEntropy> {
        getrandom::fill(bytes).map_err(|_| NoEntropy)
    }
}

/// The shared data of this plugin.
pub(super) struct SharedData {
    pub(super) prefix: String,
}

impl SharedData {
    fn name(&self, slot: SharedSlot) -> String {
        format!("{}/{slot}", self.prefix)
    }
}

impl Shared for SharedData {
    fn read(&mut self, slot: SharedSlot) -> SharedValue {
        // An empty slot must be created with a mark that no slot has: 0 would overwrite.
        const EMPTY: u32 = u32::MAX;
        match hostcalls::get_shared_data(&self.name(slot)) {
            Ok((bytes, mark)) => {
                SharedValue { bytes: bytes.unwrap_or_default(), mark: mark.unwrap_or(EMPTY) }
            }
            Err(_) => SharedValue { bytes: vec![], mark: EMPTY },
        }
    }

    fn write(&mut self, slot: SharedSlot, bytes: &[u8], mark: u32) -> bool {
        hostcalls::set_shared_data(&self.name(slot), Some(bytes), Some(mark)).is_ok()
    }
}

/// Now. Without a clock it is the end of time: everything has expired.
pub(super) fn now() -> Timestamp {
    seconds(time())
}

/// The same in whole seconds, for what is decided, and in milliseconds, for what is measured.
pub(super) fn now_and_milliseconds() -> (Timestamp, u64) {
    let time = time();
    (seconds(time), milliseconds_of(time))
}

pub(super) fn milliseconds() -> u64 {
    milliseconds_of(time())
}

/// Since the epoch; `None` without a clock.
fn time() -> Option<Duration> {
    hostcalls::get_current_time().ok()?.duration_since(UNIX_EPOCH).ok()
}

fn seconds(time: Option<Duration>) -> Timestamp {
    time.map_or(Timestamp(u64::MAX), |since| Timestamp(since.as_secs()))
}

fn milliseconds_of(time: Option<Duration>) -> u64 {
    time.and_then(|since| u64::try_from(since.as_millis()).ok()).unwrap_or_default()
}

/// The address of the current stream's client, as Envoy knows it: the connection's, or what the proxies say that it is
/// configured to trust. An IP address with its port.
pub(super) fn source_address() -> Option<IpAddr> {
    let bytes = hostcalls::get_property(vec!["source", "address"]).ok().flatten()?;
    let text = std::str::from_utf8(&bytes).ok()?;
    text.parse::<SocketAddr>().map(|address| address.ip()).or_else(|_| text.parse()).ok()
}

/// The current stream's request headers, all of them in one read.
pub(super) fn request() -> Option<Request> {
    headers(Map::RequestHeaders).map(Request::new)
}

/// And its request trailers.
pub(super) fn trailers() -> Option<HeaderBlock> {
    headers(Map::RequestTrailers)
}

fn headers(map: Map) -> Option<HeaderBlock> {
    HeaderBlock::read(abi::headers(map).ok()?)
}

pub(super) fn edit_request(edits: &[HeaderEdit]) -> Result<(), Refused> {
    edit(Map::RequestHeaders, edits)
}

pub(super) fn edit_response(edits: &[HeaderEdit]) -> Result<(), Refused> {
    edit(Map::ResponseHeaders, edits)
}

fn edit(map: Map, edits: &[HeaderEdit]) -> Result<(), Refused> {
    edits.iter().try_for_each(|edit| match edit {
        HeaderEdit::Remove(name) => abi::remove(map, name),
        HeaderEdit::Set(name, value) => abi::replace(map, name, value),
        HeaderEdit::Add(name, value) => abi::add(map, name, value),
    })
}

pub(super) fn remove_trailers(names: &[&[u8]]) -> Result<(), Refused> {
    names.iter().try_for_each(|name| abi::remove(Map::RequestTrailers, name))
}

/// Takes the query out of `:path`, so that access logs do not hold it.
pub(super) fn hide_query() -> Result<(), Refused> {
    let Some(request) = request() else { return Err(Refused) };
    request
        .only(":path")
        .map_or(Ok(()), |path| abi::replace(Map::RequestHeaders, ":path", driver::without_query(path)))
}

/// Sets values of the current stream's filter state. Envoy refuses those that are set already.
pub(super) fn set_state(values: &[(&str, Rc<[u8]>)]) -> Result<(), Refused> {
    values.iter().try_for_each(|(name, value)| abi::set_property(name, value))
}

/// Answers the current stream; `details` are for access logs.
pub(super) fn send(reply: &LocalReply, details: &str) -> Result<(), Refused> {
    let headers: Vec<_> = reply.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let block = HeaderBlock::write(&headers).ok_or(Refused)?;
    abi::respond(reply.status, details, &block, reply.body.as_bytes())
}

pub(super) fn resume_request() -> Result<(), Status> {
    hostcalls::resume_http_request()
}

/// Makes a call; the SDK hands its answer to the context that is active now.
///
/// # Errors
/// Where the cluster does not exist, or the call cannot be made for another reason.
pub(super) fn call(call: &HttpCall) -> Result<u32, Status> {
    let mut headers = vec![
        (":method", call.method),
        (":scheme", call.scheme),
        (":authority", call.authority.as_str()),
        (":path", call.path.as_str()),
        // Envoy adds its own headers to what it sends upstream; a user agent is not among them.
        ("user-agent", concat!("vestibule/", env!("CARGO_PKG_VERSION"))),
    ];
    headers.extend(call.headers.iter().map(|(name, value)| (*name, value.as_str())));
    let body = (!call.body.is_empty()).then_some(call.body.as_slice());
    hostcalls::dispatch_http_call(&call.cluster, headers, body, vec![], call.timeout)
}

/// The answer that the current callback announces.
pub(super) fn answer(num_headers: usize, body_size: usize) -> Answer {
    let headers = if num_headers == 0 { None } else { headers(Map::CallResponseHeaders) };
    let owned = |(name, value): (&[u8], &[u8])| (String::from_utf8_lossy(name).into_owned(), value.to_vec());
    let headers = headers.iter().flat_map(HeaderBlock::iter).map(owned).collect();
    Answer::read(headers, body_size, |size| {
        hostcalls::get_buffer(BufferType::HttpCallResponseBody, 0, size).ok().flatten().unwrap_or_default()
    })
}

/// Makes `stream` the one that the next hostcalls are about; false where it is gone.
pub(super) fn enter(stream: u32) -> bool {
    hostcalls::set_effective_context(stream).is_ok()
}

/// Sets the period of the ticks, in the root context.
pub(super) fn tick_every(period: Duration) -> bool {
    hostcalls::set_tick_period(period).is_ok()
}

/// The plugin's configuration, as Envoy has it.
pub(super) fn plugin_configuration(size: usize) -> Cow<'static, [u8]> {
    match hostcalls::get_buffer(BufferType::PluginConfiguration, 0, size) {
        Ok(Some(bytes)) => Cow::Owned(bytes),
        Ok(None) | Err(_) => Cow::Borrowed(&[]),
    }
}
