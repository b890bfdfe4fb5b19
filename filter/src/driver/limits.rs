//! How much there may be of anything in one worker.

use std::time::Duration;

use crate::inputs::Timestamp;

/// Streams that one worker lets wait at once; the next ones are told to come back.
pub const MAX_WAITING: usize = 1000;
/// What all of these hold together: room for 1000 everyday requests, and for 150 of the largest that Envoy takes by
/// default. Memory that a VM has once taken it does not give back. Bytes.
pub const MAX_WAITING_BYTES: usize = 8 * 1024 * 1024;
/// Of these, so many are decided in one callback.
pub const MAX_DECIDED_AT_ONCE: usize = 20;
/// A stream waits for so long. Seconds.
pub const MAX_WAIT: u64 = 10;

/// Whether a wait that may last until `deadline` is over. One that is further ahead than any wait is from before the clock
/// was set back.
#[must_use]
pub fn is_over(deadline: Timestamp, now: Timestamp) -> bool {
    deadline <= now || deadline > now.plus(MAX_WAIT)
}

/// Calls for everybody that one tick may begin.
pub const MAX_CALLS_IN_A_TICK: usize = 8;
/// Calls for streams that may be under way at once in one worker: whoever asks for more sign-ins than that is told to come
/// back, and Envoy's own limit leaves room for everybody's calls.
pub const MAX_CALLS: usize = 200;
/// Calls for everybody that may be under way at once in one worker; the others come later. They have a limit of their own:
/// a crowd of sign-ins does not keep keys from being fetched, nor a silent revocation endpoint people from signing in.
pub const MAX_ROOT_CALLS: usize = 100;

/// No call takes longer, whatever `provider.timeout` says. Seconds.
pub const MAX_CALL: u64 = 61;

/// Tokens a second that one source gets for sign-ins that come to nothing, and as many at once as [`SOURCE_BURST`].
pub const SOURCE_RATE: u32 = 5;
/// An office behind one address begins its day at once.
pub const SOURCE_BURST: u32 = 50;
/// All sources together get so many seconds' worth of their rate at once.
pub const BURST_SECONDS: u32 = 10;
/// Sources whose buckets one worker remembers.
pub const MAX_SOURCES: usize = 1024;

/// How long a cookie waits for the application's response. Seconds.
pub const MAX_EDIT_AGE: u64 = 5;

/// The period of the ticks while somebody waits who can be decided or whose call can be made.
pub const URGENT_TICK: Duration = Duration::from_millis(5);
/// While somebody waits or the provider is not known.
pub const BUSY_TICK: Duration = Duration::from_millis(20);
/// Otherwise: counters are flushed, and a rotated key is noticed.
pub const IDLE_TICK: Duration = Duration::from_millis(500);
