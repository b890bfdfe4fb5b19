//! What happens in one run, as libFuzzer's bytes say it. A step is a byte for its kind and a byte for each
//! field (two for a time), so that a mutation changes one thing, and seeds can be written by hand.

use arbitrary::{Arbitrary, Result, Unstructured};

/// More make a run slow and find no more.
const MAX_STEPS: usize = 48;

#[derive(Debug)]
pub(super) struct Script {
    pub(super) setting: u8,
    pub(super) steps: Vec<Act>,
}

impl<'a> Arbitrary<'a> for Script {
    fn arbitrary(bytes: &mut Unstructured<'a>) -> Result<Self> {
        let setting = bytes.arbitrary()?;
        let mut steps = Vec::new();
        while !bytes.is_empty() && steps.len() < MAX_STEPS {
            steps.push(bytes.arbitrary()?);
        }
        Ok(Self { setting, steps })
    }
}

#[derive(Debug)]
pub(super) enum Act {
    /// Somebody sends a request.
    Ask(Ask),
    /// A browser, or whoever plays one, comes back from the provider.
    ComeBack(ComeBack),
    /// The provider answers a stream's call.
    Answer(Answered),
    /// The provider answers what the root context asks.
    Fetch { kind: u8 },
    /// After a few seconds, or at once.
    Tick { after: u8 },
    /// Somebody goes away before there is an answer.
    Leave { which: u8 },
    /// Minutes and more.
    Wait { seconds: u16 },
    /// The clock was wrong.
    GoBack { seconds: u8 },
    /// A worker begins anew, as after a new configuration.
    Restart,
    /// The next requests come to the other worker.
    Switch,
    /// The system runs out of randomness, or has some again.
    Entropy { dry: bool },
    /// The provider signs with the next key from now on.
    RotateKey,
    /// From now on the application takes its time, or answers at once.
    Slow { is_slow: bool },
    /// It answers the oldest request.
    Respond,
}

impl<'a> Arbitrary<'a> for Act {
    fn arbitrary(bytes: &mut Unstructured<'a>) -> Result<Self> {
        Ok(match u8::arbitrary(bytes)? % 16 {
            0..=3 => Self::Ask(bytes.arbitrary()?),
            4 | 5 => Self::ComeBack(bytes.arbitrary()?),
            6 | 7 => Self::Answer(bytes.arbitrary()?),
            8 | 9 => Self::Fetch { kind: bytes.arbitrary()? },
            10 => Self::Tick { after: bytes.arbitrary()? },
            11 => Self::Leave { which: bytes.arbitrary()? },
            12 => Self::Wait { seconds: bytes.arbitrary()? },
            13 => Self::GoBack { seconds: bytes.arbitrary()? },
            14 => match u8::arbitrary(bytes)? % 8 {
                0 => Self::RotateKey,
                1 => Self::Restart,
                2 => Self::Switch,
                kind @ (3 | 4) => Self::Entropy { dry: kind == 3 },
                kind @ (5 | 6) => Self::Slow { is_slow: kind == 5 },
                _ => Self::Respond,
            },
            _ => Self::Wait { seconds: u16::from(u8::arbitrary(bytes)?) },
        })
    }
}

#[derive(Debug, Arbitrary)]
pub(super) struct Ask {
    pub(super) page: u8,
    /// What is put into the path.
    pub(super) bend: u8,
    pub(super) bend_at: u8,
    pub(super) host: u8,
    pub(super) method: u8,
    /// How the browser describes the request.
    pub(super) manner: u8,
    /// A header that the visitor has no right to send.
    pub(super) forged: u8,
    pub(super) cookies: Cookies,
}

#[derive(Debug, Arbitrary)]
pub(super) struct ComeBack {
    pub(super) login: u8,
    /// What is done to the authorization response.
    pub(super) response: u8,
    pub(super) host: u8,
    pub(super) cookies: Cookies,
}

#[derive(Debug, Arbitrary)]
pub(super) struct Cookies {
    /// Whose cookies there are.
    pub(super) of: u8,
    /// What is done to one of those that the run has seen, before it is added.
    pub(super) twist: u8,
    pub(super) which: u8,
    pub(super) at: u8,
}

#[derive(Debug, Arbitrary)]
pub(super) struct Answered {
    pub(super) which: u8,
    pub(super) fault: u8,
    pub(super) person: u8,
    pub(super) key: u8,
}
