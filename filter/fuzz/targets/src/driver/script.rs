//! What happens in one run, as libFuzzer's bytes say it: a byte for the kind of an act, and a byte for each field (two
//! for a time).

use arbitrary::{Arbitrary, Result, Unstructured};

/// More make a run slow and find no more.
const MAX_ACTS: usize = 64;

#[derive(Debug)]
pub(super) struct Script {
    pub(super) setting: u8,
    pub(super) acts: Vec<Act>,
}

impl<'a> Arbitrary<'a> for Script {
    fn arbitrary(bytes: &mut Unstructured<'a>) -> Result<Self> {
        let setting = bytes.arbitrary()?;
        let mut acts = Vec::new();
        while !bytes.is_empty() && acts.len() < MAX_ACTS {
            acts.push(bytes.arbitrary()?);
        }
        Ok(Self { setting, acts })
    }
}

#[derive(Debug)]
pub(super) enum Act {
    /// Somebody, or a crowd that wants the same, sends requests.
    Send {
        page: u8,
        /// Whose cookies they bring.
        who: u8,
        /// Sixteens and a few.
        crowd: u8,
    },
    /// Browsers come back from the provider with the same code.
    ComeBack {
        login: u8,
        crowd: u8,
    },
    /// Somebody signs in, and everything goes well if it can.
    SignIn {
        person: u8,
    },
    /// The provider answers some of the calls that are under way.
    Answer {
        which: u8,
        kind: u8,
        many: u8,
    },
    /// An answer comes that came before, or for which nobody waits any more.
    AnswerAgain {
        which: u8,
    },
    /// An answer will never come.
    Lose {
        which: u8,
    },
    /// Some ticks at once.
    Tick {
        many: u8,
    },
    Leave {
        which: u8,
        many: u8,
    },
    /// The application answers, or the host believes so.
    Respond {
        which: u8,
    },
    Wait {
        seconds: u16,
    },
    /// The clock was wrong.
    GoBack {
        seconds: u16,
    },
    /// What fails from now on.
    Fail(Failing),
    /// As long as it takes until nobody can wait any more.
    WaitItOut,
}

/// What does not work, by bits.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Failing {
    pub(super) entropy: bool,
    pub(super) calls: bool,
    pub(super) edits: bool,
    pub(super) ticks: bool,
    pub(super) shared_reads: bool,
    pub(super) shared_writes: bool,
    /// Streams end when they are answered, before the next effect is asked for.
    pub(super) ends_late: bool,
}

impl Failing {
    fn of(bits: u8) -> Self {
        let is = |bit: u8| bits & (1 << bit) != 0;
        Self {
            entropy: is(0),
            calls: is(1),
            edits: is(2),
            ticks: is(3),
            shared_reads: is(4),
            shared_writes: is(5),
            ends_late: is(6),
        }
    }
}

impl<'a> Arbitrary<'a> for Act {
    fn arbitrary(bytes: &mut Unstructured<'a>) -> Result<Self> {
        Ok(match u8::arbitrary(bytes)? % 20 {
            0..=2 => {
                Self::Send { page: bytes.arbitrary()?, who: bytes.arbitrary()?, crowd: bytes.arbitrary()? }
            }
            3 | 4 => Self::ComeBack { login: bytes.arbitrary()?, crowd: bytes.arbitrary()? },
            5 => Self::SignIn { person: bytes.arbitrary()? },
            6..=8 => {
                Self::Answer { which: bytes.arbitrary()?, kind: bytes.arbitrary()?, many: bytes.arbitrary()? }
            }
            9 => Self::AnswerAgain { which: bytes.arbitrary()? },
            10 => Self::Lose { which: bytes.arbitrary()? },
            11 | 12 => Self::Tick { many: bytes.arbitrary()? },
            13 => Self::Leave { which: bytes.arbitrary()?, many: bytes.arbitrary()? },
            14 => Self::Respond { which: bytes.arbitrary()? },
            15 => Self::Wait { seconds: u16::from(u8::arbitrary(bytes)?) },
            16 => Self::Wait { seconds: bytes.arbitrary()? },
            17 => Self::GoBack { seconds: bytes.arbitrary()? },
            18 => Self::Fail(Failing::of(bytes.arbitrary()?)),
            _ => Self::WaitItOut,
        })
    }
}
