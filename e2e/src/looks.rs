//! In which light and on what screen a page is looked at, in which language, and a picture of it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::browser::Browser;

/// A screen, and which colours its owner prefers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    Light,
    Dark,
    /// The narrowest that WCAG asks for (2.2, 1.4.10).
    Phone,
}

impl Look {
    pub const ALL: [Self; 3] = [Self::Light, Self::Dark, Self::Phone];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
            Self::Phone => "phone",
        }
    }
}

impl Browser {
    /// Shows pages so from now on.
    pub async fn look(&self, look: Look) {
        let scheme = if look == Look::Dark { "dark" } else { "light" };
        let features = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        self.devtools("Emulation.setEmulatedMedia", features).await;
        // What a scroll bar would take away is not the page's.
        self.devtools("Emulation.setScrollbarsHidden", json!({"hidden": true})).await;
        let (width, height, is_phone) =
            if look == Look::Phone { (320, 568, true) } else { (560, 480, false) };
        let screen = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": is_phone});
        self.devtools("Emulation.setDeviceMetricsOverride", screen).await;
    }

    /// Prefers these languages from now on: a value of `accept-language`.
    pub async fn prefer(&self, languages: &str) {
        let agent = self.script("return navigator.userAgent").await;
        let params = json!({"userAgent": agent, "acceptLanguage": languages});
        self.devtools("Emulation.setUserAgentOverride", params).await;
    }

    /// Whether the page must be moved sideways to be read.
    pub async fn is_too_wide(&self) -> bool {
        self.script("return document.documentElement.scrollWidth > window.innerWidth").await == true
    }

    /// The whole of the current page as a PNG.
    ///
    /// # Panics
    /// When the browser makes none.
    pub async fn picture(&self) -> Vec<u8> {
        let size = self.devtools("Page.getLayoutMetrics", json!({})).await["cssContentSize"].clone();
        let clip = json!({"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1});
        let params = json!({"format": "png", "captureBeyondViewport": true, "clip": clip});
        let picture = self.devtools("Page.captureScreenshot", params).await;
        STANDARD.decode(picture["data"].as_str().expect("a picture")).expect("Base64")
    }
}
