//! A request that came through to the application, as a test looks at it.

use crate::application::Seen;

#[derive(Clone, Debug)]
pub struct Reached {
    pub method: String,
    /// Without its query.
    pub path: String,
    /// Names in lower case, each as often as it came.
    pub headers: Vec<(String, Vec<u8>)>,
    pub body: Vec<u8>,
}

impl Reached {
    /// The value of a header that must not be there twice.
    ///
    /// # Panics
    /// When it is.
    #[must_use]
    pub fn one(&self, name: &str) -> Option<String> {
        let mut values = self.headers.iter().filter(|(found, _)| found == name).map(|(_, value)| value);
        let value = values.next().map(|value| String::from_utf8_lossy(value).into_owned());
        assert!(values.next().is_none(), "{name} arrived more than once at {}", self.path);
        value
    }
}

impl From<Seen> for Reached {
    fn from(Seen { method, path, headers, body }: Seen) -> Self {
        let path = path.split('?').next().unwrap_or_default().to_owned();
        Self { method, path, headers, body }
    }
}
