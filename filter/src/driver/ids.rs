//! The numbers by which the host knows streams and calls.

/// A stream, from its request on until it is gone; a number may come again after that.
pub type StreamId = u32;

/// A call that is under way.
pub type CallToken = u32;
