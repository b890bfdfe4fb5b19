//! Header names with a meaning of their own, in one table. From it follow both what is removed from every request
//! and what a configuration may not name as a header for the application, so that the two cannot differ.

use super::header;

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    /// Which headers the row is about.
    pub name: Name,
    /// What follows from the name.
    pub meaning: Meaning,
}

/// Folded, as [`header::folded`] gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name {
    /// This name and no other.
    One(&'static str),
    /// Every name that begins so.
    Family(&'static str),
}

/// Why a name is in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// A proxy or a framework is told by it of another path, method or host than the one that was decided on.
    RenamesTheRequest,
    /// Applications that come from oauth2-proxy believe it, whether the filter sets it or not.
    Believed,
    /// As [`Self::Believed`], and a configuration may use it: the filter's own word, and what applications behind
    /// oauth2-proxy as a reverse proxy read.
    Identity,
    /// It belongs to HTTP, to Envoy, to browsers or to other keys of the configuration.
    Reserved,
}

impl Meaning {
    /// Whether such a header, or trailer, is removed from every request, on every route.
    #[must_use]
    pub fn is_removed(self) -> bool {
        match self {
            Self::RenamesTheRequest | Self::Believed | Self::Identity => true,
            Self::Reserved => false,
        }
    }

    /// Whether a configuration may not give the name to a header for the application.
    #[must_use]
    pub fn is_refused(self) -> bool {
        match self {
            Self::RenamesTheRequest | Self::Believed | Self::Reserved => true,
            Self::Identity => false,
        }
    }
}

/// Whether the configuration may not name this header, in whatever spelling.
#[must_use]
pub fn is_refused(name: &str) -> bool {
    let rows = || KNOWN.iter().filter(|known| known.name.is_read_in(name));
    let is_usable_by_itself =
        rows().any(|known| known.meaning == Meaning::Identity && matches!(known.name, Name::One(_)));
    !is_usable_by_itself && rows().any(|known| known.meaning.is_refused())
}

impl Name {
    fn is_read_in(self, name: &str) -> bool {
        match self {
            Self::One(one) => header::is_same(name, one),
            Self::Family(prefix) => header::begins_with(name, prefix),
        }
    }
}

/// By which proxies tell the host that the client asked for. Where it came, the application is told the true one.
pub const FORWARDED_HOST: &str = "x-forwarded-host";

/// Where several rows speak of one name, each of them holds; that a whole name may be used wins over its family.
pub static KNOWN: [Known; 42] = [
    one("forwarded", Meaning::RenamesTheRequest),
    one(FORWARDED_HOST, Meaning::RenamesTheRequest),
    one("x-host", Meaning::RenamesTheRequest),
    one("x-http-method", Meaning::RenamesTheRequest),
    one("x-http-method-override", Meaning::RenamesTheRequest),
    one("x-method-override", Meaning::RenamesTheRequest),
    one("x-original-host", Meaning::RenamesTheRequest),
    one("x-original-uri", Meaning::RenamesTheRequest),
    one("x-original-url", Meaning::RenamesTheRequest),
    one("x-rewrite-url", Meaning::RenamesTheRequest),
    one("x-forwarded-access-token", Meaning::Believed),
    one("x-forwarded-email", Meaning::Identity),
    one("x-forwarded-groups", Meaning::Identity),
    one("x-forwarded-preferred-username", Meaning::Identity),
    one("x-forwarded-user", Meaning::Identity),
    family("x-auth-request-", Meaning::Identity),
    one("accept", Meaning::Reserved),
    one("authorization", Meaning::Reserved),
    one("connection", Meaning::Reserved),
    one("content-encoding", Meaning::Reserved),
    one("content-length", Meaning::Reserved),
    one("content-type", Meaning::Reserved),
    one("cookie", Meaning::Reserved),
    one("expect", Meaning::Reserved),
    one("host", Meaning::Reserved),
    one("http2-settings", Meaning::Reserved),
    one("keep-alive", Meaning::Reserved),
    one("origin", Meaning::Reserved),
    one("proxy-authenticate", Meaning::Reserved),
    one("proxy-authorization", Meaning::Reserved),
    one("proxy-connection", Meaning::Reserved),
    one("range", Meaning::Reserved),
    one("set-cookie", Meaning::Reserved),
    one("te", Meaning::Reserved),
    one("trailer", Meaning::Reserved),
    one("transfer-encoding", Meaning::Reserved),
    one("upgrade", Meaning::Reserved),
    family("access-control-", Meaning::Reserved),
    family("sec-", Meaning::Reserved),
    family("x-envoy-", Meaning::Reserved),
    family("x-forwarded-", Meaning::Reserved),
    family("x-http-method", Meaning::Reserved),
];

const fn one(name: &'static str, meaning: Meaning) -> Known {
    Known { name: Name::One(name), meaning }
}

const fn family(prefix: &'static str, meaning: Meaning) -> Known {
    Known { name: Name::Family(prefix), meaning }
}
