//! The hostcalls of every request, by proxy-wasm's ABI 0.2.1 itself: those of the SDK make a `String` and a `Vec` of each
//! header, panic where a name is not UTF-8, and panic where Envoy refuses. The one module with unsafe code.

#![allow(unsafe_code, reason = "pointers go to the host and come from it; each use says why it is sound")]

use std::ptr;

/// A kind of headers, by its number in the ABI (`proxy_map_type_t`).
#[derive(Clone, Copy, Debug)]
pub(super) enum Map {
    RequestHeaders = 0,
    RequestTrailers = 1,
    ResponseHeaders = 2,
    CallResponseHeaders = 6,
}

/// Envoy did not do it: the stream has gone, or has no such headers now.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refused;

#[link(wasm_import_module = "env")]
unsafe extern "C" {
    fn proxy_get_header_map_pairs(map: u32, data: *mut *mut u8, size: *mut usize) -> u32;
    fn proxy_replace_header_map_value(
        map: u32,
        name: *const u8,
        name_size: usize,
        value: *const u8,
        value_size: usize,
    ) -> u32;
    fn proxy_add_header_map_value(
        map: u32,
        name: *const u8,
        name_size: usize,
        value: *const u8,
        value_size: usize,
    ) -> u32;
    fn proxy_remove_header_map_value(map: u32, name: *const u8, name_size: usize) -> u32;
    fn proxy_send_local_response(
        status: u32,
        details: *const u8,
        details_size: usize,
        body: *const u8,
        body_size: usize,
        headers: *const u8,
        headers_size: usize,
        grpc_status: i32,
    ) -> u32;
    fn proxy_set_property(name: *const u8, name_size: usize, value: *const u8, value_size: usize) -> u32;
}

/// All headers of the map, in one block: see [`HeaderBlock`](crate::driver::HeaderBlock). Empty where there are
/// none.
pub(super) fn headers(map: Map) -> Result<Vec<u8>, Refused> {
    let (mut data, mut size) = (ptr::null_mut(), 0);
    // SAFETY: the host writes an address and a size to these two, which live until it has returned.
    done(unsafe { proxy_get_header_map_pairs(map as u32, &raw mut data, &raw mut size) })?;
    if data.is_null() {
        return Ok(Vec::new());
    }
    // SAFETY: the host has asked `proxy_on_memory_allocate` of the SDK for `size` bytes and filled them. They are the memory
    // of a `Vec` of this length and capacity, and nobody else knows of them.
    Ok(unsafe { Vec::from_raw_parts(data, size, size) })
}

/// This one value in place of all others of the name.
pub(super) fn replace(map: Map, name: &str, value: &[u8]) -> Result<(), Refused> {
    // SAFETY: the host reads these bytes and keeps no address of them.
    done(unsafe {
        proxy_replace_header_map_value(map as u32, name.as_ptr(), name.len(), value.as_ptr(), value.len())
    })
}

/// One more value.
pub(super) fn add(map: Map, name: &str, value: &[u8]) -> Result<(), Refused> {
    // SAFETY: as for `replace`.
    done(unsafe {
        proxy_add_header_map_value(map as u32, name.as_ptr(), name.len(), value.as_ptr(), value.len())
    })
}

/// All values of the name, if there is one.
pub(super) fn remove(map: Map, name: &[u8]) -> Result<(), Refused> {
    // SAFETY: as for `replace`.
    done(unsafe { proxy_remove_header_map_value(map as u32, name.as_ptr(), name.len()) })
}

/// One value of the filter state of the current stream.
pub(super) fn set_property(name: &str, value: &[u8]) -> Result<(), Refused> {
    // SAFETY: as for `replace`.
    done(unsafe { proxy_set_property(name.as_ptr(), name.len(), value.as_ptr(), value.len()) })
}

/// Answers the current stream. `headers` are a block as [`headers`] gives one; `details` are the response code details.
pub(super) fn respond(status: u16, details: &str, headers: &[u8], body: &[u8]) -> Result<(), Refused> {
    /// Envoy makes one of the HTTP status.
    const NO_GRPC_STATUS: i32 = -1;
    // SAFETY: as for `replace`.
    done(unsafe {
        proxy_send_local_response(
            u32::from(status),
            details.as_ptr(),
            details.len(),
            body.as_ptr(),
            body.len(),
            headers.as_ptr(),
            headers.len(),
            NO_GRPC_STATUS,
        )
    })
}

fn done(status: u32) -> Result<(), Refused> {
    if status == 0 { Ok(()) } else { Err(Refused) }
}
